package analysis

import (
	"math"

	"github.com/amassable/greybook/analysis/stat"
	"github.com/amassable/greybook/data"
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

// LevelStep is what one day of sale did to a style's level. By hand, over the day's n_seen
// sales that tell of it,
//
//	one            = sale_sd²·(1 + 1/(1 + prior))
//	seen_reach     = huber_level·√(one + predicted variance)
//	seen_weight    = min(1, seen_reach / |the sale's seen − level after|); 1 for a sale vouched for
//	seen           = Σ seen_weight·the sale's seen / Σ seen_weight
//	seen_variance  = one / Σ seen_weight
//	gain           = predicted variance / (predicted variance + seen_variance)
//	slope_gain     = gain·predicted covariance / predicted variance
//	level after    = predicted + gain·(seen − predicted)
//	variance after = (1 − gain)·predicted, and so the covariance
//	slope after    = predicted + slope_gain·(seen − predicted level)
//	its variance   = predicted − slope_gain·predicted covariance
//
// The weights are those at the level after: it is the one level that gives them and follows
// from them. The squares of surprises and of residuals make unrest and sale_sd, where
// fade = 2^(−days since the day of sale before / calm_days, for sale_sd noise_days) each day:
//
//	total    = predicted variance + one / n_seen
//	surprise = (level after − predicted)·√total / predicted variance, its square at most 25
//	unrest   = (Σ fade·surprise² + calm_prior) / (Σ fade + calm_prior), over days but the first
//	sale_sd² = (Σ fade·(residual_weight·residual)² + noise_prior·sigma²) / (Σ fade + noise_prior), over sales
//
// On the first day the level is what is seen, its variance is one / n_seen, and the slope is
// usual_slope with the sd slope_sd. The sales not vouched for are then weighed by how far
// they are from their own weighted mean, beyond seen_reach = huber_first·max(sale_sd, their
// MAD / 0.6745), and seen is the mean of that, once for each of them, and of those vouched for.
type LevelStep struct {
	LevelPrediction
	First        bool       `json:"first"`
	N            int        `json:"n"`       // sales
	NSeen        int        `json:"n_seen"`  // of these, that tell of the level
	SaleSD       float64    `json:"sale_sd"` // of a sale about its cell, as known before
	Seen         *float64   `json:"seen"`    // weighted mean of the sales less their cells' expected distances
	SeenReach    float64    `json:"seen_reach"`
	SeenVariance float64    `json:"seen_variance"`
	Gain         float64    `json:"gain"`
	SlopeGain    float64    `json:"slope_gain"`
	CellSD       float64    `json:"cell_sd"` // sale_sd, faded to the day
	After        LevelState `json:"after"`
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
	ResidualWeight float64  `json:"residual_weight"` // Huber; 1 for a cell's first sale and for one vouched for
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

// before is told of a day's sales, sorted, before any is learned.
func (w *watcher) before(m *market, day int32, sales []trade) {
	if w == nil || sales[0].style != w.style {
		return
	}
	s := m.styles[w.style]
	step := LevelStep{First: s.last == 0, N: len(sales), SaleSD: m.sd(&s)}
	if step.First {
		step.Day = data.Date(day)
	} else {
		step.LevelPrediction = m.explainPrediction(w.style, day)
	}
	w.next = len(w.sales)
	for _, t := range sales {
		one := watchedSale{trade: t}
		if m.trusts(t.form) || step.First {
			one.step.Seen = figure(t.y - m.distance(m.cell(t.style, t.form), day))
			step.NSeen++
		}
		w.sales = append(w.sales, one)
	}
	w.steps = append(w.steps, step)
}

// explainSeen fills in what market.follow made of the day's sales to get to step.After.
func (m *market) explainSeen(step *LevelStep, sales []watchedSale) {
	one := step.SaleSD * step.SaleSD * (1 + 1/(1+m.method.Prior))
	about := step.After.Level
	switch {
	case !step.First:
		step.SeenReach = doubtAt * math.Sqrt(one+step.Predicted.Variance)
	case len(m.distances) > 0:
		l := stat.HuberLocation(m.distances, huberK, step.SaleSD)
		about, step.SeenReach = l.Center, huberK*l.Scale
	}
	sum, weights := 0.0, 0.0
	for i := range sales {
		s := &sales[i].step
		if s.Seen == nil {
			continue
		}
		s.SeenWeight = 1
		if !sales[i].trade.vouched {
			s.SeenWeight = stat.HuberWeight(*s.Seen-about, 1, step.SeenReach)
		}
		sum += s.SeenWeight * *s.Seen
		weights += s.SeenWeight
	}
	if step.First {
		step.Seen, step.SeenVariance, step.Gain = &step.After.Level, one/float64(step.NSeen), 1
		return
	}
	step.Seen, step.SeenVariance = figure(sum/weights), one/weights
	step.Gain = step.Predicted.Variance / (step.Predicted.Variance + step.SeenVariance)
	step.SlopeGain = step.Gain * step.Predicted.Covariance / step.Predicted.Variance
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
	if c.n > 0 && !t.vouched {
		s.ResidualWeight = stat.HuberWeight(s.Residual, sd, residualK)
	}
	s.Distance = s.Expected + s.ResidualWeight*s.Residual
	w.steps[len(w.steps)-1].CellSD = sd
}

// after is told when the day is learned; m.distances still has its sales.
func (w *watcher) after(m *market, style int32) {
	if w == nil || style != w.style {
		return
	}
	step := &w.steps[len(w.steps)-1]
	step.After = m.styles[style].state()
	if step.First {
		step.UsualSlope = m.usualSlope(style, int32(step.Day))
		step.DriftSD, step.SlopeSD = m.drifts(style, int32(step.Day))
	}
	if step.NSeen > 0 {
		m.explainSeen(step, w.sales[len(w.sales)-step.N:])
	}
}
