package stat

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Group is a sample with a name. The name starts the group's own stream of random
// numbers, so that a group draws the same whichever others stand beside it.
type Group struct {
	Key    string
	Sample Histogram
}

// Bootstrap is how medians are drawn again: Draws times (0 stands for 10,000) from
// this Seed. The same seed gives the same digits, in any order of groups and with
// any number of threads.
//
// A draw is the median of n values drawn from the sample with replacement, without
// drawing them: the k-th smallest of n uniform numbers is Beta(k, n+1−k), and the
// ⌈n·U⌉-th value of the sample is where it falls; for an even n the next one is drawn
// too and the two values are averaged (Efron 1982, The Jackknife, the Bootstrap and
// Other Resampling Plans, section 10.2; David & Nagaraja, Order Statistics, 3rd ed.
// 2003, section 2.5). So 10,000 draws of a group of a million sales take a
// millisecond or two.
//
// It takes the sales to be independent, and few of them for all there is: of three
// sales it knows three prices. Leave out groups below MinN.
type Bootstrap struct {
	Draws int
	Seed  uint64
}

// Rank is a group's place among others, by its median or another figure, the largest
// first.
type Rank struct {
	Key   string
	N     int
	Value float64 // what the groups are ordered by
	// Places[j] is the probability that the group holds place j+1, over the draws; in
	// the i-th Rank, Places[i] is the probability that its place is right. Groups that
	// tie in a draw share the places that they take.
	Places []float64
}

// Ranks orders groups by their medians, the largest first and equal ones by key,
// with the probability of each place. The places of one group add up to 1, and so do
// the groups of one place. It fails where a key comes twice and where a sample is
// empty. Time Draws × groups × log(groups × distinct values).
func (b Bootstrap) Ranks(groups []Group) ([]Rank, error) {
	return b.rank(groups, "rank medians", Histogram.Median, b.medians)
}

// CountRanks orders groups by their size, as Ranks does by the median. A draw of a
// group of n is Poisson(n): what drawing all rows again gives where the groups are a
// part of them (Efron 1982, section 10.1, by Poisson in place of the multinomial).
// That takes the sales to come one by one; where they come in bunches, the places are
// less sure than it says.
func (b Bootstrap) CountRanks(groups []Group) ([]Rank, error) {
	count := func(h Histogram) float64 { return float64(h.N()) }
	return b.rank(groups, "rank counts", count, func(g Group) []float64 {
		d := distuv.Poisson{Lambda: count(g.Sample), Src: b.source(g.Key)}
		return b.repeat(d.Rand)
	})
}

// ShareRanks orders groups by the share of their sample above x, as Ranks does by the
// median. A draw of a group of n is the share of n values drawn with replacement:
// Binomial(n, share)/n.
func (b Bootstrap) ShareRanks(groups []Group, x float64) ([]Rank, error) {
	share := func(h Histogram) float64 { return h.ShareAbove(x) }
	return b.rank(groups, "rank shares", share, func(g Group) []float64 {
		n, p := float64(g.Sample.N()), share(g.Sample)
		if p == 0 || p == 1 {
			return b.repeat(func() float64 { return p })
		}
		d := distuv.Binomial{N: n, P: p, Src: b.source(g.Key)}
		return b.repeat(func() float64 { return d.Rand() / n })
	})
}

// rank orders groups by a figure of their samples and counts, over the draws of it,
// who holds which place.
func (b Bootstrap) rank(groups []Group, what string, value func(Histogram) float64, draw func(Group) []float64) ([]Rank, error) {
	ranks, draws := make([]Rank, len(groups)), make([][]float64, len(groups))
	seen := map[string]bool{}
	for _, g := range groups {
		if g.Sample.N() == 0 {
			return nil, fmt.Errorf("%s: group %q is empty: leave it out", what, g.Key)
		}
		if seen[g.Key] {
			return nil, fmt.Errorf("%s: two groups are called %q", what, g.Key)
		}
		seen[g.Key] = true
	}
	groups = slices.SortedFunc(slices.Values(groups), func(x, y Group) int {
		return cmp.Or(cmp.Compare(value(y.Sample), value(x.Sample)), cmp.Compare(x.Key, y.Key))
	})
	for i, g := range groups {
		ranks[i] = Rank{Key: g.Key, N: g.Sample.N(), Value: value(g.Sample), Places: make([]float64, len(groups))}
		draws[i] = draw(g)
	}
	order := rangeTo(len(groups))
	for d := range b.draws() {
		slices.SortFunc(order, func(i, j int) int { return cmp.Compare(draws[j][d], draws[i][d]) })
		for from := 0; from < len(order); {
			to := from + 1
			for to < len(order) && draws[order[to]][d] == draws[order[from]][d] {
				to++
			}
			for _, i := range order[from:to] {
				for place := from; place < to; place++ {
					ranks[i].Places[place] += 1 / float64(to-from)
				}
			}
			from = to
		}
	}
	for _, r := range ranks {
		for place := range r.Places {
			r.Places[place] /= float64(b.draws())
		}
	}
	return ranks, nil
}

// Difference is how far apart two medians are.
type Difference struct {
	Value  float64 // median of the first − median of the second
	Lo, Hi float64 // interval at the level asked for
}

// Distinct says whether the interval leaves out 0.
func (d Difference) Distinct() bool { return d.Lo > 0 || d.Hi < 0 }

// MedianDifference is the difference of the medians of two groups, with the interval
// between the (1−level)/2 and (1+level)/2 quantiles (type 7) of its draws: the
// bootstrap's percentile interval. Of log-normal samples without a difference it
// encloses 0 in 95 to 97 % of cases at a level of 95 %, and in 82 to 86 % at 80 %,
// from 6 values each on; of 6 against 100 in 93 and 80 %. Swapping the groups changes the signs and nothing
// else. ok is false, and the interval NaN, where one of them has fewer than
// MinN(level) values.
//
// The keys must differ, or the two would be drawn as one: it panics.
func (b Bootstrap) MedianDifference(first, second Group, level float64) (d Difference, ok bool) {
	if first.Key == second.Key {
		panic(fmt.Sprintf("stat: two groups are called %q", first.Key))
	}
	d = Difference{first.Sample.Median() - second.Sample.Median(), math.NaN(), math.NaN()}
	if min(first.Sample.N(), second.Sample.N()) < MinN(level) {
		return d, false
	}
	x, y := b.medians(first), b.medians(second)
	for i := range x {
		x[i] -= y[i]
	}
	slices.Sort(x)
	// Both ends by the same rule from their own side, so that signs are all that swaps.
	d.Lo = Quantile7(x, (1-level)/2)
	for i := range x {
		x[i] = -x[i]
	}
	slices.Reverse(x)
	d.Hi = -Quantile7(x, (1-level)/2)
	return d, true
}

// medians draws the group's median again and again.
func (b Bootstrap) medians(g Group) []float64 {
	source := b.source(g.Key)
	n := g.Sample.N()
	at := func(u float64) float64 { return g.Sample.At(min(max(int(math.Ceil(float64(n)*u)), 1), n)) }
	lower := (n + 1) / 2 // rank of the middle, or of the lower of the two
	place := distuv.Beta{Alpha: float64(lower), Beta: float64(n + 1 - lower), Src: source}
	// The least of the others, as a share of the way that is left to 1.
	next := distuv.Beta{Alpha: 1, Beta: float64(max(n-lower, 1)), Src: source}
	out := make([]float64, b.draws())
	for i := range out {
		u := place.Rand()
		out[i] = at(u)
		if n%2 == 0 {
			hi := at(u + (1-u)*next.Rand())
			out[i] += (hi - out[i]) / 2
		}
	}
	return out
}

// source is the stream of random numbers of a key.
func (b Bootstrap) source(key string) rand.Source {
	h := fnv.New64a()
	h.Write([]byte(key))
	return rand.NewPCG(b.Seed, h.Sum64())
}

func (b Bootstrap) repeat(draw func() float64) []float64 {
	out := make([]float64, b.draws())
	for i := range out {
		out[i] = draw()
	}
	return out
}

func (b Bootstrap) draws() int {
	if b.Draws == 0 {
		return 10_000
	}
	return b.Draws
}

func rangeTo(n int) []int {
	r := make([]int, n)
	for i := range r {
		r[i] = i
	}
	return r
}
