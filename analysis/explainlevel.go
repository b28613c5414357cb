package analysis

import (
	"math"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
)

// Far sales are held back by weights of Huber's kind, beyond so many standard deviations:
// what market.follow does to a day of one or two sales, and market.learnCell to a sale.
const (
	surpriseK = 2
	residualK = 2.5
)

// LevelState is a style's level on a day, of ln multiple, and how well it is known.
type LevelState struct {
	Level         float64 `json:"level"`
	Variance      float64 `json:"variance"`
	Slope         float64 `json:"slope"` // per day
	SlopeVariance float64 `json:"slope_variance"`
	Covariance    float64 `json:"covariance"` // of level and slope
}

func (s *styleState) state() LevelState {
	return LevelState{s.level, s.levelVar, s.slope, s.slopeVar, s.covariance}
}

// LevelPrediction is a style's level carried over days without a sale. By hand,
//
//	level    = before + market_move + release_jump + usual_slope·usual_days + (slope before − usual_slope)·reach_days
//	variance = before + release_variance + 2·reach_days·covariance + reach_days²·slope_variance + drift_sd²·unrest·days
//	slope    = usual_slope + (slope before − usual_slope)·keep
type LevelPrediction struct {
	Day             data.Date  `json:"day"`
	Days            int        `json:"days"` // since the style's last day of sale
	Before          LevelState `json:"before"`
	MarketMove      float64    `json:"market_move"`  // since then; 0 before 28 days without a sale
	ReleaseJump     float64    `json:"release_jump"` // what a release between the two days usually does
	ReleaseVariance float64    `json:"release_variance"`
	UsualSlope      float64    `json:"usual_slope"` // per day, of styles of its age
	UsualDays       float64    `json:"usual_days"`
	ReachDays       float64    `json:"reach_days"` // the days that a slope, falling back, counts for
	Keep            float64    `json:"keep"`       // share of a slope that is left
	DriftSD         float64    `json:"drift_sd"`   // of a level over a day
	SlopeSD         float64    `json:"slope_sd"`
	Unrest          float64    `json:"unrest"` // squares of past surprises over what was expected; 1 is usual
	Predicted       LevelState `json:"predicted"`
}

// LevelStep is what one day of sale did to a style's level. By hand,
//
//	seen           = Σ seen_weight·seen / Σ seen_weight over the day's sales that have one
//	seen_variance  = sale_sd²·(1 + 1/(1 + prior)) / n_seen / surprise_weight
//	gain           = predicted variance / (predicted variance + seen_variance)
//	level after    = predicted + gain·(seen − predicted)
//	slope after    = predicted + slope_gain·(seen − predicted level)
//
// On the first day the level is what is seen.
type LevelStep struct {
	LevelPrediction
	First          bool       `json:"first"`
	N              int        `json:"n"`       // sales
	NSeen          int        `json:"n_seen"`  // of these, that tell of the level
	SaleSD         float64    `json:"sale_sd"` // of a sale about its cell, as known before
	Seen           *float64   `json:"seen"`    // Huber's mean of the sales less their cells' expected distances
	SeenScale      float64    `json:"seen_scale"`
	SurpriseWeight float64    `json:"surprise_weight"`
	SeenVariance   float64    `json:"seen_variance"`
	Gain           float64    `json:"gain"`
	SlopeGain      float64    `json:"slope_gain"`
	CellSD         float64    `json:"cell_sd"` // sale_sd, faded to the day
	After          LevelState `json:"after"`
}

// SaleStep is how one sale was taken in. By hand, all of ln multiple:
//
//	expected = (own_weight·own_mean + prior·usual) / (own_weight + prior)
//	residual = ln_multiple − level − expected
//	distance = expected + residual_weight·residual
type SaleStep struct {
	Seen           *float64 `json:"seen"` // ln_multiple less what was expected before the day; null: tells nothing of the level
	SeenWeight     float64  `json:"seen_weight"`
	Level          float64  `json:"level"`      // of the style, after the day
	Usual          float64  `json:"usual"`      // how far its size and condition usually are from their style's level
	OwnWeight      float64  `json:"own_weight"` // of the cell's sales before it
	OwnMean        float64  `json:"own_mean"`   // their mean distance
	Expected       float64  `json:"expected"`
	Residual       float64  `json:"residual"`
	ResidualWeight float64  `json:"residual_weight"` // Huber
	Distance       float64  `json:"distance"`        // from the style's level, as it is kept
}

// watcher keeps what a market learns of one style. All methods take nil.
type watcher struct {
	style int32
	steps []LevelStep
	sales []watchedSale // in the order in which they were learned
	next  int           // of sales, the one to be learned
}

type watchedSale struct {
	trade trade
	step  SaleStep
}

// before is told of a day's sales, sorted, before any is learned; m.distances has what
// they say of the level.
func (w *watcher) before(m *market, day int32, sales []trade) {
	if w == nil || sales[0].style != w.style {
		return
	}
	s := m.styles[w.style]
	step := LevelStep{First: s.last == 0, N: len(sales), NSeen: len(m.distances), SurpriseWeight: 1, SaleSD: m.sd(&s)}
	if step.First {
		step.Day = data.Date(day)
	} else {
		step.LevelPrediction = m.explainPrediction(w.style, day)
	}
	if step.NSeen > 0 {
		m.explainSeen(&step)
	}
	w.next = len(w.sales)
	for _, t := range sales {
		one := watchedSale{trade: t}
		if m.trusts(t.form) || step.First {
			d := t.y - m.distance(m.cell(t.style, t.form), day)
			one.step.Seen = &d
			one.step.SeenWeight = stat.HuberWeight(d-*step.Seen, step.SeenScale, huberK)
		}
		w.sales = append(w.sales, one)
	}
	w.steps = append(w.steps, step)
}

// explainSeen fills what market.follow makes of m.distances.
func (m *market) explainSeen(step *LevelStep) {
	l := stat.HuberLocation(m.distances, huberK, step.SaleSD)
	step.Seen, step.SeenScale = &l.Center, l.Scale
	step.SeenVariance = step.SaleSD * step.SaleSD * (1 + 1/(1+m.method.Prior)) / float64(step.NSeen)
	if step.First {
		step.Gain = 1
		return
	}
	p := step.Predicted
	if step.NSeen < 3 {
		step.SurpriseWeight = stat.HuberWeight(l.Center-p.Level, math.Sqrt(p.Variance+step.SeenVariance), surpriseK)
		step.SeenVariance /= step.SurpriseWeight
	}
	step.Gain = p.Variance / (p.Variance + step.SeenVariance)
	step.SlopeGain = p.Covariance / (p.Variance + step.SeenVariance)
}

// explainPrediction is market.predict with what it is made of, of a style that was sold.
func (m *market) explainPrediction(style, day int32) LevelPrediction {
	s := m.styles[style]
	days := float64(day - s.last)
	p := LevelPrediction{Day: data.Date(day), Days: int(day - s.last), Before: s.state(),
		UsualSlope: m.usualSlope(style, day), UsualDays: min(days, recentDays), ReachDays: m.reach(days), Keep: math.Exp2(-days / m.method.Steady),
		Unrest: (s.unrest + calmPrior) / (s.unrestN + calmPrior)}
	if day-s.last >= recentDays {
		p.MarketMove = m.moved - s.moved
	}
	if m.crosses(style, s.last, day) {
		p.ReleaseJump, p.ReleaseVariance = m.jump()
	}
	p.DriftSD, p.SlopeSD = m.drifts(style, day)
	after := m.predict(style, day)
	p.Predicted = after.state()
	return p
}

// sale is told of a sale before its cell learns it.
func (w *watcher) sale(m *market, t trade, level, sd float64) {
	if w == nil || t.style != w.style {
		return
	}
	at := &w.sales[w.next]
	w.next++
	c := m.cell(t.style, t.form)
	k := liquidityOf(c.sales(t.day))
	s := &at.step
	s.Level, s.Usual, s.Expected = level, m.usual[t.form], m.distance(c, t.day)
	if c.w[k] > 0 {
		s.OwnWeight = c.w[k] * math.Exp2(-float64(t.day-c.last)/m.method.Half[k])
		s.OwnMean = c.sum[k] / c.w[k]
	}
	s.Residual, s.ResidualWeight = t.y-level-s.Expected, 1
	if c.n > 0 {
		s.ResidualWeight = stat.HuberWeight(s.Residual, sd, residualK)
	}
	s.Distance = s.Expected + s.ResidualWeight*s.Residual
	w.steps[len(w.steps)-1].CellSD = sd
}

// after is told when the day is learned.
func (w *watcher) after(m *market, style int32) {
	if w == nil || style != w.style {
		return
	}
	w.steps[len(w.steps)-1].After = m.styles[style].state()
}
