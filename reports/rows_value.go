package reports

import (
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// rowNull reports whether value i of a is NULL: in its own bitmap, or in what a
// dictionary or a union points to.
func rowNull(a arrow.Array, i int) bool {
	if a.IsNull(i) {
		return true
	}
	if in, j, ok := rowBehind(a, i); ok {
		return rowNull(in, j)
	}
	return false
}

// rowBehind follows value i of an array that only points to its values: an enum
// (dictionary), a union, an extension type over its storage.
func rowBehind(a arrow.Array, i int) (arrow.Array, int, bool) {
	switch a := a.(type) {
	case *array.Dictionary:
		return a.Dictionary(), a.GetValueIndex(i), true
	case *array.DenseUnion:
		return a.Field(a.ChildID(i)), int(a.ValueOffset(i)), true
	case *array.SparseUnion:
		return a.Field(a.ChildID(i)), i, true
	case *array.RunEndEncoded:
		return a.Values(), a.GetPhysicalIndex(i), true
	case array.ExtensionArray:
		if a.DataType().(arrow.ExtensionType).ExtensionName() == "arrow.uuid" {
			return nil, 0, false // 16 bytes, that are written in a way of their own
		}
		return a.Storage(), i, true
	}
	return nil, 0, false
}

// rowText is value i of a as text, unquoted: what csv, tsv and tables begin with.
// A NULL inside a list is NULL; the value itself must not be.
func rowText(a arrow.Array, i int) string {
	if in, j, ok := rowBehind(a, i); ok {
		return rowText(in, j)
	}
	if s, ok := rowScalar(a, i); ok {
		return s
	}
	if l, ok := a.(array.ListLike); ok {
		if _, isMap := a.(*array.Map); !isMap {
			var items []string
			from, to := l.ValueOffsets(i)
			for j := int(from); j < int(to); j++ {
				items = append(items, rowListItem(l.ListValues(), j))
			}
			return strings.Join(items, "; ")
		}
	}
	return string(appendRowJSON(nil, a, i))
}

// rowListItem is an element of a list in text; what is nested deeper is JSON.
func rowListItem(a arrow.Array, i int) string {
	if rowNull(a, i) {
		return "NULL"
	}
	if in, j, ok := rowBehind(a, i); ok {
		return rowListItem(in, j)
	}
	if s, ok := rowScalar(a, i); ok {
		return s
	}
	return string(appendRowJSON(nil, a, i))
}

// rowScalar is value i of an array without nested values; ok is false for others.
func rowScalar(a arrow.Array, i int) (s string, ok bool) {
	if s, ok = rowNumber(a, i); ok {
		return s, true
	}
	switch a := a.(type) {
	case *array.Boolean:
		return strconv.FormatBool(a.Value(i)), true
	case array.StringLike:
		// The bytes of the value may be anything: DuckDB checks, other makers may not.
		return rowValidText(a.Value(i)), true
	case interface{ Value(int) []byte }: // all arrays of bytes, short, long, views
		return hex.EncodeToString(a.Value(i)), true
	case array.ExtensionArray: // a UUID: see rowBehind
		return a.ValueStr(i), true
	case *array.Null:
		return "NULL", true
	}
	return rowTime(a, i)
}

// rowNumber is value i of an array of numbers, with all its digits.
func rowNumber(a arrow.Array, i int) (s string, ok bool) {
	switch a := a.(type) {
	case *array.Int8:
		return strconv.FormatInt(int64(a.Value(i)), 10), true
	case *array.Int16:
		return strconv.FormatInt(int64(a.Value(i)), 10), true
	case *array.Int32:
		return strconv.FormatInt(int64(a.Value(i)), 10), true
	case *array.Int64:
		return strconv.FormatInt(a.Value(i), 10), true
	case *array.Uint8:
		return strconv.FormatUint(uint64(a.Value(i)), 10), true
	case *array.Uint16:
		return strconv.FormatUint(uint64(a.Value(i)), 10), true
	case *array.Uint32:
		return strconv.FormatUint(uint64(a.Value(i)), 10), true
	case *array.Uint64:
		return strconv.FormatUint(a.Value(i), 10), true
	case *array.Float16:
		return rowFloat(float64(a.Value(i).Float32()), 32), true
	case *array.Float32:
		return rowFloat(float64(a.Value(i)), 32), true
	case *array.Float64:
		return rowFloat(a.Value(i), 64), true
	case *array.Decimal32:
		return a.Value(i).ToString(rowScale(a)), true
	case *array.Decimal64:
		return a.Value(i).ToString(rowScale(a)), true
	case *array.Decimal128:
		return a.Value(i).ToString(rowScale(a)), true
	case *array.Decimal256:
		return a.Value(i).ToString(rowScale(a)), true
	}
	return "", false
}

func rowScale(a arrow.Array) int32 { return a.DataType().(arrow.DecimalType).GetScale() }

// rowFloat is the shortest text that reads back as f, without an exponent where
// people write none (the bounds are those of encoding/json and JavaScript).
func rowFloat(f float64, bits int) string {
	switch {
	case math.IsNaN(f):
		return "NaN"
	case math.IsInf(f, 1):
		return "Infinity"
	case math.IsInf(f, -1):
		return "-Infinity"
	}
	format := byte('f')
	if m := math.Abs(f); m != 0 && (m < 1e-6 || m >= 1e21) {
		format = 'e'
	}
	return strconv.FormatFloat(f, format, -1, bits)
}

// rowTime is value i of an array of days, instants, times of day or spans.
func rowTime(a arrow.Array, i int) (s string, ok bool) {
	const day, clock = "2006-01-02", "15:04:05.999999999"
	switch a := a.(type) {
	case *array.Date32:
		return a.Value(i).ToTime().Format(day), true
	case *array.Date64:
		return a.Value(i).ToTime().Format(day), true
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		s := a.Value(i).ToTime(t.Unit).UTC().Format(day + "T" + clock)
		if t.TimeZone != "" {
			s += "Z"
		}
		return s, true
	case *array.Time32:
		return a.Value(i).ToTime(a.DataType().(*arrow.Time32Type).Unit).Format(clock), true
	case *array.Time64:
		return a.Value(i).ToTime(a.DataType().(*arrow.Time64Type).Unit).Format(clock), true
	case *array.Duration:
		unit := a.DataType().(*arrow.DurationType).Unit
		return rowSpan(0, 0, int64(a.Value(i)), int64(time.Second/unit.Multiplier())), true
	case *array.MonthInterval:
		return rowSpan(int64(a.Value(i)), 0, 0, 1), true
	case *array.DayTimeInterval:
		v := a.Value(i)
		return rowSpan(0, int64(v.Days), int64(v.Milliseconds), 1000), true
	case *array.MonthDayNanoInterval:
		v := a.Value(i)
		return rowSpan(int64(v.Months), int64(v.Days), v.Nanoseconds, 1e9), true
	}
	return "", false
}

// rowSpan is an ISO 8601 duration of months, days and ticks, perSecond ticks a
// second; a part may be negative: P1M-2DT-0.5S.
func rowSpan(months, days, ticks, perSecond int64) string {
	b := []byte{'P'}
	if months != 0 {
		b = append(strconv.AppendInt(b, months, 10), 'M')
	}
	if days != 0 {
		b = append(strconv.AppendInt(b, days, 10), 'D')
	}
	if ticks != 0 {
		b = append(b, 'T')
		if ticks < 0 {
			b = append(b, '-')
		}
		seconds, rest := ticks/perSecond, ticks%perSecond
		b = strconv.AppendInt(b, max(seconds, -seconds), 10)
		if rest = max(rest, -rest); rest != 0 {
			digits := fmt.Sprintf("%0*d", len(strconv.FormatInt(perSecond, 10))-1, rest)
			b = append(append(b, '.'), strings.TrimRight(digits, "0")...)
		}
		b = append(b, 'S')
	}
	if len(b) == 1 {
		return "PT0S"
	}
	return string(b)
}

// rowTypeKind says how tables treat a column: numbers align right; texts, and what
// is written as one, may wrap; days, instants and the like do neither.
func rowTypeKind(t arrow.DataType) (number, text bool) {
	if d, ok := t.(*arrow.DictionaryType); ok {
		t = d.ValueType
	}
	id := t.ID()
	number = arrow.IsInteger(id) || arrow.IsFloating(id) || arrow.IsDecimal(id)
	return number, !number && id != arrow.BOOL && !isTemporalRow(id)
}

func isTemporalRow(id arrow.Type) bool {
	switch id {
	case arrow.DATE32, arrow.DATE64, arrow.TIMESTAMP, arrow.TIME32, arrow.TIME64, arrow.DURATION:
		return true
	}
	return false
}

// appendRowJSON appends value i of a as JSON.
func appendRowJSON(b []byte, a arrow.Array, i int) []byte {
	if rowNull(a, i) {
		return append(b, "null"...)
	}
	if in, j, ok := rowBehind(a, i); ok {
		return appendRowJSON(b, in, j)
	}
	if s, ok := rowNumber(a, i); ok {
		if last := s[len(s)-1]; last == 'N' || last == 'y' { // NaN, Infinity: JSON has no number for them
			return append(b, "null"...)
		}
		return append(b, s...)
	}
	switch a := a.(type) {
	case *array.Boolean:
		return strconv.AppendBool(b, a.Value(i))
	case *array.Struct:
		b = append(b, '{')
		for f, field := range a.DataType().(*arrow.StructType).Fields() {
			if f > 0 {
				b = append(b, ',')
			}
			b = append(appendRowJSONString(b, field.Name), ':')
			b = appendRowJSON(b, a.Field(f), i)
		}
		return append(b, '}')
	case *array.Map:
		b = append(b, '{')
		from, to := a.ValueOffsets(i)
		for j := int(from); j < int(to); j++ {
			if j > int(from) {
				b = append(b, ',')
			}
			b = append(appendRowJSONString(b, rowText(a.Keys(), j)), ':')
			b = appendRowJSON(b, a.Items(), j)
		}
		return append(b, '}')
	case array.ListLike:
		b = append(b, '[')
		from, to := a.ValueOffsets(i)
		for j := int(from); j < int(to); j++ {
			if j > int(from) {
				b = append(b, ',')
			}
			b = appendRowJSON(b, a.ListValues(), j)
		}
		return append(b, ']')
	}
	if s, ok := rowScalar(a, i); ok {
		return appendRowJSONString(b, s)
	}
	return appendRowJSONString(b, a.ValueStr(i))
}

// appendRowJSONString appends s as a JSON string. Whatever a terminal or a
// script would not take as plain text (rowPlain) is a \u escape, so JSON is safe
// to print anywhere and says the same; bytes that are no UTF-8 become U+FFFD.
func appendRowJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\t':
			b = append(b, '\\', 't')
		case r == '\r':
			b = append(b, '\\', 'r')
		case r == utf8.RuneError:
			b = append(b, "\uFFFD"...)
		case rowPlain(r):
			b = append(b, s[i:i+size]...)
		case r > 0xFFFF:
			r -= 0x10000
			b = fmt.Appendf(b, `\u%04x\u%04x`, 0xD800+(r>>10), 0xDC00+(r&0x3FF))
		default:
			b = fmt.Appendf(b, `\u%04x`, r)
		}
		i += size
	}
	return append(b, '"')
}

// rowRawText is rowText, but leaves bytes that are no UTF-8 in a text for
// VisibleText to show.
func rowRawText(a arrow.Array, i int) string {
	if in, j, ok := rowBehind(a, i); ok {
		return rowRawText(in, j)
	}
	if s, ok := a.(array.StringLike); ok {
		return s.Value(i)
	}
	return rowText(a, i)
}
