// Package sample makes greybook's synthetic sample: three years of invented
// sales of real styles, as three marketplaces would export them, with the dirt
// of real exports in them and with the truth beside them. It serves for a first
// look at greybook, and for a test that the pipeline finds the truth again.
// No number in it was ever paid by anybody.
//
// A multiple is a sale price over the retail price in force on the day
// (data.Reference.RetailAt), in the currency of the sale where the reference has
// one, else the price in US dollars at the day's rate. For a style in a week,
//
//	ln true multiple = level of the style + market path + release drift
//
// and for one sale of it
//
//	ln multiple = ln true multiple + size effect + normal noise
//
// The size effect is as often above as below nothing, so the true multiple is
// the median of the week's sales, over all sizes and at the middle size. The
// marketplace has no effect on the multiple; in dollars the same multiple may be
// another price there. Rates are invented; all prices are rounded to what the
// market trades in.
package sample

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/amassable/greybook/data"
)

// Options say what to make. The zero value makes the bundled sample.
type Options struct {
	Seed  uint64    // 0: 990
	Weeks int       // ISO weeks covered; 0: 156
	End   data.Date // last day, a Sunday; zero: 2026-11-15
	Scale float64   // sales, relative to about 25,000; 0: 1
}

// Sample is the finished files, and what is true of them.
type Sample struct {
	Files []File
	Truth Truth
}

// File is one file, whole.
type File struct {
	Name string // without a folder; starts with "synthetic-", but for the truth
	Body []byte
}

// The names of the files with sales, and of the rates that convert them.
const (
	GOATFile   = "synthetic-goat.csv"
	StockXFile = "synthetic-stockx-seller-report.csv"
	KREAMFile  = "synthetic-kream.csv"
	FXFile     = "synthetic-fx.csv"
)

// Generate makes a sample of the styles of ref. The same reference and options
// make the same bytes. It fails when the options make no sense or the reference
// prices no style.
func Generate(ref data.Reference, o Options) (Sample, error) {
	if o.Seed == 0 {
		o.Seed = 990
	}
	if o.Weeks == 0 {
		o.Weeks = 156
	}
	if o.End.IsZero() {
		o.End = data.DateOf(time.Date(2026, 11, 15, 0, 0, 0, 0, time.UTC))
	}
	if o.Scale == 0 {
		o.Scale = 1
	}
	switch {
	case o.Weeks < 1 || o.Weeks > 1040:
		return Sample{}, fmt.Errorf("sample: %d weeks; give 1 to 1040", o.Weeks)
	case !(o.Scale > 0 && o.Scale <= 1000):
		return Sample{}, fmt.Errorf("sample: scale %g; give a number above 0, up to 1000", o.Scale)
	case o.End.Time().Weekday() != time.Sunday:
		return Sample{}, fmt.Errorf("sample: the end %s is a %s; give a Sunday", o.End, o.End.Time().Weekday())
	}
	w := &world{ref: ref, o: o, start: o.End.Monday().AddDays(-7 * (o.Weeks - 1))}
	w.fx = newRates(w.start.AddDays(-7), o.End)
	w.shoes = w.pickShoes()
	if len(w.shoes) == 0 {
		return Sample{}, fmt.Errorf("sample: the reference gives no style a retail price in USD")
	}
	return w.files()
}

// Write puts the files into dir, which is made if need be. Each file appears
// whole or not at all, in place of an older one of its name.
func (s Sample) Write(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("write sample: %w", err)
	}
	for _, f := range s.Files {
		if err := writeWhole(filepath.Join(dir, f.Name), f.Body); err != nil {
			return fmt.Errorf("write sample: %w", err)
		}
	}
	return nil
}

func writeWhole(path string, body []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".synthetic-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // gone already when all went well
	_, err = tmp.Write(body)
	if err == nil {
		err = tmp.Chmod(0o644) // CreateTemp makes files that only the owner reads
	}
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// world is what the makers of the files share.
type world struct {
	ref   data.Reference
	o     Options
	start data.Date // a Monday
	fx    rates
	shoes []shoe
}

// rng returns the random numbers of one purpose. They depend on the seed and on
// the purpose alone, so a style added to the reference changes no other's.
func (w *world) rng(purpose string) *rand.Rand {
	h := fnv.New64a()
	h.Write([]byte(purpose))
	return rand.New(rand.NewPCG(w.o.Seed, h.Sum64()))
}

func (w *world) files() (Sample, error) {
	goat, stockx := w.sales()
	truth := w.truth()
	var files []File
	put := func(name string, body []byte, kinds map[string]int) {
		files = append(files, File{name, body})
		n := 0
		for _, k := range kinds {
			n += k
		}
		truth.Files[name] = FileTruth{Rows: n, Kinds: kinds}
	}
	body, kinds := w.goatFile(goat)
	put(GOATFile, body, kinds)
	body, kinds = w.stockxFile(stockx)
	put(StockXFile, body, kinds)
	body, kinds = w.kreamFile()
	put(KREAMFile, body, kinds)
	body, kinds = w.fx.file()
	put(FXFile, body, kinds)
	text, err := json.MarshalIndent(truth, "", "  ")
	if err != nil {
		return Sample{}, fmt.Errorf("sample: truth: %w", err)
	}
	files = append(files, File{"truth.json", append(text, '\n')}, File{"truth.csv", truth.csv()})
	return Sample{Files: files, Truth: truth}, nil
}
