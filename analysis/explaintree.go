package analysis

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
)

// ExplainedCell is a size and condition of the style. By hand, over its sales in
// ExplainedSales.Rows with their Weight:
//
//	weight_sum = Σ weight, kish = (Σ weight)²/Σ weight², own = Σ weight·distance / Σ weight
//	mean       = Now's level + own − usual
//	n_tree     = kish·sigma²/sale_sd²
//	extra      = sale_sd²·(1/weight_sum − 1/kish)
//	variance   = sale variance of the tree / n_tree + extra
type ExplainedCell struct {
	SizeUSMen *float64 `json:"size_us_men"` // null: can't be said
	SizeBand  string   `json:"size_band"`
	Condition string   `json:"condition"`
	InRow     bool     `json:"in_row"` // of the sizes and condition asked for
	N         int      `json:"n"`
	Recent    int      `json:"n_28_days"`
	Class     string   `json:"class"`
	HalfLife  float64  `json:"half_life_days"`
	WeightSum float64  `json:"weight_sum"`
	Kish      float64  `json:"kish"`
	Own       float64  `json:"own"`     // distance from the style's level
	Usual     float64  `json:"usual"`   // what that usually is, of this size and condition
	SaleSD    float64  `json:"sale_sd"` // of the style
	Lends     bool     `json:"lends"`   // false: too old, or of a condition whose distance from new is not known
	Mean      float64  `json:"mean"`
	NTree     float64  `json:"n_tree"`
	Extra     float64  `json:"extra"`
	Variance  *float64 `json:"variance"` // null where it lends nothing
}

// ExplainedTree is what was borrowed.
type ExplainedTree struct {
	SaleVariance float64            `json:"sale_variance"`
	Tau2         map[string]float64 `json:"tau2"`  // by kind of node: variance about its parent
	Chain        []ExplainedNode    `json:"chain"` // from the root to the node that the row is made of
	Bands        []ExplainedNode    `json:"bands"` // of the style; children are its cells
}

// ExplainedNode is a place in the tree. By hand, over the children that have a variance:
//
//	own_variance = 1 / Σ 1/(variance + tau2), own = own_variance · Σ own/(variance + tau2)
//	borrowed     = own_variance / (own_variance + tau2), 1 where own_variance is null
//	estimate     = own + borrowed·(the parent's estimate − own)
//	variance     = borrowed·(tau2 + borrowed·the parent's variance)
//
// The root borrows nothing: estimate = own.
type ExplainedNode struct {
	Name        string           `json:"name"`
	Kind        string           `json:"kind"` // root, model, version, grey_day, style, size_band
	Tau2        float64          `json:"tau2"` // 0 for the root
	Own         float64          `json:"own"`
	OwnVariance *float64         `json:"own_variance"` // null: no sales below it
	Borrowed    float64          `json:"borrowed"`     // share of the estimate that is the parent's
	Estimate    float64          `json:"estimate"`
	Variance    float64          `json:"variance"`
	Children    []ExplainedChild `json:"children"`       // those with sales below them
	Empty       int              `json:"children_empty"` // those without
}

// ExplainedChild is what a child says of its parent.
type ExplainedChild struct {
	Name     string  `json:"name"`
	Own      float64 `json:"own"`
	Variance float64 `json:"variance"`
	Tau2     float64 `json:"tau2"`
}

// ExplainedResult is the row. By hand,
//
//	usual        = Σ weight_sum·usual / Σ weight_sum over the cells in the row, 0 for none
//	trend        = Now's predicted slope · reach_days
//	ln_multiple  = estimate of the last node + trend_share·trend + usual
//	variance     = variance of that node + level_variance, which is Ahead's
//	multiple     = math.Exp(ln_multiple); lo, hi = exp(ln_multiple ∓ z·√variance)
//	sale_lo, hi  = exp(ln_multiple ∓ sale_half_width·√sale_variance), sale_variance = variance + sale_sd²
//	dollars      = multiple · retail price, to the cent
//
// ln_multiple and variance are null where the book says nothing; multiple and what follows
// is null where there is no number.
type ExplainedResult struct {
	N             int       `json:"n"`
	Recent        int       `json:"n_28_days"`
	NEffective    float64   `json:"n_effective"` // Σ weight_sum
	Class         string    `json:"class"`
	Usual         float64   `json:"usual"`
	TrendShare    float64   `json:"trend_share"`
	ReachDays     float64   `json:"reach_days"`
	Trend         float64   `json:"trend"`
	LevelVariance float64   `json:"level_variance"`
	LnMultiple    *float64  `json:"ln_multiple"`
	Variance      *float64  `json:"variance"`
	Z             float64   `json:"z"`
	SaleSD        float64   `json:"sale_sd"`
	SaleVariance  *float64  `json:"sale_variance"`
	SaleHalfWidth *float64  `json:"sale_half_width"` // in standard deviations, from the errors of past forecasts; null until they tell
	Multiple      *float64  `json:"multiple"`
	Lo            *float64  `json:"multiple_lo"`
	Hi            *float64  `json:"multiple_hi"`
	SaleLo        *float64  `json:"sale_lo"`
	SaleHi        *float64  `json:"sale_hi"`
	Premium       *float64  `json:"premium"`
	Borrowed      *float64  `json:"borrowed"`
	Basis         string    `json:"basis"`
	Grade         string    `json:"grade"`
	GradeHalf     *float64  `json:"grade_half"` // upper half of the 95 % band over the estimate: exp(1.96·√variance) − 1
	GradeZ        float64   `json:"grade_z"`
	Grades        []Grading `json:"grades"`
	Reasons       []string  `json:"reasons"`
	EstimateUSD   *float64  `json:"estimate_usd"`
	LoUSD         *float64  `json:"lo_usd"`
	HiUSD         *float64  `json:"hi_usd"`
	SaleLoUSD     *float64  `json:"sale_lo_usd"`
	SaleHiUSD     *float64  `json:"sale_hi_usd"`
}

// Grading is a grade with what it takes. The grade is the first that is met, else X.
type Grading struct {
	Grade string  `json:"grade"`
	Half  float64 `json:"half_at_most"`
	Sales float64 `json:"n_effective_at_least"`
	Met   bool    `json:"met"`
}

func (e *estimator) explainCells(cells []int32, inRow func(form) bool) []ExplainedCell {
	out := []ExplainedCell{}
	for _, at := range cells {
		m, c := e.market, &e.market.cells[at]
		f, recent := m.forms[c.form], c.sales(e.day)
		k := liquidityOf(recent)
		x := ExplainedCell{SizeBand: f.band(), Condition: f.condition, InRow: inRow(f), N: c.n, Recent: recent, Class: k.String(), HalfLife: m.method.Half[k],
			WeightSum: c.w[k] * halved(int(e.day-c.last), m.method.Half[k]), Kish: c.w[k] * c.w[k] / c.w2[k], Own: c.sum[k] / c.w[k],
			Usual: m.usual[c.form], SaleSD: m.sd(&m.styles[c.style])}
		if f.size != unknownSize {
			x.SizeUSMen = figure(float64(f.size) / 2)
		} else {
			x.SizeBand = "unknown"
		}
		x.NTree, x.Mean, x.Extra = m.leaf(c, e.day)
		if x.Lends = x.NTree > 0; x.Lends && e.tree != nil {
			x.Variance = figure(e.tree.variances.Sigma2/x.NTree + x.Extra)
		}
		out = append(out, x)
	}
	return out
}

// treeKinds are the kinds of nodes, the root's last.
var treeKinds = [...]string{modelLevel: "model", versionLevel: "version", greyDayLevel: "grey_day", styleLevel: "style", bandLevel: "size_band", formLevel: "size", treeLevels: "root"}

// explainTree follows the node up to the root.
func (e *estimator) explainTree(x *Explanation, style int32, node int) {
	b := e.tree
	x.Tree = ExplainedTree{SaleVariance: b.variances.Sigma2, Tau2: map[string]float64{}, Chain: []ExplainedNode{}, Bands: []ExplainedNode{}}
	for k, v := range b.variances.Tau2 {
		x.Tree.Tau2[treeKinds[k]] = v
	}
	names, children := e.nodeNames(), map[int][]int{}
	for i, n := range b.given {
		if n.Parent >= 0 {
			children[n.Parent] = append(children[n.Parent], i)
		}
	}
	for at := node; at >= 0; at = b.given[at].Parent {
		x.Tree.Chain = append(x.Tree.Chain, b.explainNode(at, names, children[at]))
	}
	slices.Reverse(x.Tree.Chain)
	for _, at := range children[b.style[style]] {
		x.Tree.Bands = append(x.Tree.Bands, b.explainNode(at, names, children[at]))
	}
}

func (b *borrowed) explainNode(at int, names map[int]string, children []int) ExplainedNode {
	n := b.nodes[at]
	out := ExplainedNode{Name: names[at], Kind: treeKinds[treeLevels], Own: n.Own, Borrowed: n.Borrowed, Estimate: n.Mean, Variance: n.Var, Children: []ExplainedChild{}}
	if b.given[at].Parent >= 0 {
		out.Kind, out.Tau2 = treeKinds[b.given[at].Level], b.variances.Tau2[b.given[at].Level]
	}
	if !math.IsInf(n.OwnVar, 1) {
		out.OwnVariance = figure(n.OwnVar)
	}
	for _, c := range children {
		if v := b.nodes[c].OwnVar; math.IsInf(v, 1) {
			out.Empty++
		} else {
			out.Children = append(out.Children, ExplainedChild{names[c], b.nodes[c].Own, v, b.variances.Tau2[b.given[c].Level]})
		}
	}
	return out
}

// nodeNames names the nodes of the tree.
func (e *estimator) nodeNames() map[int]string {
	b, names := e.tree, map[int]string{0: "all styles"}
	for i, at := range b.style {
		k := e.facts[i].kin
		grey := b.given[at].Parent
		version := b.given[grey].Parent
		model := b.given[version].Parent
		names[at], names[grey] = e.facts[i].id, k.model+k.version+", not Grey Day"
		if k.greyDay {
			names[grey] = k.model + k.version + ", Grey Day"
		}
		if names[version] = k.model + k.version; k.version == "" {
			names[version] = k.model + ", no version"
		}
		if names[model] = k.model; k.model == "" {
			names[model], names[version], names[grey] = "model unknown", "version unknown", "not Grey Day"
		}
	}
	for cell, at := range b.leaf {
		f := e.market.forms[e.market.cells[cell].form]
		if names[at] = fmt.Sprintf("%g %s", float64(f.size)/2, f.condition); f.size == unknownSize {
			names[at] = "unknown " + f.condition
		}
		names[b.band[cell]] = cmp.Or(f.band(), "unknown") + " " + f.condition
	}
	return names
}

// explainResult fills in the tree and the result, and holds it against the row.
func (e *estimator) explainResult(x *Explanation, style int32, spec ExplainSpec, row Premium, o own) error {
	class := liquidityOf(o.recent)
	r := ExplainedResult{N: row.N, Recent: o.recent, NEffective: row.NEffective, Class: class.String(), Usual: o.usual, SaleSD: e.market.method.Sigma,
		Z: stat.NormalQuantile((1 + e.level) / 2), GradeZ: stat.NormalQuantile(0.975), ReachDays: e.market.reach(horizon), TrendShare: e.market.method.Trend[class],
		Multiple: row.Multiple, Lo: row.Lo, Hi: row.Hi, SaleLo: row.SaleLo, SaleHi: row.SaleHi, Premium: row.Premium(), Borrowed: row.Borrowed,
		Basis: row.Basis, Grade: row.Grade, Reasons: row.Reasons, Grades: []Grading{}}
	x.Tree = ExplainedTree{Tau2: map[string]float64{}, Chain: []ExplainedNode{}, Bands: []ExplainedNode{}}
	if e.wasSold(style) {
		r.SaleSD = e.market.sd(&e.market.styles[style])
		r.Trend, r.LevelVariance = e.market.trend(style, e.day), x.Level.Ahead.Predicted.Variance
	}
	if e.tree != nil {
		node := e.tree.style[style]
		if spec.SizeBand != "" {
			for _, at := range e.market.sortedCells(style) {
				if f := e.market.forms[e.market.cells[at].form]; cmp.Or(f.band(), "unknown") == spec.SizeBand && f.condition == spec.Condition {
					node = e.tree.band[at]
				}
			}
		}
		e.explainTree(x, style, node)
		if spec.Condition == "new" || e.market.known[spec.Condition] {
			if err := e.explainForecast(&r, e.tree.at(e.market, e.day, style, node, class), o, class); err != nil {
				return err
			}
		}
	}
	r.inDollars(x.Retail.Price)
	x.Result = r
	return nil
}

func (e *estimator) explainForecast(r *ExplainedResult, at forecast, o own, class liquidity) error {
	at.mean += o.usual
	r.LnMultiple, r.Variance, r.SaleVariance = &at.mean, &at.variance, &at.sale
	if h := e.intervals.half(class); !math.IsInf(h, 1) {
		r.SaleHalfWidth = &h
	}
	r.GradeHalf = figure(math.Exp(r.GradeZ*math.Sqrt(at.variance)) - 1)
	for _, g := range grades {
		r.Grades = append(r.Grades, Grading{g.grade, g.half, g.sales, *r.GradeHalf <= g.half && r.NEffective >= g.sales})
	}
	if r.Multiple != nil && math.Abs(math.Exp(at.mean)-*r.Multiple) > 1e-12**r.Multiple {
		return fmt.Errorf("it comes to %v and the row has %v: this is a bug", math.Exp(at.mean), *r.Multiple)
	}
	return nil
}

// inDollars puts the multiples at a retail price, to the cent.
func (r *ExplainedResult) inDollars(retail *float64) {
	if retail == nil {
		return
	}
	for _, v := range []struct{ multiple, dollars **float64 }{{&r.Multiple, &r.EstimateUSD}, {&r.Lo, &r.LoUSD}, {&r.Hi, &r.HiUSD}, {&r.SaleLo, &r.SaleLoUSD}, {&r.SaleHi, &r.SaleHiUSD}} {
		if *v.multiple != nil {
			*v.dollars = figure(math.Round(100**retail***v.multiple) / 100)
		}
	}
}

// halved is what is left of a weight of 1 after so many days.
func halved(days int, halfLife float64) float64 { return math.Exp2(-float64(days) / halfLife) }
