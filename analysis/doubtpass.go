package analysis

import (
	"cmp"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
)

// doubtPass runs through the sales once, by day, and looks for those whose price is far
// from what was expected on the Monday of their week.
type doubtPass struct {
	market    *market
	kin       []kin
	monday    int32
	week      []keyed
	learned   int             // sales the market knows
	fitted    int             // of these, how many it knew when the variances were fitted
	variances *stat.Variances // of the tree, from then
	residuals [classes]residualWindow
	kinds     map[styleCondition]*kindSales
	found     []doubt
	judged    int
	unjudged  int
}

// keyed is a sale with its identity.
type keyed struct {
	trade
	key saleKey
}

// styleCondition is what a sale is confirmed within: a style in a condition, whatever the size.
type styleCondition struct {
	style     int32
	condition string
}

// kindSales are the sales of a kind that may confirm another, and what waits for one.
type kindSales struct {
	recent []keyed // of the last three weeks, by day
	open   []int   // places in doubtPass.found
}

// doubt is a sale far from its estimate.
type doubt struct {
	keyed
	estimate  float64 // ln multiple
	z         float64
	against   int
	confirmed int32 // day; 0 for none
}

func (d doubt) residual() float64 { return d.y - d.estimate }

// confirms says whether another sale, within 14 days, is near enough to the price.
func (d doubt) confirms(o keyed) bool {
	if o.key == d.key || o.day < d.day-confirmDays || o.day > d.day+confirmDays {
		return false
	}
	if d.residual() > 0 {
		return o.y >= d.y+math.Log(confirmHigh)
	}
	return o.y <= d.y+math.Log(confirmLow)
}

func newDoubtPass(m *market, kinOf []kin) *doubtPass {
	return &doubtPass{market: m, kin: kinOf, kinds: map[styleCondition]*kindSales{}}
}

// add takes the next sale; days never go back.
func (p *doubtPass) add(t trade, key saleKey) error {
	if monday := mondayOf(t.day); monday != p.monday {
		if err := p.flush(); err != nil {
			return err
		}
		p.monday = monday
	}
	p.week = append(p.week, keyed{t, key})
	return nil
}

// flush judges the week's sales and learns them. Sorted, the same sales in another order
// give the same digits.
func (p *doubtPass) flush() error {
	if len(p.week) == 0 {
		return nil
	}
	slices.SortFunc(p.week, func(a, b keyed) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.style, b.style), cmp.Compare(a.form, b.form), cmp.Compare(a.y, b.y),
			cmp.Compare(a.key.high, b.key.high), cmp.Compare(a.key.low, b.key.low))
	})
	first := len(p.found)
	if err := p.judge(); err != nil {
		return err
	}
	p.confirm(first)
	var day []trade
	for i, t := range p.week {
		day = append(day, t.trade)
		if i+1 == len(p.week) || p.week[i+1].day != t.day {
			p.market.learn(t.day, day)
			day = day[:0]
		}
	}
	p.learned += len(p.week)
	p.week = p.week[:0]
	return nil
}

// judge finds the week's sales that are far off.
func (p *doubtPass) judge() error {
	m := p.market
	m.turnWeeks(p.monday)
	if 2*p.learned > 3*p.fitted {
		p.variances = nil
	}
	tree, err := m.borrow(p.monday, p.kin, p.variances)
	if err != nil {
		return err
	}
	if tree != nil && p.variances == nil {
		p.fitted, p.variances = p.learned, &tree.variances
	}
	var f forecast
	var class liquidity
	for i, t := range p.week {
		if tree == nil || int(t.style) >= len(m.styles) || m.styles[t.style].last == 0 {
			p.unjudged++
			continue
		}
		if i == 0 || p.week[i-1].day != t.day || p.week[i-1].style != t.style || p.week[i-1].form != t.form {
			f, _ = tree.of(m, p.monday, t.style, t.form, t.day)
			class = m.classOf(t.style, t.form, p.monday)
		}
		r := t.y - f.mean
		past := &p.residuals[class]
		past.add(r)
		if past.n < doubtSales {
			p.unjudged++
			continue
		}
		p.judged++
		if !far(r) {
			continue
		}
		if z := past.z(r); math.Abs(z) > doubtZ {
			p.found = append(p.found, doubt{keyed: t, estimate: f.mean, z: z, against: past.n})
		}
	}
	for k := range p.residuals {
		p.residuals[k].endWeek(p.monday)
	}
	return nil
}

// far says whether a residual is one of a price that some flag is about.
func far(r float64) bool { return r >= math.Log(doubtHigh) || r <= math.Log(doubtLow) }

// classOf is the class that a form of a style is in on a Monday.
func (m *market) classOf(style, f, monday int32) liquidity {
	if at, ok := m.cellAt[[2]int32{style, f}]; ok {
		return liquidityOf(m.cells[at].sales(monday))
	}
	return noSales
}

// confirm looks for what confirms the doubts that are open, and for what confirms those
// that came up in this week, found[first:], among the sales before them too.
func (p *doubtPass) confirm(first int) {
	for _, t := range p.week {
		key := styleCondition{t.style, p.market.forms[t.form].condition}
		k := p.kinds[key]
		if k == nil {
			k = &kindSales{}
			p.kinds[key] = k
		}
		k.take(t, p.monday)
		for _, at := range k.open {
			p.found[at].look(t)
		}
	}
	for at := first; at < len(p.found); at++ {
		d := &p.found[at]
		k := p.kinds[styleCondition{d.style, p.market.forms[d.form].condition}]
		for _, o := range k.recent {
			d.look(o)
		}
		k.open = append(k.open, at)
	}
	for _, k := range p.kinds {
		k.open = slices.DeleteFunc(k.open, func(at int) bool { return p.found[at].day+confirmDays < p.monday+7 })
	}
}

// look takes the first day of a sale that confirms the doubt.
func (d *doubt) look(o keyed) {
	if d.confirms(o) && (d.confirmed == 0 || o.day < d.confirmed) {
		d.confirmed = o.day
	}
}

// take keeps a sale for as long as it may confirm one of this week.
func (k *kindSales) take(t keyed, monday int32) {
	drop := 0
	for drop < len(k.recent) && k.recent[drop].day < monday-confirmDays {
		drop++
	}
	k.recent = append(slices.Delete(k.recent, 0, drop), t)
}
