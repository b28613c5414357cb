package reports

import (
	"bytes"
	"encoding/binary"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
)

// csvCell appends value i of a column to a line, with the quotes and guards it needs.
type csvCell func(b []byte, i int) []byte

// appendRows appends the lines of a batch.
func (e csvStyle) appendRows(b []byte, rec arrow.RecordBatch) []byte {
	cells := e.cells(rec)
	for i := range int(rec.NumRows()) {
		for c, cell := range cells {
			b = cell(e.separate(b, c), i)
		}
		b = append(b, '\n')
	}
	return b
}

// cells returns the way to write each column of a batch: a short one for what most
// columns hold, and appendValue for everything else. Both write the same bytes.
func (e csvStyle) cells(rec arrow.RecordBatch) []csvCell {
	cells := make([]csvCell, rec.NumCols())
	for c := range cells {
		a := rec.Column(c)
		cell := csvCell(func(b []byte, i int) []byte { return e.appendValue(b, a, i) })
		if !e.terminal {
			if quick := quickCell(a, cell); quick != nil {
				cell = e.orNull(a, quick)
			}
		}
		cells[c] = cell
	}
	return cells
}

// orNull is cell for a column that may have NULLs in its own bitmap.
func (e csvStyle) orNull(a arrow.Array, cell csvCell) csvCell {
	if a.NullN() == 0 {
		return cell
	}
	return func(b []byte, i int) []byte {
		if a.IsNull(i) {
			return e.appendNull(b)
		}
		return cell(b, i)
	}
}

// quickCell is a short way to write the values of a that are not NULL, or nil.
// It leaves to plain what is rare.
func quickCell(a arrow.Array, plain csvCell) csvCell {
	switch a := a.(type) {
	case *array.String:
		return textCell(a, plain)
	case *array.Dictionary:
		return dictionaryCell(a, plain)
	case *array.Boolean:
		return func(b []byte, i int) []byte { return strconv.AppendBool(b, a.Value(i)) }
	case *array.Int8:
		return intCell(a.Int8Values())
	case *array.Int16:
		return intCell(a.Int16Values())
	case *array.Int32:
		return intCell(a.Int32Values())
	case *array.Int64:
		return intCell(a.Int64Values())
	case *array.Float64:
		values := a.Float64Values()
		return func(b []byte, i int) []byte {
			v := values[i]
			if m := math.Abs(v); m != 0 && !(m >= 1e-6 && m < 1e21) { // NaN and infinities, too
				return plain(b, i)
			}
			return strconv.AppendFloat(b, v, 'f', -1, 64)
		}
	case *array.Decimal128:
		return decimalCell(a.Values(), int(rowScale(a)), plain)
	case *array.Date32:
		values := a.Date32Values()
		return func(b []byte, i int) []byte {
			if v := int64(values[i]); fourDigitYear(v) {
				return appendDay(b, v)
			}
			return plain(b, i)
		}
	case *array.Timestamp:
		return instantCell(a, plain)
	}
	return nil
}

func intCell[T int8 | int16 | int32 | int64](values []T) csvCell {
	return func(b []byte, i int) []byte { return strconv.AppendInt(b, int64(values[i]), 10) }
}

// textCell looks through the texts of the batch at once. Where no comma, quote or
// the like is among them, of each only the ends remain to be looked at.
func textCell(a *array.String, plain csvCell) csvCell {
	offsets := a.ValueOffsets()
	if a.Len() == 0 || len(offsets) == 0 {
		return plain
	}
	texts := a.Data().Buffers()[2]
	if texts == nil {
		return plain // all of them are empty
	}
	raw := texts.Bytes()
	allCalm := calm(raw[offsets[0]:offsets[len(offsets)-1]])
	return func(b []byte, i int) []byte {
		s := raw[offsets[i]:offsets[i+1]]
		if len(s) == 0 || endsMatter(s[0], s[len(s)-1]) || !allCalm && !calm(s) {
			return plain(b, i)
		}
		return append(b, s...)
	}
}

// csvStirring are the characters that keep a text from being written as it is.
const csvStirring = ",\"\\\t\n\r"

// calm reports whether texts can be written as they are, but for their ends.
func calm(s []byte) bool {
	if len(s) < 64 {
		for _, c := range s {
			if c >= utf8.RuneSelf || c == '"' || c == ',' || c == '\\' || c == '\n' || c == '\r' || c == '\t' {
				return false
			}
		}
		return true
	}
	for k := range len(csvStirring) {
		if bytes.IndexByte(s, csvStirring[k]) >= 0 {
			return false
		}
	}
	for ; len(s) >= 8; s = s[8:] {
		if binary.LittleEndian.Uint64(s)&0x8080808080808080 != 0 {
			return false
		}
	}
	return calm(s)
}

// endsMatter reports whether a text with these ends may need quotes or a guard.
// The wider forms of = and the like are not ASCII, which calm has looked for.
func endsMatter(first, last byte) bool {
	return first <= ' ' || last == ' ' || first == '=' || first == '+' || first == '-' || first == '@' || first == '"'
}

// dictionaryCell writes each value of an enum once a batch.
func dictionaryCell(a *array.Dictionary, plain csvCell) csvCell {
	if a.Dictionary().Len() > 2*a.Len() {
		return nil
	}
	written := make([][]byte, a.Dictionary().Len())
	return func(b []byte, i int) []byte {
		k := a.GetValueIndex(i)
		if written[k] == nil {
			written[k] = plain(make([]byte, 0, 16), i)
		}
		return append(b, written[k]...)
	}
}

// decimalCell writes decimals of up to 18 digits, from their digits.
func decimalCell(values []decimal128.Num, scale int, plain csvCell) csvCell {
	if scale < 0 || scale > 17 {
		return nil
	}
	power := uint64(1)
	for range scale {
		power *= 10
	}
	return func(b []byte, i int) []byte {
		v := values[i]
		n := int64(v.LowBits())
		if v.HighBits() != n>>63 || n == math.MinInt64 {
			return plain(b, i)
		}
		if n < 0 {
			b, n = append(b, '-'), -n
		}
		b = strconv.AppendUint(b, uint64(n)/power, 10)
		if scale == 0 {
			return b
		}
		b = append(b, '.')
		for range scale {
			b = append(b, '0')
		}
		for k, rest := len(b)-1, uint64(n)%power; rest > 0; k, rest = k-1, rest/10 {
			b[k] = byte('0' + rest%10)
		}
		return b
	}
}

// instantCell writes instants of years of four digits.
func instantCell(a *array.Timestamp, plain csvCell) csvCell {
	t := a.DataType().(*arrow.TimestampType)
	perSecond, places := int64(1), 3*int(t.Unit) // s, ms, us, ns
	for range places {
		perSecond *= 10
	}
	values := a.TimestampValues()
	return func(b []byte, i int) []byte {
		seconds, part := floorDiv(int64(values[i]), perSecond)
		day, second := floorDiv(seconds, 86400)
		if !fourDigitYear(day) {
			return plain(b, i)
		}
		b = append(appendDay(b, day), 'T')
		b = append(appendTwo(b, second/3600), ':')
		b = append(appendTwo(b, second/60%60), ':')
		b = appendTwo(b, second%60)
		if part != 0 {
			b = append(b, '.')
			from := perSecond
			for part != 0 { // without zeros at the end
				from /= 10
				b = append(b, byte('0'+part/from))
				part %= from
			}
		}
		if t.TimeZone != "" {
			b = append(b, 'Z')
		}
		return b
	}
}

// floorDiv is v/by rounded down, and what remains.
func floorDiv(v, by int64) (quotient, rest int64) {
	quotient, rest = v/by, v%by
	if rest < 0 {
		quotient, rest = quotient-1, rest+by
	}
	return quotient, rest
}

// The days, counted from 1970-01-01, of 0000-01-01 and of 10000-01-01 (as date -d
// and time.Date have them).
const (
	year0     = -719528
	year10000 = 2932897
)

func fourDigitYear(day int64) bool { return day >= year0 && day < year10000 }

// appendDay appends a day that is so many days from 1970-01-01 in ISO 8601. The
// year is of four digits.
//
// Source: H. Hinnant, chrono-Compatible Low-Level Date Algorithms, civil_from_days:
// eras of 400 years (146,097 days) that begin on 1 March.
func appendDay(b []byte, day int64) []byte {
	z := day + 719468
	era, doe := floorDiv(z, 146097)
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	month := mp + 3
	year := yoe + era*400
	if mp >= 10 {
		month, year = mp-9, year+1
	}
	b = appendTwo(appendTwo(b, year/100), year%100)
	b = appendTwo(append(b, '-'), month)
	return appendTwo(append(b, '-'), doy-(153*mp+2)/5+1)
}

// appendTwo appends a number from 0 to 99 in two digits.
func appendTwo(b []byte, n int64) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }
