package reports

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// sides is a result with the keys version and side (a marketplace, a country), before
// them the model on pages of all models, set side by side in each version. A side that is
// not known is counted and not compared, and so are pairs of which the version is not
// known though their model has some: they are several shoes.
type sides struct {
	m         analysis.Multiples
	w         priceWords
	model     string
	at        func(side string) string // "on GOAT", "made in Italy"
	order     []string                 // of the sides, in every version
	known     map[string]int           // n of each
	unknown   int                      // n without a side
	mixed     int                      // n with a side, of which the version is not known
	versioned map[string]bool          // models of which a version is known
	versions  []sidedVersion
	pairs     int // compared, of all versions
	thin      int // versions of which only one side, or none, has a median, though two have prices
}

// sidedVersion is a version of which two sides or more have a median.
type sidedVersion struct {
	key, name   string
	rows        []analysis.MultipleRow // known sides, those without a median too, in order
	high, low   analysis.MultipleRow   // the pair whose intervals lie farthest apart, or overlap least
	told, apart bool                   // both have an interval; there is a gap between them
	clear       bool                   // a wider one than chance makes among all pairs compared
}

// sidesOf sorts m by version; order sorts sides by name and their n. Only pairs that may
// be compared are.
func sidesOf(m analysis.Multiples, model string, order func(a, b string, n map[string]int) int, may func(a, b string) bool) sides {
	s := sides{m: m, w: wordsOf(m.PriceBasis), model: model, known: map[string]int{}, versioned: map[string]bool{}}
	for _, r := range m.Rows {
		if shoe := s.split(r); shoe.version != "" {
			s.versioned[shoe.model] = true
		}
	}
	byVersion := map[string][]analysis.MultipleRow{}
	var versions []analysis.MultipleRow
	for _, r := range m.Rows {
		shoe := s.split(r)
		if shoe.side == "" {
			s.unknown += r.N
			continue
		}
		if s.known[shoe.side] == 0 {
			s.order = append(s.order, shoe.side)
		}
		s.known[shoe.side] += r.N
		if shoe.version == "" && (shoe.model == "" || s.versioned[shoe.model]) {
			s.mixed += r.N
			continue
		}
		v := analysis.MultipleRow{Keys: []string{shoe.model, shoe.version}}
		if byVersion[groupKey(v)] == nil {
			versions = append(versions, v)
		}
		byVersion[groupKey(v)] = append(byVersion[groupKey(v)], r)
	}
	slices.SortFunc(s.order, func(a, b string) int { return order(a, b, s.known) })
	slices.SortStableFunc(versions, compareKeys)
	for _, v := range versions {
		rows := byVersion[groupKey(v)]
		slices.SortStableFunc(rows, func(a, b analysis.MultipleRow) int { return s.place(a) - s.place(b) })
		one := sidedVersion{key: groupKey(v), name: plainLabel(s.split(rows[0]).name(s), 32), rows: rows}
		found, pairs := one.compare(s.side, may)
		s.pairs += pairs
		switch {
		case found:
			s.versions = append(s.versions, one)
		case len(rows) > 1:
			s.thin++
		}
	}
	for i := range s.versions {
		s.versions[i].clear = s.versions[i].apart && s.versions[i].beyond(s.factor())
	}
	return s
}

// factor is how much wider than their own level intervals must be to hold for all pairs
// compared at once (Bonferroni; the sampling error of a median taken as normal): of many pairs
// that don't differ, some lie apart.
func (s sides) factor() float64 {
	level := s.m.Spec.Level
	if level <= 0 || level >= 1 {
		level = 0.95
	}
	return math.Erfinv(1-(1-level)/float64(max(s.pairs, 1))) / math.Erfinv(level)
}

// beyond reports whether the medians of the pair differ by more than their intervals allow,
// made wider by the factor. Errors of two samples add as squares.
func (v sidedVersion) beyond(factor float64) bool {
	return *v.high.Median-*v.low.Median > factor*math.Hypot(*v.high.Median-*v.high.Lo, *v.low.Hi-*v.low.Median)
}

// sidedShoe is what the keys of a row say.
type sidedShoe struct{ model, version, side string }

func (s sides) split(r analysis.MultipleRow) sidedShoe {
	keys := r.Keys
	shoe := sidedShoe{model: s.model}
	if len(keys) > 2 {
		shoe.model, keys = keys[0], keys[1:]
	}
	if len(keys) == 2 {
		shoe.version, shoe.side = keys[0], keys[1]
	}
	return shoe
}

// name is the shoe's; a model without versions goes by its own.
func (shoe sidedShoe) name(s sides) string {
	switch {
	case shoe.version != "":
		return versionName(shoe.model, analysis.MultipleRow{Keys: []string{shoe.version}})
	case shoe.model == "":
		return "model unknown"
	case s.versioned[shoe.model]:
		return shoe.model + ", version unknown"
	}
	return shoe.model
}

// side is that of a row, "" for one that is not known.
func (s sides) side(r analysis.MultipleRow) string { return s.split(r).side }

// place is where a row stands among the sides of its version, the unknown one last.
func (s sides) place(r analysis.MultipleRow) int {
	if i := slices.Index(s.order, s.side(r)); i >= 0 {
		return i
	}
	return len(s.order)
}

// groupKey tells groups apart.
func groupKey(r analysis.MultipleRow) string { return strings.Join(r.Keys, "\x00") }

// compare looks for the pair of sides that lie farthest apart, by their intervals where
// both have one. It says whether there is a pair, and how many pairs have two intervals.
func (v *sidedVersion) compare(side func(analysis.MultipleRow) string, may func(a, b string) bool) (found bool, pairs int) {
	best, known := 0.0, byMedian(v.rows)
	for i, high := range known {
		for _, low := range known[i+1:] {
			if !may(side(high), side(low)) {
				continue
			}
			lo, okLo := figureOf(high.Lo)
			hi, okHi := figureOf(low.Hi)
			told := okLo && okHi
			gap := *high.Median - *low.Median
			if told {
				gap = lo - hi
				pairs++
			}
			if better := told && !v.told || told == v.told && gap > best; !found || better {
				best, found, v.high, v.low = gap, true, high, low
				v.told, v.apart = told, told && gap > 0
			}
		}
	}
	return found, pairs
}

// clearest are the versions with a gap, the widest first.
func (s sides) clearest() []sidedVersion {
	gap := func(v sidedVersion) float64 { return *v.high.Lo - *v.low.Hi }
	out := slices.DeleteFunc(slices.Clone(s.versions), func(v sidedVersion) bool { return !v.clear })
	slices.SortStableFunc(out, func(a, b sidedVersion) int {
		switch {
		case gap(a) > gap(b):
			return -1
		case gap(a) < gap(b):
			return 1
		}
		return 0
	})
	return out
}

// title states the clearest difference; none is what it says where there is none.
func (s sides) title(none string) string {
	clear := s.clearest()
	if len(clear) == 0 {
		return s.w.title(none)
	}
	v, verb := clear[0], "stood"
	if s.w.Sale {
		verb = "resold"
	}
	t := fmt.Sprintf("%s %s higher %s than %s: %s against %s", v.name, verb, s.at(s.side(v.high)), s.at(s.side(v.low)), multipleText(v.high.Median), multipleText(v.low.Median))
	switch more := len(s.versions) - len(clear); {
	case len(clear) > 1:
		t += fmt.Sprintf("; %d of %d versions differ clearly", len(clear), len(s.versions))
	case more > 0:
		t += "; no clear difference in " + otherVersions(more)
	}
	return s.w.title(t)
}

// reading is the clearest pair in full, and what the other versions' intervals tell.
func (s sides) reading() string {
	clear := s.clearest()
	first := s.versions[0]
	for _, v := range s.versions { // where none is clear, one that nearly is, or else the one with the most prices, speaks
		if v.apart && !first.apart || v.apart == first.apart && v.high.N+v.low.N > first.high.N+first.low.N {
			first = v
		}
	}
	if len(clear) > 0 {
		first = clear[0]
	}
	part := func(r analysis.MultipleRow) string {
		in := "no interval"
		if t := intervalText(r.Lo, r.Hi); t != noFigure {
			in = t
		}
		return fmt.Sprintf("%s retail (%s, on %s)", multipleText(r.Median), in, s.w.n(r.N))
	}
	verdict := "the intervals overlap: no difference can be told"
	switch {
	case first.clear:
		verdict = "the intervals do not overlap"
	case first.apart:
		verdict = fmt.Sprintf("the intervals do not overlap, but among %s chance alone may set two as far apart", countOf(s.pairs, "pair compared", "pairs compared"))
	case !first.told:
		verdict = "without two intervals no difference can be told"
	}
	text := fmt.Sprintf("%s %s and %s at %s; %s.", s.w.stood(first.name+" "+s.at(s.side(first.high))), part(first.high),
		s.at(s.side(first.low)), part(first.low), verdict)
	if len(clear) > 1 {
		var names []string
		for _, v := range clear[1:] {
			names = append(names, v.name)
		}
		text += fmt.Sprintf(" The intervals of %s leave a gap, too.", strings.Join(names, ", "))
	}
	rest := slices.DeleteFunc(slices.Clone(s.versions), func(v sidedVersion) bool { return v.clear || v.key == first.key })
	overlap := "overlap"
	switch {
	case slices.ContainsFunc(rest, func(v sidedVersion) bool { return v.apart }):
		overlap = "overlap, or are no farther apart than chance sets some"
	case slices.ContainsFunc(rest, func(v sidedVersion) bool { return !v.told }):
		overlap = "overlap or are missing"
	}
	switch {
	case len(rest) > 0 && first.clear:
		text += fmt.Sprintf(" In %s the intervals %s: no difference can be told.", otherVersions(len(rest)), overlap)
	case len(rest) > 0:
		text += fmt.Sprintf(" Nor can a difference be told in %s.", otherVersions(len(rest)))
	}
	return text
}

func otherVersions(n int) string {
	if n == 1 {
		return "the other version"
	}
	return fmt.Sprintf("the other %d versions", n)
}

// counts lists the sides with their n: "GOAT (3,984 sales), StockX (1,507 sales)".
func (s sides) counts() string {
	var parts []string
	for _, k := range s.order[:min(len(s.order), 6)] {
		parts = append(parts, fmt.Sprintf("%s (%s)", plainLabel(k, 24), s.w.n(s.known[k])))
	}
	if more := len(s.order) - 6; more > 0 {
		parts = append(parts, fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, ", ")
}

// sidesDrawn is how many sides of a version a chart draws at most.
const sidesDrawn = 6

// versionsDrawn is how many versions it draws at most.
const versionsDrawn = 12

// shown are the versions to draw, in their order: those with the most prices, and the clearest.
func (s sides) shown() []sidedVersion {
	if len(s.versions) <= versionsDrawn {
		return s.versions
	}
	clear := s.clearest()
	var sums []analysis.MultipleRow
	for _, v := range s.versions {
		sum := analysis.MultipleRow{Keys: []string{v.key}}
		for _, r := range v.rows {
			sum.N += r.N
		}
		sums = append(sums, sum)
	}
	kept := mostSeen(sums, versionsDrawn, func(r analysis.MultipleRow) bool { return len(clear) > 0 && r.Keys[0] == clear[0].key })
	return slices.DeleteFunc(slices.Clone(s.versions), func(v sidedVersion) bool {
		return !slices.ContainsFunc(kept, func(r analysis.MultipleRow) bool { return r.Keys[0] == v.key })
	})
}

// draw draws a heading for each version and its sides below; hollow are those it is
// held against.
func (s sides) draw(f *pageFigure, hollow func(side string) bool) error {
	clear := s.clearest()
	var rows []dotRow
	cut := false
	versions := s.shown()
	if len(versions) < len(s.versions) {
		f.Notes = append(f.Notes, cutNote(len(versions), len(s.versions), "versions", s.w))
	}
	for _, v := range versions {
		rows = append(rows, headingRow(v.name))
		shown := mostSeen(v.rows, sidesDrawn, func(r analysis.MultipleRow) bool { return sameGroup(r, v.high) || sameGroup(r, v.low) })
		cut = cut || len(shown) < len(v.rows)
		for _, r := range shown {
			side := s.side(r)
			d := newDotRow(v.name+" "+s.at(side), plainLabel(side, 24), plainLabel(side, 14), r, s.m)
			d.Accent = len(clear) > 0 && v.key == clear[0].key && (sameGroup(r, v.high) || sameGroup(r, v.low))
			d.Hollow = hollow(side)
			d.P5, d.P95 = math.NaN(), math.NaN() // not drawn here
			rows = append(rows, d)
		}
	}
	if cut {
		f.Notes = append(f.Notes, fmt.Sprintf("Of a version the chart draws the %d with the most %s; the table lists all.", sidesDrawn, s.w.Many))
	}
	return f.drawRows("side", rows, nil, 0.95, 1.05)
}

// notes say what is too thin, and what a difference may come from.
func (s sides) notes(other string) []string {
	var out []string
	if s.thin > 0 {
		out = append(out, fmt.Sprintf("%s with too few %s for two medians %s left out of the chart.", countOf(s.thin, "version", "versions"), s.w.Many, plural(s.thin, "is", "are")))
	}
	if s.unknown > 0 {
		out = append(out, fmt.Sprintf("%s of %s %s.", countText(s.unknown), s.w.n(s.m.N), other))
	}
	if s.mixed > 0 && len(s.versioned) > 0 {
		out = append(out, fmt.Sprintf("%s of %s are of pairs whose version is not known; they are several shoes, and not compared.", countText(s.mixed), s.w.n(s.m.N)))
	}
	if len(s.versions) == 0 {
		return out
	}
	if s.pairs > 1 {
		out = append(out, fmt.Sprintf("A difference counts as clear if the intervals do not overlap and it is larger than chance makes one of the %d pairs compared.", s.pairs))
	}
	return append(out, "One median may differ from another because other styles and sizes stand behind it.")
}

// table names each row by version and side; the unknown side has the name other.
func (s sides) table(first, other string) figureTable {
	rows := slices.Clone(s.m.Rows)
	slices.SortStableFunc(rows, func(a, b analysis.MultipleRow) int {
		x, y := s.split(a), s.split(b)
		return cmp.Or(compareKeys(analysis.MultipleRow{Keys: []string{x.model, x.version}}, analysis.MultipleRow{Keys: []string{y.model, y.version}}), s.place(a)-s.place(b))
	})
	return groupTable(first, rows, s.m, func(r analysis.MultipleRow) string {
		shoe := s.split(r)
		return shoe.name(s) + ", " + cmp.Or(shoe.side, other)
	})
}
