package analysis

import (
	"context"
	"slices"
	"testing"

	"github.com/amassable/greybook/data"
)

// warningsAbout is what each analysis warns of on the row that is about the 990v6, or about all.
func warningsAbout(t *testing.T, b *data.Book, asOf data.Date) map[string][]string {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	out := map[string][]string{}
	byVersion := MultiplesSpec{By: []Dimension{ByVersion}, Where: []Filter{{ByModel, "990"}}, AsOf: asOf}
	v6 := func(keys []string) bool { return slices.Equal(keys, []string{"v6"}) }
	versus := byVersion
	versus.Versus = "v5"
	for name, spec := range map[string]MultiplesSpec{"multiples": byVersion, "versus": versus} {
		for _, r := range ask(t, b, spec).Rows {
			if v6(r.Keys) {
				out[name] = r.Warnings
			}
		}
	}
	movers, err := ComputeMovers(ctx, b, MoversSpec{Question: byVersion, Days: 70, All: true})
	must(err)
	for _, r := range movers.Rows {
		if v6(r.Keys) {
			out["movers"] = r.Warnings
		}
	}
	liquidity, err := ComputeLiquidity(ctx, b, LiquiditySpec{Question: byVersion, Days: 182})
	must(err)
	for _, r := range liquidity.Rows {
		if v6(r.Keys) {
			out["liquidity"] = r.Warnings
		}
	}
	sizes, err := ComputeSizes(ctx, b, MultiplesSpec{AsOf: asOf})
	must(err)
	if len(sizes.Rows) > 0 {
		out["sizes"] = sizes.Rows[0].Warnings
	}
	claims, err := ComputeClaims(ctx, b, ClaimsSpec{IDs: []string{"version_by_multiple"}, AsOf: asOf})
	must(err)
	out["claims"], out["claims evidence"] = claims.Rows[0].Warnings, claims.Rows[1].Warnings
	x := askIndex(t, b, IndexSpec{Segments: []string{SegmentAll}, AsOf: asOf})
	out["index"] = x.Series[0].Rows[len(x.Series[0].Rows)-1].Warnings
	card, err := ComputeBacktest(ctx, b, BacktestSpec{AsOf: asOf})
	must(err)
	out["backtest"] = card.Rows[0].Warnings
	p, err := ComputePremiums(ctx, b, PremiumsSpec{AsOf: asOf})
	must(err)
	for _, r := range p.Rows {
		if r.Style == grey6 && r.SizeBand == "" {
			out["premiums"] = r.Reasons
		}
	}
	return out
}

// Each warning stands on every analysis that it applies to where the book is such, and
// on none where it is not.
func TestWarningsOfAnalyses(t *testing.T) {
	everywhere := []string{"multiples", "versus", "movers", "liquidity", "sizes", "claims", "claims evidence", "index", "backtest", "premiums"}
	without := func(names ...string) []string {
		return slices.DeleteFunc(slices.Clone(everywhere), func(n string) bool { return slices.Contains(names, n) })
	}
	doubtful := func(s *sale) { s.flags |= 32 }
	for _, c := range []struct {
		name   string
		change func(i int, s *sale)
		asOf   string // the last sales are of 2026-06-16; index and backtest see weeks that are over
		code   string
		on     []string
	}{
		{"sound", func(int, *sale) {}, "2026-07-12", "", nil}, // of size 8 on 2026-06-15, 27 days before
		{"one marketplace", func(_ int, s *sale) { s.marketplace = "GOAT" }, "2026-06-21", WarnOneMarketplace, everywhere},
		{"one size", func(_ int, s *sale) { s.size = "9" }, "2026-06-21", WarnOneSize, without("sizes")}, // where nothing is left to compare
		{"one size but some pairs of no known size", func(i int, s *sale) {
			s.size = "9"
			if i%20 == 0 {
				s.size = ""
			}
		}, "2026-06-21", "", nil},
		{"stale", func(int, *sale) {}, "2026-07-19", WarnStale, everywhere},
		{"doubtful retail prices", func(_ int, s *sale) { doubtful(s) }, "2026-06-21", WarnRetailDoubtful, everywhere},
		{"doubtful retail prices, one in twenty", func(i int, s *sale) {
			if i%21 == 0 {
				doubtful(s)
			}
		}, "2026-06-21", "", nil},
		{"made-up sales", func(_ int, s *sale) { s.flags |= 1 }, "2026-06-21", WarnSynthetic, everywhere},
	} {
		t.Run(c.name, func(t *testing.T) {
			sales := soldWeekly(24)
			for i := range sales {
				sales[i].marketplace = []string{"StockX", "GOAT"}[i/2%2] // each sells every size
				c.change(i, &sales[i])
			}
			got := warningsAbout(t, newBook(t, sales), day(t, c.asOf))
			for _, name := range everywhere {
				for _, code := range []string{WarnOneMarketplace, WarnOneSize, WarnStale, WarnRetailDoubtful, WarnSynthetic} {
					said := slices.Contains(got[name], code) || name == "premiums" && code == WarnSynthetic && slices.Contains(got[name], ReasonSynthetic)
					if want := code == c.code && slices.Contains(c.on, name); said != want {
						t.Errorf("%s: %s is said %v, want %v: %v", name, code, said, want, got[name])
					}
				}
			}
		})
	}
}

// What is over can't be stale, a question that tells sizes apart has groups of one size, and
// a baseline of several price bases makes its differences doubtful.
func TestDoubtsGoByTheQuestion(t *testing.T) {
	sales := soldWeekly(24)
	for i := range sales {
		sales[i].size = "9"
		if i%2 == 0 {
			sales[i].basis = "ask"
		}
	}
	b := newBook(t, sales)
	late := day(t, "2027-06-30")
	has := func(spec MultiplesSpec, code string) bool {
		t.Helper()
		rows := ask(t, b, spec).Rows
		if len(rows) == 0 {
			t.Fatalf("no rows of %v", spec)
		}
		n := 0
		for _, r := range rows {
			if slices.Contains(r.Warnings, code) {
				n++
			}
		}
		if n > 0 && n < len(rows) {
			t.Errorf("%v: %s on %d of %d rows", spec.By, code, n, len(rows))
		}
		return n > 0
	}
	by := func(dims ...Dimension) MultiplesSpec { return MultiplesSpec{By: dims, AsOf: late} }
	for _, c := range []struct {
		name string
		spec MultiplesSpec
		code string
		want bool
	}{
		{"by version", by(ByVersion), WarnStale, true},
		{"by week", by(ByVersion, ByWeek), WarnStale, false},
		{"of a year", MultiplesSpec{By: []Dimension{ByVersion}, Where: []Filter{{ByYear, "2026"}}, AsOf: late}, WarnStale, false},
		{"up to the last sale", MultiplesSpec{By: []Dimension{ByVersion}, Until: day(t, "2026-06-16"), AsOf: late}, WarnStale, false},
		{"without a last day", MultiplesSpec{By: []Dimension{ByVersion}}, WarnStale, false},
		{"by version", by(ByVersion), WarnOneSize, true},
		{"by size band", by(BySizeBand), WarnOneSize, false},
		{"of a size band", MultiplesSpec{By: []Dimension{ByVersion}, Where: []Filter{{BySizeBand, "9-10.5"}}}, WarnOneSize, false},
		{"by price basis", by(ByPriceBasis), WarnMixedBasis, false},
		{"by price basis against core greys", MultiplesSpec{By: []Dimension{ByPriceBasis}, Versus: CoreGrey}, WarnMixedBasis, true},
	} {
		if got := has(c.spec, c.code); got != c.want {
			t.Errorf("%s: %s %v, want %v", c.name, c.code, got, c.want)
		}
	}
}

// Whether made-up sales are behind an estimate is said style by style; one that borrows
// says so wherever the book has any.
func TestSyntheticByStyle(t *testing.T) {
	sales := soldWeekly(24)
	for i := range sales {
		if sales[i].style == grey5 {
			sales[i].flags = 1
		}
	}
	p, err := ComputePremiums(context.Background(), newBook(t, sales), PremiumsSpec{AsOf: day(t, "2026-06-21")})
	if err != nil {
		t.Fatal(err)
	}
	bases := map[string]int{}
	for _, r := range p.Rows {
		said := slices.Contains(r.Reasons, ReasonSynthetic)
		want := r.Style == grey5 || r.Basis == "pooled" || r.Basis == "parent"
		if said != want {
			t.Errorf("%s %q, basis %s: said %v, want %v", r.Style, r.SizeBand, r.Basis, said, want)
		}
		bases[r.Basis]++
	}
	if bases["own"] < 2 || bases["none"] == 0 || bases["pooled"]+bases["parent"] == 0 {
		t.Errorf("rows by basis: %v", bases)
	}
	if p.Synthetic != 48 {
		t.Errorf("%d made-up sales, want 48", p.Synthetic)
	}
}
