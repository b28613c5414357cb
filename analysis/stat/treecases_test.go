package stat

import (
	"math"
	"path/filepath"
	"testing"
)

// study is a unit of meta-analysis: a value with its known variance.
type study struct {
	g1, g2      string
	value, vari float64
}

// oneLevel is a root with a leaf per study; its variance is held as Extra.
func oneLevel(studies []study) []Node {
	nodes := []Node{{Parent: -1}}
	for _, s := range studies {
		nodes = append(nodes, Node{Parent: 0, N: 1, Mean: s.value, Extra: s.vari})
	}
	return nodes
}

// twoLevels is a root, a node per group and a leaf per study; at finds them.
func twoLevels(studies []study) (nodes []Node, at map[[2]string]int) {
	nodes, at = []Node{{Parent: -1}}, map[[2]string]int{}
	for _, s := range studies {
		group, ok := at[[2]string{s.g1, ""}]
		if !ok {
			group = len(nodes)
			at[[2]string{s.g1, ""}] = group
			nodes = append(nodes, Node{Parent: 0})
		}
		at[[2]string{s.g1, s.g2}] = len(nodes)
		nodes = append(nodes, Node{Parent: group, Level: 1, N: 1, Mean: s.value, Extra: s.vari})
	}
	return nodes, at
}

func mustTree(t interface {
	Helper()
	Fatal(...any)
}, nodes []Node) *Tree {
	t.Helper()
	tree, err := NewTree(nodes)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// worst keeps the largest difference seen, relative to values above 1.
type worst float64

func (w *worst) see(got, want float64) {
	d := math.Abs(got-want) / max(1, math.Abs(want))
	if math.IsNaN(d) {
		d = math.Inf(1)
	}
	*w = worst(max(float64(*w), d))
}

func (w worst) within(t *testing.T, what string, tolerance float64) {
	t.Helper()
	t.Logf("%s: largest difference %.2g (tolerance %g)", what, float64(w), tolerance)
	if !(float64(w) <= tolerance) {
		t.Errorf("%s: off by %.3g, more than %g", what, float64(w), tolerance)
	}
}

// Rubin 1981, Journal of Educational Statistics 6, table 1: coaching in eight schools.
var eightSchools = []study{
	{"A", "", 28, 225}, {"B", "", 8, 100}, {"C", "", -3, 256}, {"D", "", 7, 121},
	{"E", "", -1, 81}, {"F", "", 1, 121}, {"G", "", 18, 100}, {"H", "", 12, 324},
}

// With the penalty ln τ the maximiser is 7.29232584646, by R's optimize to 1e-12
// (../shared/cases/shrinkage_twolevel/README.md); without it, 0.
func TestEightSchoolsDoNotCollapse(t *testing.T) {
	tree := mustTree(t, oneLevel(eightSchools))
	fit, err := tree.FitVariances(VarianceSearch{Shape: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("tau %.11f, %d evaluations", math.Sqrt(fit.Tau2[0]), fit.Evaluations)
	if tau := math.Sqrt(fit.Tau2[0]); math.Abs(tau-7.29232584646) > 1e-5 {
		t.Errorf("tau %v, want 7.29232584646", tau)
	}
	plain, err := tree.FitVariances(VarianceSearch{Shape: 1})
	if err != nil {
		t.Fatal(err)
	}
	if plain.Tau2[0] > 1e-6 {
		t.Errorf("plain REML gives tau2 %v, want 0", plain.Tau2[0])
	}
	// Complete pooling: DL, ML, REML and PM of metafor 3.8.1 have mu = 7.68561672495603.
	all, err := tree.Estimates(Variances{Tau2: []float64{0}})
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range all {
		if math.Abs(e.Mean-7.68561672495603) > 1e-12 || math.Abs(math.Sqrt(e.Var)-4.0719191584023) > 1e-12 {
			t.Errorf("node %d: %+v, want the pooled mean everywhere", i, e)
		}
	}
}

// metafor 3.8.1: mu, its error, the shrunken estimates and their errors at its
// variances to 1e-6 (all of DL, HE, SJ, ML, REML, EB, PM), and our REML against
// its (../shared/cases/shrinkage_twolevel).
func TestOneLevelAgreesWithMetafor(t *testing.T) {
	dir := sharedCase(t, "shrinkage_twolevel")
	studies := map[string][]study{}
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		studies[r[0]] = append(studies[r[0]], study{g1: r[1], value: number(t, r[2]), vari: number(t, r[3])})
	}
	type key [3]string
	blups := map[key][2]float64{}
	for _, r := range readCSV(t, filepath.Join(dir, "expected_blups.csv")) {
		blups[key{r[0], r[1], r[2]}] = [2]float64{number(t, r[3]), number(t, r[4])}
	}
	var center, shrunk, likelihood, reml worst
	compared := 0
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		data, method, tau2 := r[0], r[1], number(t, r[4])
		tree := mustTree(t, oneLevel(studies[data]))
		at := Variances{Tau2: []float64{tau2}}
		got, err := tree.Estimates(at)
		if err != nil {
			t.Fatal(err)
		}
		center.see(got[0].Mean, number(t, r[2]))
		if method != "REML+knha" { // that one has another standard error
			center.see(math.Sqrt(got[0].Var), number(t, r[3]))
		}
		for i, s := range studies[data] {
			if want, ok := blups[key{data, method, s.g1}]; ok {
				compared++
				shrunk.see(got[i+1].Mean, want[0])
				shrunk.see(math.Sqrt(got[i+1].Var), want[1])
			}
		}
		if method != "REML" {
			continue
		}
		likelihood.see(logLik(tree, at), number(t, r[7]))
		fit, err := tree.FitVariances(VarianceSearch{Shape: 1})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: tau2 %.10f, metafor %.10f, %d evaluations; our likelihood is higher by %.2g", data, fit.Tau2[0], tau2,
			fit.Evaluations, logLik(tree, fit.Variances)-number(t, r[7]))
		reml.see(fit.Tau2[0], tau2)
	}
	if compared != len(blups) {
		t.Errorf("compared %d shrunken estimates of %d", compared, len(blups))
	}
	center.within(t, "mu and its error at metafor's tau2", 1e-6)
	shrunk.within(t, "shrunken estimates at metafor's tau2", 1e-6)
	likelihood.within(t, "restricted likelihood", 1e-9)
	reml.within(t, "tau2 by REML", 1e-6)
}

// logLik is the restricted log likelihood as metafor writes it.
func logLik(t *Tree, v Variances) float64 {
	n := float64(t.Cells())
	return -t.Deviance(v)/2 - (n-1)/2*math.Log(2*math.Pi) + math.Log(n)/2
}

// Printed by Raudenbush & Bryk 1985, p. 83–86 and figure 2, and Konstantopoulos
// 2011, table 4, at four places.
func TestOneLevelAgreesWithPrint(t *testing.T) {
	dir := sharedCase(t, "shrinkage_twolevel")
	studies := map[string][]study{}
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		studies[r[0]] = append(studies[r[0]], study{g1: r[1], value: number(t, r[2]), vari: number(t, r[3])})
	}
	estimates := map[string][]NodeEstimate{}
	tau2 := map[string]float64{}
	for name, s := range studies {
		tree := mustTree(t, oneLevel(s))
		fit, err := tree.FitVariances(VarianceSearch{Shape: 1})
		if err != nil {
			t.Fatal(err)
		}
		if estimates[name], err = tree.Estimates(fit.Variances); err != nil {
			t.Fatal(err)
		}
		tau2[name] = fit.Tau2[0]
	}
	var printed worst
	compared := 0
	for _, r := range readCSV(t, filepath.Join(dir, "expected_published.csv")) {
		want := number(t, r[4])
		switch {
		case r[1] != "REML":
			continue
		case r[2] == "tau2":
			printed.see(tau2[r[0]], want)
		case r[2] == "mu":
			printed.see(estimates[r[0]][0].Mean, want)
		case r[2] == "blup":
			found := false
			for i, s := range studies[r[0]] {
				if s.g1 == r[3] {
					printed.see(estimates[r[0]][i+1].Mean, want)
					found = true
				}
			}
			if !found {
				t.Errorf("no unit %s in %s", r[3], r[0])
			}
		default:
			continue
		}
		compared++
	}
	if compared < 20 {
		t.Errorf("compared %d printed numbers, want at least the 19 of figure 2 with mu or tau2", compared)
	}
	printed.within(t, "printed estimates", 1e-4)
}

// Three levels: posterior means and deviations by dense algebra at the fitted
// variances to 1e-10, and REML's variances to 1e-4 relative
// (../shared/cases/shrinkage_nested).
func TestTwoLevelsAgreeWithMetafor(t *testing.T) {
	dir := sharedCase(t, "shrinkage_nested")
	studies := map[string][]study{}
	for _, r := range readCSV(t, filepath.Join(dir, "input.csv")) {
		studies[r[0]] = append(studies[r[0]], study{r[1], r[2], number(t, r[3]), number(t, r[4])})
	}
	type fitKey struct{ data, method string }
	stats := map[fitKey]map[string]float64{}
	for _, r := range readCSV(t, filepath.Join(dir, "expected.csv")) {
		k := fitKey{r[0], r[1]}
		if stats[k] == nil {
			stats[k] = map[string]float64{}
		}
		stats[k][r[2]] = number(t, r[3])
	}
	posterior := readCSV(t, filepath.Join(dir, "expected_posterior.csv"))
	var given, likelihood worst
	compared := 0
	for k, want := range stats {
		if k.method != "REML" && k.method != "ML" {
			continue
		}
		nodes, at := twoLevels(studies[k.data])
		tree := mustTree(t, nodes)
		v := Variances{Tau2: []float64{want["sigma2_g1"], want["sigma2_g2"]}}
		got, err := tree.Estimates(v)
		if err != nil {
			t.Fatal(err)
		}
		given.see(got[0].Mean, want["mu"])
		given.see(math.Sqrt(got[0].Var), want["se_mu"])
		for _, r := range posterior {
			if r[0] == k.data && r[1] == k.method {
				compared++
				e := got[at[[2]string{r[3], r[4]}]]
				given.see(e.Mean, number(t, r[5]))
				given.see(math.Sqrt(e.Var), number(t, r[6]))
			}
		}
		if k.method != "REML" {
			continue
		}
		likelihood.see(logLik(tree, v), want["loglik"])
		checkNestedREML(t, k.data, tree, v, got)
	}
	if compared != len(posterior) {
		t.Errorf("compared %d posteriors of %d", compared, len(posterior))
	}
	given.within(t, "posterior at the given variances", 1e-10)
	likelihood.within(t, "restricted likelihood", 1e-9)
}

// checkNestedREML compares our own variances, and what comes of them, with metafor's.
func checkNestedREML(t *testing.T, data string, tree *Tree, theirs Variances, at []NodeEstimate) {
	t.Helper()
	fit, err := tree.FitVariances(VarianceSearch{Shape: 1})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := tree.Estimates(fit.Variances)
	if err != nil {
		t.Fatal(err)
	}
	var variances, estimates worst
	for k := range fit.Tau2 {
		variances.see(fit.Tau2[k]/theirs.Tau2[k], 1)
	}
	for i := range ours {
		estimates.see(ours[i].Mean, at[i].Mean)
		estimates.see(math.Sqrt(ours[i].Var), math.Sqrt(at[i].Var))
	}
	variances.within(t, data+": variances by REML, relative", 1e-4)
	estimates.within(t, data+": posterior by REML", 1e-6)
	t.Logf("%s: %d evaluations; our likelihood is higher by %.2g", data, fit.Evaluations, logLik(tree, fit.Variances)-logLik(tree, theirs))
}
