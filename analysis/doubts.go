package analysis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"

	"github.com/amassable/greybook/data"
)

// The soft flags of method M1. They keep nothing out: a sale this far off counts for less.
const (
	FlagHighUnconfirmed = "high_unconfirmed"
	FlagLowSuspect      = "low_suspect"
)

// SoftFlag is a soft flag with its meaning.
type SoftFlag struct{ Name, Meaning string }

// SoftFlags lists the soft flags. No bit of store.sale.flags stands for them: whether a
// sale has one depends on the day that counts as today.
//
// Note: there is no flag for a cluster, the same style, size and price sold several times
// within two days to or by the same person. Of the sources, Grailed alone names the seller
// of what others sold, and eBay's report the buyers of one's own sales; none names both.
// Identical day, style, size and price alone prove nothing: marketplaces sell new pairs by
// the dozen at one price.
func SoftFlags() []SoftFlag {
	return []SoftFlag{
		{FlagHighUnconfirmed, "at least twice what was expected, and no sale of the style within 14 days comes to two thirds of it"},
		{FlagLowSuspect, "at most 0.6 times what was expected, and no sale of the style within 14 days is as low as four thirds of it"},
	}
}

// When a sale is doubtful, and what confirms it. A high sale of twice the estimate is
// confirmed by one of 4/3 of the estimate, a low one of 0.6 times by one of 0.8.
//
// Note: the mirror image of two thirds is 3/2; by that, a sale at nine tenths of the estimate,
// which is an ordinary one, would confirm one at 0.6 times.
const (
	doubtZ      = 3.5  // Iglewicz and Hoaglin 1993
	doubtFloor  = 0.03 // least MAD, of ln multiple
	doubtHigh   = 2.0
	doubtLow    = 0.6
	confirmHigh = 2.0 / 3
	confirmLow  = 4.0 / 3
	confirmDays = 14 // before or after
	doubtWeeks  = 26 // whose residuals a residual is held against
	doubtSales  = 30 // fewest of them: for those, more weeks are gone back
)

// Doubts are the sales whose price is doubtful, as of a day.
type Doubts struct {
	AsOf     data.Date
	Judged   int     // completed sales that were held against an estimate
	Unjudged int     // of styles never sold before their week, or of a class with too few sales to tell
	Rows     []Doubt // by day, style, size, condition, price and key
}

// Doubt is a sale far from its estimate.
type Doubt struct {
	Key         string // sales.sale_key
	SoldOn      data.Date
	Style       string
	Size        float64 // US men's; NaN where it can't be said
	Condition   string
	Flag        string
	Multiple    float64
	Estimate    float64   // multiple that was expected of it
	Residual    float64   // ln(Multiple / Estimate)
	Z           float64   // modified z of Residual
	Against     int       // residuals that Z is made of
	ConfirmedOn data.Date // day of the first sale that confirms it; zero for none so far
	Open        bool      // a sale still to come may confirm it
	Released    bool      // the user vouches for it: data.Release
}

// Doubtful says whether the sale is weighed down still: nothing confirms it and nobody
// vouches for it.
func (d Doubt) Doubtful() bool { return d.ConfirmedOn.IsZero() && !d.Released }

// Why says what is wrong with the sale, in words and numbers.
func (d Doubt) Why() string {
	high := d.Flag == FlagHighUnconfirmed
	needed, how := d.Multiple*confirmHigh, "or more"
	if !high {
		needed, how = d.Multiple*confirmLow, "or less"
	}
	why := fmt.Sprintf("%.2f times retail where %.2f was expected, z %.1f", d.Multiple, d.Estimate, d.Z)
	span := fmt.Sprintf("from %s to %s", d.SoldOn.AddDays(-confirmDays), d.SoldOn.AddDays(confirmDays))
	switch {
	case !d.ConfirmedOn.IsZero():
		return fmt.Sprintf("%s; confirmed by a %s pair of the style at %.2f %s on %s", why, d.Condition, needed, how, d.ConfirmedOn)
	case d.Open:
		return fmt.Sprintf("%s; no other %s pair of the style at %.2f %s %s so far", why, d.Condition, needed, how, span)
	}
	return fmt.Sprintf("%s; no other %s pair of the style at %.2f %s %s", why, d.Condition, needed, how, span)
}

// ComputeDoubts holds each completed sale up to asOf against the estimate that its style,
// size and condition had on the Monday of its week, made of the sales before that Monday
// alone: the sale itself is left out, and with it those of its week. The residual's
// modified z, 0.6745 (r − median)/MAD, takes median and MAD from the residuals of the same
// class, by how often the cell sold, in the 26 weeks before that Monday, or more where it
// takes more for 30 of them. So a z never changes once its week is over; what changes is
// whether another sale of the style, in the same condition and of any size, confirms the
// price.
//
// A sale is flagged when |z| exceeds 3.5 and its price is at least 2 times, or at most 0.6
// times, the estimate. What lies between is far, too, but no flag says so.
//
// What a flag keeps out of the observations is not judged a second time, and neither is the
// first week in which a style is sold. The estimates weigh every sale by how far it is off, with
// a flag or without one (carry.go, level.go), until more sales like it move the level
// there; one that the user released by its key counts in full. Misleading where a style's price
// jumped for good and sells less than once in two weeks, for the first sale after the jump
// has nothing to confirm it; and of sizes that hardly ever sell, whose estimate is other
// sizes': of the contest's few, most are of 15 and more (TestDoubtsOfTheContest lists them).
//
// It is one pass over the sales; each Monday costs as much as the cells there are, and the
// tree's variances are fitted again when half again as many sales are known.
func ComputeDoubts(ctx context.Context, b *data.Book, asOf data.Date) (Doubts, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return Doubts{}, err
	}
	defer s.Close()
	t, err := openTrades(ctx, s, asOf)
	if err != nil {
		return Doubts{}, fmt.Errorf("flags: %w", err)
	}
	m, kinOf := t.market(defaultMethod)
	p := newDoubtPass(m, kinOf)
	err = t.eachKey(ctx, p.add)
	if err == nil {
		err = p.flush()
	}
	if err != nil {
		return Doubts{}, fmt.Errorf("flags: %w", err)
	}
	return t.doubts(p, asOf), nil
}

// doubts names what the pass has by number.
func (t *trades) doubts(p *doubtPass, asOf data.Date) Doubts {
	out := Doubts{AsOf: asOf, Judged: p.judged, Unjudged: p.unjudged}
	for _, f := range p.found {
		form := t.forms[f.form]
		size := math.NaN()
		if form.size != unknownSize {
			size = float64(form.size) / 2
		}
		d := Doubt{Key: f.key.String(), SoldOn: data.Date(f.day), Style: t.styles[f.style].id, Size: size, Condition: form.condition,
			Flag: FlagHighUnconfirmed, Multiple: math.Exp(f.y), Estimate: math.Exp(f.estimate), Residual: f.residual(), Z: f.z, Against: f.against,
			ConfirmedOn: data.Date(f.confirmed), Open: data.Date(f.day+confirmDays) > asOf, Released: f.vouched}
		if f.residual() < 0 {
			d.Flag = FlagLowSuspect
		}
		out.Rows = append(out.Rows, d)
	}
	slices.SortFunc(out.Rows, func(a, b Doubt) int {
		return cmp.Or(cmp.Compare(a.SoldOn, b.SoldOn), cmp.Compare(a.Style, b.Style), cmp.Compare(a.Size, b.Size),
			cmp.Compare(a.Condition, b.Condition), cmp.Compare(a.Multiple, b.Multiple), cmp.Compare(a.Key, b.Key))
	})
	return out
}
