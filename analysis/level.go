package analysis

import (
	"math"
	"slices"

	"github.com/amassable/greybook/analysis/stat"
)

// A style's level is a local linear trend with a slope that returns to the usual one
// of its age (Harvey 1989, Forecasting, Structural Time Series Models and the Kalman
// Filter, sections 2.3 and 4.3): the variances say how fast old sales lose their weight,
// so that a style of many sales forgets within days and one of few within weeks.

// huberK makes a location or regression 95 % as efficient as the mean where noise is normal.
const huberK = 1.345

// age is how many days ago a style was released, else first sold; never below 0.
func (m *market) age(style, day int32) int32 {
	since := m.styles[style].first
	if r := m.release(style); r != 0 {
		since = r
	}
	return max(day-since, 0)
}

func (m *market) release(style int32) int32 {
	if int(style) < len(m.released) {
		return m.released[style]
	}
	return 0
}

// crosses says whether a style's release lies after one day and not after another.
func (m *market) crosses(style, after, until int32) bool {
	r := m.release(style)
	return r != 0 && r > after && r <= until
}

// jump is what the release of a style that was sold before it usually does to its
// level, and the variance of that.
func (m *market) jump() (mean, variance float64) {
	n := m.jumps.n + m.method.JumpN
	mean = m.jumps.sum / n
	return mean, (m.jumps.squares+m.method.JumpN*m.method.Jump*m.method.Jump)/n - mean*mean
}

// usualSlope is the move per day that is expected of styles of an age (release
// drift), held back where few were seen.
func (m *market) usualSlope(style, day int32) float64 {
	week := int(m.age(style, day)) / 7
	if week >= len(m.moves)-1 {
		return 0
	}
	return m.method.Release * m.moves[week].sum / (m.moves[week].n + 5) / 7
}

// drifts are the sds of a style's level over a day and of its slope, on a day.
func (m *market) drifts(style, day int32) (level, slope float64) {
	young := math.Exp2(-float64(m.age(style, day)) / youth)
	return m.method.Drift * (1 + (m.method.Young-1)*young), m.method.Slope * (1 + (m.method.SlopeNew-1)*young)
}

// reach is how far a slope of 1 carries in so many days, as it falls back.
func (m *market) reach(days float64) float64 {
	return (1 - math.Exp2(-days/m.method.Steady)) * m.method.Steady / math.Ln2
}

// predict is a style's state on a later day, as far as its sales so far tell. A
// style without sales in 28 days moves with the market.
func (m *market) predict(style, day int32) styleState {
	s := m.styles[style]
	days := float64(day - s.last)
	if days <= 0 {
		return s
	}
	if day-s.last >= recentDays {
		s.level += m.moved - s.moved
	}
	if m.crosses(style, s.last, day) {
		mean, variance := m.jump()
		s.level += mean
		s.levelVar += variance
	}
	keep, reach := math.Exp2(-days/m.method.Steady), m.reach(days)
	usual := m.usualSlope(style, day)
	s.level += usual*min(days, recentDays) + (s.slope-usual)*reach
	s.slope = usual + (s.slope-usual)*keep
	level, slope := m.drifts(style, day)
	unrest := (s.unrest + calmPrior) / (s.unrestN + calmPrior)
	s.levelVar += 2*reach*s.covariance + reach*reach*s.slopeVar + level*level*unrest*days
	s.covariance = keep * (s.covariance + reach*s.slopeVar)
	s.slopeVar = keep*keep*s.slopeVar + slope*slope*unrest*(1-keep*keep)
	return s
}

// doubtAt is how many sds of a sale about its forecast it may be off before it counts less.
const doubtAt = 2

// follow moves a style's level to a day by m.distances, its sales of that day less
// what their cells are expected to be away from it: to the mode, given the forecast of
// the level and sales that pull no harder than from doubtAt sds away (Masreliez & Martin
// 1977, IEEE Transactions on Automatic Control 22, robust filtering). So a sale above
// the level that results never lowers it, however many others the day has.
func (m *market) follow(style, day int32) {
	s := &m.styles[style]
	sd := m.sd(s)
	n := float64(len(m.distances) + len(m.vouched))
	// A sale tells of the level no more than its cell's distance is known.
	one := sd * sd * (1 + 1/(1+m.method.Prior))
	if s.last == 0 {
		s.first, s.level, s.levelVar = day, m.center(sd), one/n
		_, slope := m.drifts(style, day)
		s.slope, s.slopeVar = m.usualSlope(style, day), slope*slope
		return
	}
	p := m.predict(style, day)
	if m.crosses(style, s.last, day) {
		s.unreleased, s.jumped = s.level, true
	}
	level, believed := pulled(m.distances, m.vouched, p.level, one/p.levelVar, doubtAt*math.Sqrt(one+p.levelVar))
	moved := level - p.level
	total := p.levelVar + one/n
	surprise := moved * total / p.levelVar // of sales that would have moved it so, all believed
	fade := math.Exp2(-float64(day-s.last) / calmDays)
	s.unrest = s.unrest*fade + min(surprise*surprise/total, 25)
	s.unrestN = s.unrestN*fade + 1
	gain, share := p.levelVar*believed/(p.levelVar*believed+one), p.covariance/p.levelVar
	s.level, s.levelVar = level, (1-gain)*p.levelVar
	s.slope, s.slopeVar = p.slope+share*moved, p.slopeVar-share*gain*p.covariance
	s.covariance = (1 - gain) * p.covariance
}

// pulled is the point where the pull of a forecast of so many sales' weight and the pulls
// of sales, each its distance and at most reach, or without a bound of those vouched for,
// come to nothing; and how many sales' weight those have there. Newton's steps are exact once no sale changes sides; where one leaves the
// interval that the signs so far allow, it is halved instead.
func pulled(sales, vouched []float64, forecast, weight, reach float64) (at, believed float64) {
	lo, hi := forecast, forecast
	for _, y := range slices.Concat(sales, vouched) {
		lo, hi = min(lo, y), max(hi, y)
	}
	at = forecast
	for range 200 {
		pull, near := weight*(forecast-at), weight
		for _, y := range sales {
			if d := y - at; math.Abs(d) <= reach {
				pull += d
				near++
			} else {
				pull += math.Copysign(reach, d)
			}
		}
		for _, y := range vouched {
			pull += y - at
			near++
		}
		if pull > 0 {
			lo = at
		} else {
			hi = at
		}
		next := at + pull/near
		if next < lo || next > hi {
			next = (lo + hi) / 2
		}
		if math.Abs(next-at) <= 1e-15*reach {
			break
		}
		at = next
	}
	for _, y := range sales {
		believed += stat.HuberWeight(y-at, 1, reach)
	}
	return at, believed + float64(len(vouched))
}

// sd is a style's standard deviation of a sale about its cell.
func (m *market) sd(s *styleState) float64 {
	return math.Sqrt((s.noise + noisePrior*m.method.Sigma*m.method.Sigma) / (s.noiseN + noisePrior))
}

// trend is how far a style is expected to move from a day to the middle of the week
// that begins with it.
func (m *market) trend(style, day int32) float64 {
	return m.predict(style, day).slope * m.reach(horizon)
}
