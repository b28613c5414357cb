package sample

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/amassable/greybook/data"
)

// The model's numbers, all on the natural log of the multiple unless said otherwise.
const (
	noise       = 0.10  // standard deviation of one sale
	sizeStep    = 0.006 // per half size above the middle one
	slowMarket  = 0.09  // amplitude of the market's wave of 156 weeks
	yearMarket  = 0.05  // amplitude of its wave of 52 weeks
	releaseRise = 0.25  // drift on the day of release
	releaseFade = 8.0   // weeks in which the drift falls to 1/e
	usedFactor  = 0.72  // price of a used pair over that of a new one
	baseSales   = 25000 // sales at scale 1
	goatShare   = 0.7   // of the sales of a style that StockX lists too
	usedShare   = 0.1   // of the sales on GOAT
	fewStyle    = "U996TE"
	fewLastYear = 3 // sales of fewStyle in the last 52 weeks, at any scale
	fewBefore   = 4 // and before them
	guessRetail = 200
)

// greyDays are invented levels (median multiples, before market and drift) and
// numbers of sales for the Grey Day releases. Some lie inside the folklore's
// 1.5x to 3x and some below, so that a test of the folklore can come out either way.
var greyDays = map[string]struct {
	multiple float64
	sales    int
}{
	"990v6-marblehead-vintage-indigo-grey-day-2023": {1.08, 90},
	"990v4-marblehead-vintage-indigo-grey-day-2023": {1.26, 45},
	"M990SG5":                {1.60, 12},
	"U998TA":                 {1.12, 180},
	fewStyle:                 {0.85, fewLastYear + fewBefore},
	"1300jp-2025-steel-blue": {1.75, 160},
	"327-grey-day-2022":      {1.34, 60},
	"57-40-grey-day-2022":    {1.04, 40},
	"xc-72-grey-day-2022":    {0.97, 25},
}

// versionLevels are invented median multiples by model and version.
var versionLevels = map[string]float64{
	"990v1": 1.12, "990v2": 1.04, "990v3": 1.20, "990v4": 0.98, "990v5": 0.88, "990v6": 0.92, "990": 1.05,
	"991": 1.15, "992": 1.45, "993": 1.10, "995": 0.95, "996": 0.90, "997": 1.00, "998": 0.86, "1300": 1.55,
}

// popular styles sell most, in this order; the others follow by id.
var popular = []string{"M990GL6", "M990GL5", "MR993GL", "M992GR", "U990GR4", "M990JD3", "M990JJ3", "990v3-grey-2019-2021", "M990GL4", "W990GL5", "M990TG3"}

// unpriced are styles whose retail price in dollars nobody could source, kept in
// the sample so that "retail unknown" is seen: three Grey Day 990s, two core greys.
var unpriced = []string{
	"990v4-marblehead-vintage-indigo-grey-day-2023", "990v6-marblehead-vintage-indigo-grey-day-2023",
	"M990SG5", "M990GY3", "M990VS4",
}

// shoe is a style as the sample sells it.
type shoe struct {
	data.Style
	priced bool      // has a retail price in USD on every day that it is sold
	level  float64   // ln of the style's own multiple
	first  data.Date // first day of sale, never before the release
	sales  int
	names  []string // its aliases that read as product names, sorted
}

// pickShoes takes every style with a retail price in dollars that was out
// before the end, and a few without one; most popular first.
func (w *world) pickShoes() []shoe {
	var shoes []shoe
	for _, s := range w.ref.Styles {
		sh := shoe{Style: s, first: max(w.start, firstSure(s))}
		_, sh.priced = w.ref.RetailAt(s.ID, "USD", sh.first)
		if !sh.priced && !slices.Contains(unpriced, s.ID) || sh.first > w.o.End {
			continue
		}
		for _, a := range w.ref.Aliases {
			if a.StyleID == s.ID && strings.Contains(a.Alias, " ") {
				sh.names = append(sh.names, a.Alias)
			}
		}
		slices.Sort(sh.names)
		sh.level = w.styleLevel(s)
		shoes = append(shoes, sh)
	}
	rank := func(s shoe) int {
		if i := slices.Index(popular, s.ID); i >= 0 {
			return i
		}
		return len(popular)
	}
	slices.SortFunc(shoes, func(a, b shoe) int {
		if c := rank(a) - rank(b); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	w.setSales(shoes)
	return shoes
}

// firstSure is the first day on which the style was surely out: the day after
// the release month or year where only those are known.
func firstSure(s data.Style) data.Date {
	t := s.ReleaseDate.Time()
	switch s.Precision {
	case "day":
		return s.ReleaseDate
	case "month":
		return data.DateOf(t.AddDate(0, 1, 0))
	case "year":
		return data.DateOf(t.AddDate(1, 0, 0))
	}
	return 0
}

// setSales shares the sales out by Zipf's law with a flattened head, for shoes
// in order of popularity. Grey Day releases sell what their table says.
func (w *world) setSales(shoes []shoe) {
	left, weights := baseSales*w.o.Scale, 0.0
	weight := func(i int) float64 { return 1 / float64(i+3) }
	for i := range shoes {
		if g, ok := greyDays[shoes[i].ID]; ok {
			shoes[i].sales = max(1, int(math.Round(float64(g.sales)*w.o.Scale)))
			if shoes[i].ID == fewStyle {
				shoes[i].sales = g.sales
			}
			left -= float64(shoes[i].sales)
			continue
		}
		weights += weight(i)
	}
	for i := range shoes {
		if _, ok := greyDays[shoes[i].ID]; !ok {
			shoes[i].sales = max(1, int(math.Round(left*weight(i)/weights)))
		}
	}
}

func (w *world) styleLevel(s data.Style) float64 {
	if g, ok := greyDays[s.ID]; ok {
		return math.Log(g.multiple)
	}
	m, ok := versionLevels[s.Model+s.Version]
	if !ok {
		m = 1
	}
	level := math.Log(m)
	if s.Collab != "" {
		level += 0.22
	}
	if s.Audience == "women" || s.Audience == "kids" {
		level -= 0.05
	}
	return level + 0.08*w.rng("level "+s.ID).NormFloat64()
}

// trueLog is the ln of the style's true multiple in the week of a Monday.
func (w *world) trueLog(s shoe, monday data.Date) float64 {
	t := float64(w.o.End.Monday()-monday) / 7 // weeks before the last
	// Both waves are odd about the middle of the last 52 weeks, so that over
	// that year the mean of the market and its median are the same.
	market := slowMarket*math.Sin(2*math.Pi*(25.5-t)/156) + yearMarket*math.Sin(2*math.Pi*(25.5-t)/52)
	return s.level + market + drift(s.Style, monday)
}

func drift(s data.Style, monday data.Date) float64 {
	if s.Precision != "day" {
		return 0
	}
	age := float64(max(0, monday-s.ReleaseDate.Monday())) / 7
	return releaseRise * math.Exp(-age/releaseFade)
}

// deal is one simulated sale of a new pair.
type deal struct {
	shoe *shoe
	at   int64 // Unix seconds
	day  data.Date
	size string  // as US marketplaces write it: 9.5, 8.5W, 6.5Y
	mult float64 // sale price over retail price
}

// deals simulates n sales of a shoe between two days, in no order.
func (w *world) deals(r *rand.Rand, s *shoe, from, to data.Date, n int) []deal {
	if from > to {
		return nil
	}
	var upTo []float64 // running sum of the weeks' weights
	sum := 0.0
	for m := from.Monday(); m <= to; m = m.AddDays(7) {
		busy := 1 + 0.2*math.Sin(2*math.Pi*float64(m)/365.25)
		sum += busy * (1 + 8*drift(s.Style, m)) // a new release trades most
		upTo = append(upTo, sum)
	}
	out := make([]deal, 0, n)
	for range n {
		week, _ := slices.BinarySearch(upTo, r.Float64()*sum)
		monday := from.Monday().AddDays(7 * min(week, len(upTo)-1))
		lo, hi := max(monday, from), min(monday.AddDays(6), to)
		day := lo.AddDays(r.IntN(int(hi-lo) + 1))
		size, steps := drawSize(r, s.Audience)
		mult := math.Exp(w.trueLog(*s, monday) + sizeStep*steps + noise*r.NormFloat64())
		out = append(out, deal{s, day.Time().Unix() + r.Int64N(86400), day, size, mult})
	}
	return out
}

// price is what the buyer of a deal paid, before rounding.
func (w *world) price(d deal, currency string) float64 {
	return d.mult * w.retail(d.shoe, currency, d.day)
}

// retail is the retail price that a sale in a currency is made from: the
// reference's own in that currency, else its dollar price at the rate of the day.
func (w *world) retail(s *shoe, currency string, day data.Date) float64 {
	if p, ok := w.ref.RetailAt(s.ID, currency, day); ok {
		return float64(p.Price) / 100
	}
	usd := float64(guessRetail)
	if p, ok := w.ref.RetailAt(s.ID, "USD", day); ok {
		usd = float64(p.Price) / 100
	}
	return usd / w.fx.at(currency, day)
}

// drawSize draws a size from a triangle of half sizes, and returns its distance
// from the middle one in half sizes, which is symmetric about 0.
func drawSize(r *rand.Rand, audience string) (label string, steps float64) {
	low, a, b, suffix := data.Amount(700), 6, 6, "" // men's and unisex: 7 to 12
	switch audience {
	case "women":
		low, suffix = 600, "W" // 6 to 11
	case "kids":
		low, a, b, suffix = 350, 4, 5, "Y" // 3.5 to 7
	}
	k := r.IntN(a) + r.IntN(b)
	size := low + data.Amount(50*k)
	return strings.TrimSuffix(strings.TrimSuffix(size.String(), "0"), ".0") + suffix, float64(k) - float64(a+b-2)/2
}

// sales simulates the sales of all shoes and deals them out to the two
// marketplaces that report single sales. StockX lists no pair that has neither
// a code nor a name there.
func (w *world) sales() (goat, stockx []deal) {
	for i := range w.shoes {
		s := &w.shoes[i]
		r := w.rng("sales " + s.ID)
		if s.ID == fewStyle {
			year := w.o.End.Monday().AddDays(-7 * 51)
			few := w.deals(r, s, max(year, s.first), w.o.End, fewLastYear)
			few = append(few, w.deals(r, s, s.first, year.AddDays(-1), fewBefore)...)
			s.sales = len(few) // fewer where the sample has no weeks before
			goat = append(goat, few...)
			continue
		}
		for _, d := range w.deals(r, s, s.first, w.o.End, s.sales) {
			if s.stockxName() == "" || r.Float64() < goatShare {
				goat = append(goat, d)
			} else {
				stockx = append(stockx, d)
			}
		}
	}
	byTime := func(a, b deal) int {
		if a.at != b.at {
			return int(a.at - b.at)
		}
		return strings.Compare(a.shoe.ID, b.shoe.ID)
	}
	slices.SortStableFunc(goat, byTime)
	slices.SortStableFunc(stockx, byTime)
	return goat, stockx
}

// goatName is the product's name as GOAT would have it, brand left out; for a
// style without a code, a name that the aliases know.
func (s *shoe) goatName() string {
	if s.Code == "" && len(s.names) > 0 {
		return s.names[0]
	}
	return strings.TrimSpace(s.Model + s.Version + " " + s.origin("Made in ") + s.Colorway)
}

// stockxName is the product's name as StockX would have it.
func (s *shoe) stockxName() string {
	for _, n := range s.names {
		if strings.HasPrefix(n, "New Balance ") {
			return n
		}
	}
	if s.Code == "" {
		return ""
	}
	return strings.TrimSpace("New Balance " + s.Model + s.Version + " " + s.origin("Mi") + s.Colorway)
}

func (s *shoe) origin(label string) string {
	if s.MadeIn != "USA" && s.MadeIn != "UK" {
		return ""
	}
	return label + s.MadeIn + " "
}
