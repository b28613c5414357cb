package main

import (
	"math"
	"slices"

	"github.com/amassable/greybook/analysis"
)

// dayByHand is what a day's sales say of the level.
type dayByHand struct {
	step  analysis.LevelStep
	one   float64 // variance of what a sale says
	sales []seenByHand
}

type seenByHand struct {
	at, weight float64
	vouched    bool
}

// weights holds the sales' weights against what their distances from a point give.
func (h *byHand) weights(d *dayByHand, about, reach float64) (mean, total float64) {
	h.is(d.step.Day.String()+": reach", reach, d.step.SeenReach)
	for _, s := range d.sales {
		want := 1.0
		if !s.vouched {
			want = huber(s.at-about, reach, 1)
		}
		h.is(d.step.Day.String()+": weight of what is seen", want, s.weight)
		mean += s.weight * s.at
		total += s.weight
	}
	return mean / total, total
}

// first sets the level on the first day of sale.
func (h *byHand) first(d *dayByHand) {
	name, n := d.step.Day.String(), float64(len(d.sales))
	var others []float64
	sum, weighted, weights := 0.0, 0.0, 0.0
	for _, s := range d.sales {
		if s.vouched {
			sum += s.at
			continue
		}
		others = append(others, s.at)
		weighted += s.weight * s.at
		weights += s.weight
	}
	if len(others) > 0 {
		center, from := weighted/weights, median(others)
		sum += float64(len(others)) * center
		for i := range others {
			others[i] = math.Abs(others[i] - from)
		}
		h.weights(d, center, h.x.Method.HuberFirst*max(d.step.SaleSD, median(others)/0.6745))
	}
	h.is(name+": seen", sum/n, *d.step.Seen)
	h.state = analysis.LevelState{Level: sum / n, Variance: d.one / n, Slope: d.step.UsualSlope, SlopeVariance: d.step.SlopeSD * d.step.SlopeSD}
}

func median(x []float64) float64 {
	x = slices.Sorted(slices.Values(x))
	return (x[(len(x)-1)/2] + x[len(x)/2]) / 2
}

// follow moves the level to what is seen.
func (h *byHand) follow(d *dayByHand, p analysis.LevelState) {
	m, step, name := h.x.Method, d.step, d.step.Day.String()
	seen, believed := h.weights(d, step.After.Level, m.HuberLevel*math.Sqrt(d.one+p.Variance))
	gain := p.Variance / (p.Variance + d.one/believed)
	slopeGain := gain * p.Covariance / p.Variance
	h.is(name+": seen", seen, *step.Seen)
	h.is(name+": seen's variance", d.one/believed, step.SeenVariance)
	h.is(name+": gain", gain, step.Gain)
	h.is(name+": gain of the slope", slopeGain, step.SlopeGain)
	h.state = analysis.LevelState{Level: p.Level + gain*(seen-p.Level), Variance: (1 - gain) * p.Variance,
		Slope: p.Slope + slopeGain*(seen-p.Level), SlopeVariance: p.SlopeVariance - slopeGain*p.Covariance, Covariance: (1 - gain) * p.Covariance}
	total, moved := p.Variance+d.one/float64(len(d.sales)), h.state.Level-p.Level
	fade := math.Pow(2, -float64(step.Day-h.last)/m.CalmDays)
	h.unrest = h.unrest*fade + min(moved*moved*total/(p.Variance*p.Variance), 25)
	h.calmN = h.calmN*fade + 1
}
