package main

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// byHand does an explanation again.
type byHand struct {
	x   analysis.Explanation
	say func(format string, a ...any)

	state          analysis.LevelState
	last           data.Date
	noise, noiseN  float64
	unrest, calmN  float64
	kept           map[int][]keptSale // by cell
	predictedToday float64
}

type keptSale struct {
	day      data.Date
	distance float64
}

// is compares what was computed with what is printed.
func (h *byHand) is(what string, got, want float64) {
	if !(math.Abs(got-want) <= 1e-9*max(1, math.Abs(want))) {
		h.say("%s: by hand %v, explain says %v", what, got, want)
	}
}

func (h *byHand) redo() {
	x := h.x
	h.kept = map[int][]keptSale{}
	if x.Sales.Records != x.Sales.Used+x.Sales.SetAside || x.Sales.Used != len(x.Sales.Rows) || x.Sales.SetAside != len(x.Sales.Aside) {
		h.say("%d records, %d used (%d listed), %d set aside (%d listed)", x.Sales.Records, x.Sales.Used, len(x.Sales.Rows), x.Sales.SetAside, len(x.Sales.Aside))
	}
	for _, a := range x.Sales.Aside {
		if len(a.Reasons) == 0 || a.File == "" || a.Line == 0 {
			h.say("a sale is set aside without reason or place: %+v", a)
		}
	}
	rows := x.Sales.Rows
	for _, step := range x.Level.Days {
		n := 0
		for n < len(rows) && rows[n].SoldOn == step.Day {
			n++
		}
		if n != step.N {
			h.say("%s: %d sales are listed, of %d", step.Day, n, step.N)
			return
		}
		h.day(step, rows[:n])
		rows = rows[n:]
	}
	if len(rows) > 0 {
		h.say("%d sales are of no day", len(rows))
	}
	if x.Level.Now != nil {
		h.predictedToday = h.predict(*x.Level.Now).Level
		h.is("the level's variance in mid-week", h.predict(*x.Level.Ahead).Variance, x.Result.LevelVariance)
	}
	h.cells()
	h.tree()
	h.result()
}

// predict carries the level to a day.
func (h *byHand) predict(p analysis.LevelPrediction) analysis.LevelState {
	m, s := h.x.Method, h.state
	days := float64(p.Day - h.last)
	keep := math.Pow(2, -days/m.SteadyDays)
	reach := (1 - keep) * m.SteadyDays / math.Ln2
	unrest := (h.unrest + m.CalmPrior) / (h.calmN + m.CalmPrior)
	out := analysis.LevelState{
		Level:         s.Level + p.MarketMove + p.ReleaseJump + p.UsualSlope*min(days, float64(m.RecentDays)) + (s.Slope-p.UsualSlope)*reach,
		Slope:         p.UsualSlope + (s.Slope-p.UsualSlope)*keep,
		Variance:      s.Variance + p.ReleaseVariance + 2*reach*s.Covariance + reach*reach*s.SlopeVariance + p.DriftSD*p.DriftSD*unrest*days,
		Covariance:    keep * (s.Covariance + reach*s.SlopeVariance),
		SlopeVariance: keep*keep*s.SlopeVariance + p.SlopeSD*p.SlopeSD*unrest*(1-keep*keep),
	}
	h.states(p.Day.String()+", predicted", out, p.Predicted)
	if days < float64(m.RecentDays) && p.MarketMove != 0 {
		h.say("%s: moves with the market after %v days", p.Day, days)
	}
	return out
}

func (h *byHand) states(what string, got, want analysis.LevelState) {
	h.is(what+": level", got.Level, want.Level)
	h.is(what+": variance", got.Variance, want.Variance)
	h.is(what+": slope", got.Slope, want.Slope)
	h.is(what+": slope's variance", got.SlopeVariance, want.SlopeVariance)
	h.is(what+": covariance", got.Covariance, want.Covariance)
}

func (h *byHand) saleSD() float64 {
	m := h.x.Method
	return math.Sqrt((h.noise + m.NoisePrior*m.Sigma*m.Sigma) / (h.noiseN + m.NoisePrior))
}

// expected is how far a sale's cell is expected to be from the level, from the sales kept.
func (h *byHand) expected(r analysis.ExplainedSale) (weight, mean, expected float64) {
	recent := 0
	for _, k := range h.kept[r.Cell] {
		if k.day < r.SoldOn && int(r.SoldOn-k.day) <= h.x.Method.RecentDays {
			recent++
		}
	}
	half := h.x.Method.HalfLives[classOf(recent)]
	sum := 0.0
	for _, k := range h.kept[r.Cell] {
		w := math.Pow(2, -float64(r.SoldOn-k.day)/half)
		weight += w
		sum += w * k.distance
	}
	if weight > 0 {
		mean = sum / weight
	}
	prior := h.x.Method.Prior
	return weight, mean, (sum + prior*r.Usual) / (weight + prior)
}

func classOf(n int) string {
	switch {
	case n == 0:
		return "n=0"
	case n < 5:
		return "n=1-4"
	case n < 20:
		return "n=5-19"
	}
	return "n>=20"
}

// huber is the weight of a residual, full up to k sds.
func huber(r, sd, k float64) float64 { return min(1, k*sd/math.Abs(r)) }

// day takes in the sales of one day.
func (h *byHand) day(step analysis.LevelStep, sales []analysis.ExplainedSale) {
	m, name := h.x.Method, step.Day.String()
	h.is(name+": sd of a sale", h.saleSD(), step.SaleSD)
	var predicted analysis.LevelState
	if !step.First {
		predicted = h.predict(step.LevelPrediction)
	}
	day := &dayByHand{step: step, one: step.SaleSD * step.SaleSD * (1 + 1/(1+m.Prior))}
	for _, r := range sales {
		if r.Seen == nil {
			continue
		}
		_, _, expected := h.expected(r)
		h.is(name+": seen of a sale", r.LnMultiple-expected, *r.Seen)
		day.sales = append(day.sales, seenByHand{r.LnMultiple - expected, r.SeenWeight, r.Vouched})
	}
	switch {
	case len(day.sales) != step.NSeen:
		h.say("%s: %d sales tell of the level, not %d", name, len(day.sales), step.NSeen)
	case len(day.sales) == 0:
		h.state = predicted
	case step.First:
		h.first(day)
	default:
		h.follow(day, predicted)
	}
	h.states(name+", after", h.state, step.After)
	fade := 0.0
	if !step.First {
		fade = math.Pow(2, -float64(step.Day-h.last)/m.NoiseDays)
	}
	h.noise, h.noiseN = h.noise*fade, h.noiseN*fade
	h.learn(step, sales)
	h.last = step.Day
}

// learn keeps the day's sales in their cells: by cell, the lowest price first.
func (h *byHand) learn(step analysis.LevelStep, sales []analysis.ExplainedSale) {
	sales = slices.Clone(sales)
	slices.SortStableFunc(sales, func(a, b analysis.ExplainedSale) int {
		return cmp.Or(cmp.Compare(a.Cell, b.Cell), cmp.Compare(a.LnMultiple, b.LnMultiple))
	})
	sd := h.saleSD()
	h.is(step.Day.String()+": sd within cells", sd, step.CellSD)
	for _, r := range sales {
		what := step.Day.String() + ": a sale's "
		weight, mean, expected := h.expected(r)
		h.is(what+"own weight", weight, r.OwnWeight)
		h.is(what+"own mean", mean, r.OwnMean)
		h.is(what+"expected distance", expected, r.Expected)
		h.is(what+"multiple", math.Exp(r.LnMultiple), r.Multiple)
		h.is(what+"level", h.state.Level, r.Level)
		residual := r.LnMultiple - h.state.Level - expected
		if len(h.kept[r.Cell]) > 0 && !r.Vouched {
			residual *= huber(residual, sd, h.x.Method.HuberResidual)
		}
		h.is(what+"distance", expected+residual, r.Distance)
		h.kept[r.Cell] = append(h.kept[r.Cell], keptSale{r.SoldOn, expected + residual})
		h.noise += residual * residual
		h.noiseN++
	}
}

// cells are the weighted means of the distances.
func (h *byHand) cells() {
	for i, c := range h.x.Cells {
		what := fmt.Sprint("cell ", i, ": ")
		w, w2, sum := 0.0, 0.0, 0.0
		for _, k := range h.kept[i] {
			weight := math.Pow(2, -float64(h.x.AsOf+1-k.day)/c.HalfLife)
			w, w2, sum = w+weight, w2+weight*weight, sum+weight*k.distance
		}
		h.is(what+"Σ weight", w, c.WeightSum)
		h.is(what+"own", sum/w, c.Own)
		h.is(what+"half-life", h.x.Method.HalfLives[c.Class], c.HalfLife)
		if w > 1e-6 { // below it the square of a weight has lost its digits
			h.is(what+"effective n", w*w/w2, c.Kish)
		}
		if !c.Lends {
			continue
		}
		sd, kish := h.saleSD(), w*w/w2
		n := kish * h.x.Method.Sigma * h.x.Method.Sigma / (sd * sd)
		h.is(what+"mean", h.predictedToday+sum/w-c.Usual, c.Mean)
		h.is(what+"variance", h.x.Tree.SaleVariance/n+sd*sd*(1/w-1/kish), *c.Variance)
		h.is(what+"sd, as the text has it", sd/math.Sqrt(w), math.Sqrt(*c.Variance))
	}
	for _, r := range h.x.Sales.Rows {
		h.is("a sale carried", math.Exp(h.predictedToday+r.Distance), r.CarriedMultiple)
	}
}

// tree goes up the style's bands and down the chain.
func (h *byHand) tree() {
	x := h.x
	for _, band := range x.Tree.Bands {
		k := 0
		for _, c := range x.Cells {
			if !c.Lends || c.SizeBand+" "+c.Condition != band.Name {
				continue
			}
			if k < len(band.Children) {
				h.is(band.Name+": a cell's own", c.Mean, band.Children[k].Own)
				h.is(band.Name+": a cell's variance", *c.Variance, band.Children[k].Variance)
			}
			k++
		}
		if k != len(band.Children) {
			h.say("%s: %d cells lend, %d are its children", band.Name, k, len(band.Children))
		}
		h.node(band)
	}
	estimate, variance := 0.0, 0.0
	for i, n := range x.Tree.Chain {
		own, v, some := h.node(n)
		borrowed := 1.0
		switch {
		case i == 0:
			borrowed = 0
		case some:
			borrowed = v / (v + n.Tau2)
		}
		h.is(n.Name+": borrowed", borrowed, n.Borrowed)
		if i == 0 {
			estimate, variance = own, v
		} else {
			estimate = own + borrowed*(estimate-own)
			variance = borrowed * (n.Tau2 + borrowed*variance)
			if some && !slices.ContainsFunc(x.Tree.Chain[i-1].Children, func(c analysis.ExplainedChild) bool {
				return c.Name == n.Name && c.Own == n.Own && c.Variance == *n.OwnVariance && c.Tau2 == n.Tau2
			}) {
				h.say("%s is no child of %s", n.Name, x.Tree.Chain[i-1].Name)
			}
		}
		h.is(n.Name+": estimate", estimate, n.Estimate)
		h.is(n.Name+": variance", variance, n.Variance)
	}
}

// node is what a node's children say of it.
func (h *byHand) node(n analysis.ExplainedNode) (own, variance float64, some bool) {
	precision, sum := 0.0, 0.0
	for _, c := range n.Children {
		precision += 1 / (c.Variance + c.Tau2)
		sum += c.Own / (c.Variance + c.Tau2)
	}
	if precision == 0 {
		if n.OwnVariance != nil {
			h.say("%s has a mean and no child", n.Name)
		}
		return 0, math.Inf(1), false
	}
	h.is(n.Name+": own", sum/precision, n.Own)
	h.is(n.Name+": V", 1/precision, *n.OwnVariance)
	return sum / precision, 1 / precision, true
}

// result is the last step.
func (h *byHand) result() {
	x, r := h.x, h.x.Result
	usual, weights, n := 0.0, 0.0, 0
	for _, c := range x.Cells {
		if c.InRow {
			usual, weights, n = usual+c.WeightSum*c.Usual, weights+c.WeightSum, n+c.N
		}
	}
	if weights > 0 {
		usual /= weights
	}
	h.is("usual distance", usual, r.Usual)
	h.is("effective sales", weights, r.NEffective)
	if n != r.N || n != x.Sales.InRow {
		h.say("%d sales of cells in the row, %d in the row, n is %d", n, x.Sales.InRow, r.N)
	}
	if r.LnMultiple == nil {
		if r.Multiple != nil {
			h.say("a multiple out of nothing")
		}
		return
	}
	trend := 0.0
	if x.Level.Now != nil {
		m := x.Method
		trend = x.Level.Now.Predicted.Slope * (1 - math.Pow(2, -m.HorizonDays/m.SteadyDays)) * m.SteadyDays / math.Ln2
	}
	h.is("trend", trend, r.Trend)
	last := x.Tree.Chain[len(x.Tree.Chain)-1]
	ln := last.Estimate + x.Method.TrendShares[r.Class]*trend + usual
	variance := last.Variance + r.LevelVariance
	h.is("ln multiple", ln, *r.LnMultiple)
	h.is("variance", variance, *r.Variance)
	grade := "X"
	half := math.Exp(1.959963984540054*math.Sqrt(variance)) - 1 // the normal quantile of 97.5 %
	h.is("half of the band", half, *r.GradeHalf)
	for _, g := range slices.Backward(r.Grades) {
		if half <= g.Half && weights >= g.Sales {
			grade = g.Grade
		}
	}
	if grade != r.Grade || (grade == "X") != (r.Multiple == nil) {
		h.say("grade by hand %s, explain says %s", grade, r.Grade)
	}
	if r.Multiple != nil {
		h.figures(ln, variance)
	}
}

// figures are the multiple, its bands, and dollars.
func (h *byHand) figures(ln, variance float64) {
	x, r := h.x, h.x.Result
	h.is("multiple", math.Exp(ln), *r.Multiple)
	h.is("premium", math.Exp(ln)-1, *r.Premium)
	h.is("lowest of the market", math.Exp(ln-1.959963984540054*math.Sqrt(variance)), *r.Lo)
	h.is("highest of the market", math.Exp(ln+1.959963984540054*math.Sqrt(variance)), *r.Hi)
	if r.SaleHalfWidth != nil {
		sd := x.Method.Sigma
		if x.Level.Now != nil {
			sd = h.saleSD()
		}
		width := *r.SaleHalfWidth * math.Sqrt(variance+sd*sd)
		h.is("lowest next sale", math.Exp(ln-width), *r.SaleLo)
		h.is("highest next sale", math.Exp(ln+width), *r.SaleHi)
	}
	if (r.EstimateUSD == nil) != (x.Retail.Price == nil) {
		h.say("dollars %v at a retail price of %v", r.EstimateUSD, x.Retail.Price)
	} else if r.EstimateUSD != nil {
		h.is("dollars", math.Round(100*math.Exp(ln)**x.Retail.Price)/100, *r.EstimateUSD)
	}
}
