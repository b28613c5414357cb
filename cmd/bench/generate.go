package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// generatorVersion changes with the bytes that the generator writes.
const generatorVersion = 1

// usualSeed is the seed whose files are measured.
const usualSeed = 990

const (
	styles         = 500
	titlesPerStyle = 16 // so about 8,000 distinct texts
	repeatEvery    = 50 // two rows in a hundred repeat an earlier one, with its sale_id
)

var (
	firstDay = time.Date(2023, 11, 16, 0, 0, 0, 0, time.UTC)
	asOf     = time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC) // three years later
	raisedOn = time.Date(2025, 2, 1, 0, 0, 0, 0, time.UTC)   // retail prices rise once
)

// style is an invented style of the 990.
type style struct {
	code     string // no code of the brand: its colours begin with Z
	version  int    // 1 to 6; the digit of the code
	colorway string
	retail   int // US dollars at release
	raised   int // US dollars from raisedOn on
	level    float64
	titles   [titlesPerStyle]string
}

// catalogue returns the invented styles, the most traded first.
func catalogue(seed uint64) []style {
	r := rand.New(rand.NewPCG(seed, 1))
	shades := []string{"Pale", "Storm", "Harbor", "Winter", "Dusty", "Quiet", "Northern", "River", "Faded", "Deep", "Early", "Late", "Copper",
		"Salt", "Iron", "Smoke", "Granite", "Mill", "Factory", "Brick", "Cloud", "Rain", "Autumn", "Linen", "Chalk"}
	colours := []string{"Grey", "Navy", "Olive", "Tan", "Teal", "Burgundy", "Cream", "Sage", "Sand", "Moss", "Plum", "Rust", "Ash", "Slate",
		"Oat", "Black", "White", "Blue", "Green", "Brown"}
	out := make([]style, styles)
	for i := range out {
		s := &out[i]
		s.version = i%6 + 1
		s.code = fmt.Sprintf("%s990Z%c%c%d", []string{"M", "U", "W"}[i%3], 'A'+i/6%26, 'A'+i/156, s.version)
		s.colorway = shades[i%len(shades)] + " " + colours[i/len(shades)]
		s.retail = 165 + 5*r.IntN(14)
		s.raised = s.retail + 5*r.IntN(4)
		s.level = r.NormFloat64()*0.3 + 0.1
		s.titles = titlesOf(*s)
	}
	return out
}

// titlesOf words a style as sellers do, the commonest wording first.
func titlesOf(s style) [titlesPerStyle]string {
	v, c := s.version, s.colorway
	return [titlesPerStyle]string{
		fmt.Sprintf("New Balance 990v%d Made in USA %s", v, c),
		fmt.Sprintf("New Balance 990v%d %s", v, c),
		fmt.Sprintf("990v%d Made in USA '%s'", v, c),
		fmt.Sprintf("New Balance 990v%d %s %s", v, c, s.code),
		fmt.Sprintf("New Balance 990 V%d %s", v, c),
		fmt.Sprintf("NEW BALANCE 990V%d MADE IN USA %s", v, c),
		fmt.Sprintf("New Balance Made in USA 990v%d, %s", v, c),
		fmt.Sprintf("NB 990v%d %s", v, c),
		fmt.Sprintf("New Balance 990v%d MiUSA %s", v, c),
		fmt.Sprintf("new balance 990v%d %s", v, c),
		fmt.Sprintf("New Balance 990-v%d %s Made In USA", v, c),
		fmt.Sprintf("New Balance %s %s", s.code, c),
		fmt.Sprintf("New Balance 990v%d %s with box", v, c),
		fmt.Sprintf("%s 990v%d New Balance", c, v),
		fmt.Sprintf("New Balance 990v%d \"%s\"", v, c),
		fmt.Sprintf("*RARE* New Balance 990v%d %s", v, c),
	}
}

// writeStyles writes the catalogue as a styles file, with the price at release.
func writeStyles(w io.Writer, all []style) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "style_code,model,version,colorway,release_date,retail_price,currency,made_in,audience,grey_day_year,source,confidence")
	for _, s := range all {
		fmt.Fprintf(b, "%s,990,v%d,%s,%s,%d,USD,USA,,,invented for a benchmark,high\n", s.code, s.version, s.colorway, firstDay.Format(time.DateOnly), s.retail)
	}
	return b.Flush()
}

// writeRetail writes the prices that hold from raisedOn on as a retail file.
func writeRetail(w io.Writer, all []style) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, "style_code,effective_from,retail_price,currency,source,confidence")
	for _, s := range all {
		fmt.Fprintf(b, "%s,%s,%d,USD,invented for a benchmark,high\n", s.code, raisedOn.Format(time.DateOnly), s.raised)
	}
	return b.Flush()
}

// writeSales writes n rows, in no order of time. Style and wording follow Zipf's
// law; each fiftieth row repeats one of the thousand before it. The same seed and
// n give the same bytes.
func writeSales(w io.Writer, all []style, seed uint64, n int) error {
	b := bufio.NewWriterSize(w, 1<<20)
	if _, err := b.WriteString("sale_id,sold_at,style_code,title,size,condition,price,currency,marketplace,price_basis\n"); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(seed, 2))
	g := saleWriter{r: r, ids: (seed - usualSeed) << 40, all: all, which: rand.NewZipf(r, 1.1, 8, styles-1), wording: rand.NewZipf(r, 1.4, 1, titlesPerStyle-1)}
	var recent [1000][]byte
	fresh := 0
	for i := 1; i <= n; i++ {
		var line []byte
		if i%repeatEvery == 0 {
			line = recent[r.IntN(min(fresh, len(recent)))]
		} else {
			slot := &recent[fresh%len(recent)]
			*slot = g.sale((*slot)[:0], uint64(i))
			line = *slot
			fresh++
		}
		if _, err := b.Write(line); err != nil {
			return err
		}
	}
	return b.Flush()
}

type saleWriter struct {
	r              *rand.Rand
	ids            uint64 // where the numbers of sales begin: another seed's are others
	all            []style
	which, wording *rand.Zipf
}

// sale appends one row to b.
func (g *saleWriter) sale(b []byte, i uint64) []byte {
	r := g.r
	s := &g.all[g.which.Uint64()]
	seconds := r.Int64N(int64(asOf.Sub(firstDay) / time.Second))
	sold := firstDay.Add(time.Duration(seconds) * time.Second)
	retail := s.retail
	if !sold.Before(raisedOn) {
		retail = s.raised
	}
	condition, worn := "new", 0.0
	switch x := r.Float64(); {
	case x > 0.97:
		condition, worn = "new_defects", -0.2
	case x > 0.75:
		condition, worn = "used", -0.5
	}
	cents := int64(math.Round(float64(retail)*math.Exp(s.level+worn+r.NormFloat64()*0.15))) * 100
	marketplace := "StockX"
	switch x := r.Float64(); {
	case x > 0.9:
		marketplace = "Grailed"
	case x > 0.75:
		marketplace = "eBay" // the one where people bid in cents
		cents += r.Int64N(100)
	case x > 0.45:
		marketplace = "GOAT"
	}
	basis := "sale"
	if r.Float64() > 0.98 {
		basis = "ask"
	}
	size := min(max(math.Round(r.NormFloat64()*3+19)/2, 4), 15)

	b = append(b, "gb"...)
	b = strconv.AppendUint(b, mix(g.ids+i)|1<<63, 36) // 13 digits, always
	b = append(b, ',')
	b = sold.AppendFormat(b, time.RFC3339)
	b = append(append(b, ','), s.code...)
	b = appendField(append(b, ','), s.titles[g.wording.Uint64()])
	b = strconv.AppendFloat(append(b, ','), size, 'f', -1, 64)
	b = append(append(b, ','), condition...)
	b = strconv.AppendInt(append(b, ','), cents/100, 10)
	if c := cents % 100; c > 0 {
		b = append(b, '.', byte('0'+c/10), byte('0'+c%10))
	}
	b = append(b, ",USD,"...)
	b = append(append(b, marketplace...), ',')
	return append(append(b, basis...), '\n')
}

// mix spreads the numbers of rows over 63 bits, no two to the same place (the
// steps are invertible modulo 2^63), as the ids of a marketplace are spread.
func mix(i uint64) uint64 {
	const low = 1<<63 - 1
	i = i * 0x9e3779b97f4a7c15 & low
	i ^= i >> 32
	return i * 0xd6e8feb86659fd93 & low
}

// appendField appends a CSV field, quoted where it must be.
func appendField(b []byte, text string) []byte {
	quote := false
	for i := range len(text) {
		quote = quote || text[i] == ',' || text[i] == '"'
	}
	if !quote {
		return append(b, text...)
	}
	b = append(b, '"')
	for i := range len(text) {
		if text[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, text[i])
	}
	return append(b, '"')
}

// inputs are the files that a size is measured with.
type inputs struct {
	rows                  int
	sales, styles, retail string
}

// file is the file of sales in one of the formats.
func (in inputs) file(format string) string {
	return strings.TrimSuffix(in.sales, "csv") + format
}

// known is how many of the rows repeat an earlier one.
func (in inputs) known() int { return in.rows / repeatEvery }

// prepare writes the input files into dir, and keeps those that are there.
func prepare(dir string, seed uint64, rows int) (inputs, error) {
	in := inputs{
		rows:   rows,
		sales:  filepath.Join(dir, "sales-"+short(rows)+".csv"),
		styles: filepath.Join(dir, "styles.csv"),
		retail: filepath.Join(dir, "retail.csv"),
	}
	all := catalogue(seed)
	for _, f := range []struct {
		path  string
		write func(io.Writer) error
	}{
		{in.styles, func(w io.Writer) error { return writeStyles(w, all) }},
		{in.retail, func(w io.Writer) error { return writeRetail(w, all) }},
		{in.sales, func(w io.Writer) error { return writeSales(w, all, seed, rows) }},
	} {
		mark := fmt.Sprintf("generator %d, seed %d, rows %d\n", generatorVersion, seed, rows)
		if f.path != in.sales {
			mark = fmt.Sprintf("generator %d, seed %d\n", generatorVersion, seed)
		}
		if err := writeOnce(f.path, mark, f.write); err != nil {
			return in, fmt.Errorf("generate %s: %w", f.path, err)
		}
	}
	return in, nil
}

// writeOnce writes a file unless the mark beside it says that it is there. The
// mark is written last, so a file that was cut short is written anew.
func writeOnce(path, mark string, write func(io.Writer) error) error {
	markPath := path + ".mark"
	have, err := os.ReadFile(markPath)
	if err == nil && string(have) == mark {
		if _, err := os.Stat(path); err == nil {
			return nil
		}
	} else if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if err := os.RemoveAll(markPath); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := errors.Join(write(f), f.Close()); err != nil {
		return err
	}
	return os.WriteFile(markPath, []byte(mark), 0o666)
}

// short writes a number of rows for a file name: 1000000 is "1M".
func short(rows int) string {
	switch {
	case rows%1_000_000 == 0:
		return strconv.Itoa(rows/1_000_000) + "M"
	case rows%1_000 == 0:
		return strconv.Itoa(rows/1_000) + "k"
	}
	return strconv.Itoa(rows)
}
