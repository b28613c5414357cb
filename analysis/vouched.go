package analysis

import (
	"slices"

	"github.com/amassable/greybook/analysis/stat"
)

// tell notes how far a sale of the day is from its style's level.
func (m *market) tell(distance float64, vouched bool) {
	if vouched {
		m.vouched = append(m.vouched, distance)
	} else {
		m.distances = append(m.distances, distance)
	}
}

// center is where a day's sales put the level of their style: Huber's location, in
// which far sales have less weight, but for those that the user vouches for. Those count
// as they are.
func (m *market) center(sd float64) float64 {
	if len(m.vouched) == 0 {
		return stat.HuberLocation(m.distances, huberK, sd).Center
	}
	sum := 0.0
	for _, d := range slices.Sorted(slices.Values(m.vouched)) {
		sum += d
	}
	n := float64(len(m.vouched))
	if others := float64(len(m.distances)); others > 0 {
		sum += others * stat.HuberLocation(m.distances, huberK, sd).Center
		n += others
	}
	return sum / n
}

// compareBools puts false before true.
func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
