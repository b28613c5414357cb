package analysis

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/amassable/greybook/data"
)

// soldUnevenly is n sales of four styles over a year and a half, with weeks that have none,
// prices that repeat and a size that is unknown.
func soldUnevenly(n int) []sale {
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	last, _ := data.ParseDate("2026-06-30")
	var out []sale
	for range n {
		back := rng.IntN(540)
		if back/7%9 == 3 {
			back += 7
		}
		out = append(out, sale{style: []string{grey5, grey6, grey6, grey3}[rng.IntN(4)], retail: "200", size: fmt.Sprint(6 + rng.IntN(8)),
			day: last.AddDays(-back).String(), price: fmt.Sprint(150 + 5*rng.IntN(40))})
	}
	return out
}

// Every window that slides is what the book says of it: the answers of three analyses, week by
// week, forwards and with weeks left out.
func TestSlidingWindowsAnswerAsTheBookDoes(t *testing.T) {
	ctx := context.Background()
	b := newBook(t, soldUnevenly(600))
	from, to := mustDate(t, "2024-12-30"), mustDate(t, "2026-06-28") // a Monday, a Sunday
	if from.Monday() != from || to.Monday().AddDays(6) != to {
		t.Fatal("the days are not of whole weeks")
	}
	questions := map[string]func(ask asker, end data.Date) (any, error){
		"versions": func(ask asker, end data.Date) (any, error) {
			return ask.multiples(ctx, MultiplesSpec{By: []Dimension{ByModel, ByVersion}, Since: end.AddDays(1 - 182), AsOf: end})
		},
		"sizes": func(ask asker, end data.Date) (any, error) {
			return ask.sizes(ctx, MultiplesSpec{Where: []Filter{{ByModel, "990"}}, Since: end.AddDays(1 - 182), AsOf: end})
		},
		"movers": func(ask asker, end data.Date) (any, error) {
			return ask.movers(ctx, MoversSpec{Question: MultiplesSpec{By: []Dimension{ByStyle}, AsOf: end}, Days: 91, All: true})
		},
		"by week": func(ask asker, end data.Date) (any, error) {
			return ask.multiples(ctx, MultiplesSpec{By: []Dimension{ByVersion, ByWeek}, AsOf: end, MinN: 1})
		},
		"a style, thin": func(ask asker, end data.Date) (any, error) {
			return ask.multiples(ctx, MultiplesSpec{By: []Dimension{BySizeBand}, Where: []Filter{{ByStyle, grey5}}, Since: end.AddDays(-6), AsOf: end, MinN: 1})
		},
	}
	for name, question := range questions {
		for _, step := range []int{1, 3, 40} {
			run := &weeks{book: b, from: from, to: to}
			for end := from.AddDays(182 + 6); end <= to; end = end.AddDays(7 * step) {
				got, err := question(run.answer, end)
				if err != nil {
					t.Fatal(err)
				}
				want, err := question(asking(b), end)
				if err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(got, want) {
					t.Fatalf("%s to %s, every %d weeks:\n%s", name, end, step, cmp.Diff(want, got))
				}
			}
			if run.asked == "" {
				t.Errorf("%s: nothing slid", name)
			}
		}
	}
}

func mustDate(t *testing.T, s string) data.Date { return data.Date(dayNumber(t, s)) }
