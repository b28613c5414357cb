package analysis

import "math"

// Prices repeat: the same pair sells at the same round price again, and a forecast of
// the next sale gains from leaning towards the last one. How much is a matter of the book: on the
// contest's sales a third, on sales whose errors are independent nothing. So the share is
// learned from how it would have done, by class of liquidity, beginning at method.Last.
// It is in the forecasts that are scored, of single sizes; the estimates of premiums.go
// are of where the market is and do without.
type leaning struct {
	past, week [classes][leaningSteps]float64 // sums of sizes of errors by share, in sds of a sale
}

const (
	leaningSteps = 5
	leaningStep  = 0.15
	leaningHalf  = 8  // half-life of errors, in origins
	leaningPrior = 30 // what a share of 1 more or less than method.Last must gain, in sds of a sale
)

// share is what the errors so far say for a class; of equals the smallest.
func (l *leaning) share(k liquidity, usual float64) float64 {
	best, least := 0.0, math.Inf(1)
	for i, sum := range l.past[k] {
		share := leaningStep * float64(i)
		if cost := sum + leaningPrior*math.Abs(share-usual); cost < least {
			best, least = share, cost
		}
	}
	return best
}

// learn takes in a sale that was forecast: by how many sds the estimate without
// leaning was below it, and the last sale above the estimate.
func (l *leaning) learn(k liquidity, short, last float64) {
	for i := range l.week[k] {
		l.week[k][i] += math.Abs(short - leaningStep*float64(i)*last)
	}
}

// end ends an origin: its errors count from the next on.
func (l *leaning) end() {
	fade := math.Exp2(-1.0 / leaningHalf)
	for k := range l.past {
		for i := range l.past[k] {
			l.past[k][i] = l.past[k][i]*fade + l.week[k][i]
		}
	}
	l.week = [classes][leaningSteps]float64{}
}
