package stat

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/mat"
)

// IndexFit is an index over weeks 0…T−1 with its uncertainty. Logs are natural.
type IndexFit struct {
	Log       []float64 // T; ln of the index relative to week 0, so Log[0] = 0
	N         []float64 // T; sales of the week (pairs that end in it), 0 for an empty week
	Coef      []float64 // K; covariate coefficients in log points, NaN where not identified
	CoefSE    []float64 // K; their standard errors, NaN likewise
	Styles    []int     // the styles, ascending; nil for repeat sales
	Effects   []float64 // α of each of Styles: its log multiple in week 0 at covariates 0
	Lambda    float64   // λ as used, in sales
	Sigma     float64   // residual standard deviation; NaN without degrees of freedom
	Scale     float64   // MAD/0.6745 behind the Huber weights; 0 for least squares
	Passes    int       // passes over the data
	Converged bool      // false where the reweighting stopped at its limit

	cov     *mat.SymDense // of Log[1:]; nil for one week
	cluster *mat.SymDense // the same, and covariates, with residuals in clusters; nil without
}

// Index gives the index with 100 in week 0.
func (f *IndexFit) Index() []float64 {
	x := make([]float64, len(f.Log))
	for t, l := range f.Log {
		x[t] = 100 * math.Exp(l)
	}
	return x
}

// SE is the standard error of Log[week]: of the log change since week 0. It is 0
// for week 0 and NaN where the sales leave no degrees of freedom. Unless
// TPDOptions.Cluster says otherwise it assumes that residuals are independent;
// where a style's sales move together, the truth is larger.
func (f *IndexFit) SE(week int) float64 { return f.SEDiff(0, week) }

// SEDiff is the standard error of Log[to] − Log[from], the log change between two
// weeks, with the covariance of the two: neighbours share most of their error, so
// this is far below what two values of SE suggest.
func (f *IndexFit) SEDiff(from, to int) float64 {
	if from < 0 || to < 0 || from >= len(f.Log) || to >= len(f.Log) {
		panic(fmt.Sprintf("stat: weeks %d and %d of an index of %d", from, to, len(f.Log)))
	}
	if from == to {
		return 0
	}
	v := variance(f.cov, from, to)
	if f.cluster != nil {
		v = max(v, variance(f.cluster, from, to))
	}
	return math.Sqrt(max(v, 0))
}

// variance is that of the difference of two weeks, week 0 being certain.
func variance(cov *mat.SymDense, from, to int) float64 {
	v := func(i, j int) float64 {
		if i == 0 || j == 0 {
			return 0
		}
		return cov.At(i-1, j-1)
	}
	return v(from, from) + v(to, to) - 2*v(from, to)
}

// UnlinkedError says that an index without a tie between neighbouring weeks
// (λ = 0) can't be computed: some weeks have no sale, or share no style, directly
// or over others, with the first.
type UnlinkedError struct {
	Weeks int   // T
	Empty []int // weeks without a sale, ascending
	Apart []int // weeks with sales and without a link to the first such week, ascending
}

func (e *UnlinkedError) Error() string {
	var parts []string
	if len(e.Empty) > 0 {
		parts = append(parts, "without a sale: "+weekList(e.Empty))
	}
	if len(e.Apart) > 0 {
		parts = append(parts, "without a style in common with the first: "+weekList(e.Apart))
	}
	return fmt.Sprintf("weeks of %d that no chain of sales links, counted from 0, %s; give a λ above 0",
		e.Weeks, strings.Join(parts, "; "))
}

// weekList prints weeks as runs: 3, 5–9.
func weekList(weeks []int) string {
	var parts []string
	for i := 0; i < len(weeks); {
		j := i
		for j+1 < len(weeks) && weeks[j+1] == weeks[j]+1 {
			j++
		}
		if i == j {
			parts = append(parts, fmt.Sprint(weeks[i]))
		} else {
			parts = append(parts, fmt.Sprintf("%d–%d", weeks[i], weeks[j]))
		}
		i = j + 1
	}
	return strings.Join(parts, ", ")
}

// links finds which nodes hang together (union by the smaller name).
type links []int

func newLinks(n int) links {
	l := make(links, n)
	for i := range l {
		l[i] = i
	}
	return l
}

func (l links) root(i int) int {
	for l[i] != i {
		l[i] = l[l[i]]
		i = l[i]
	}
	return i
}

func (l links) join(i, j int) {
	a, b := l.root(i), l.root(j)
	l[max(a, b)] = min(a, b)
}

// unlinked is nil where all weeks have sales and hang together.
func unlinked(l links, n []float64) error {
	e := &UnlinkedError{Weeks: len(n)}
	first := -1
	for t := range n {
		switch {
		case n[t] == 0:
			e.Empty = append(e.Empty, t)
		case first < 0:
			first = t
		case l.root(t) != l.root(first):
			e.Apart = append(e.Apart, t)
		}
	}
	if e.Empty == nil && e.Apart == nil {
		return nil
	}
	return e
}
