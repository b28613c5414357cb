package reports

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// weeklyTiles are the headline figures of a weekly page, each with what it rests on. One
// that the sales don't carry says so.
func weeklyTiles(wk analysis.Weekly) []pageTile {
	return []pageTile{salesTile(wk), multipleTile(wk), indexTile(wk), greyDayTile(wk), freshnessTile(wk)}
}

// salesTile counts the week's sales and holds them against the week before.
func salesTile(wk analysis.Weekly) pageTile {
	w, weeks := wordsOf(wk.ByWeek.PriceBasis), datedWeeks(wk.ByWeek.Rows)
	n, before := soldIn(weeks, wk.Week), soldIn(weeks, wk.Week.AddDays(-7))
	t := pageTile{Figure: countText(n), Text: manyOf(w, n) + ofModel(wk.Model) + " in " + wk.Week.ISOWeek()}
	lastWeek := wk.Week.AddDays(-7).ISOWeek()
	switch {
	case n == 0:
		t.Figure, t.Missing = "", "no "+w.Many+" this week"
		t.Text = strings.TrimSpace(ofModel(wk.Model) + " in " + wk.Week.ISOWeek())
		t.Against = fmt.Sprintf("%s in %s", w.n(before), lastWeek)
	case partialWeek(wk):
		t.Against = fmt.Sprintf("the week is not over: seen up to %s; %s in all of %s", dayText(wk.AsOf), countText(before), lastWeek)
	case before == 0:
		t.Against = "none in " + lastWeek
	default:
		t.Against = fmt.Sprintf("%s against %s in %s", signedShare(float64(n)/float64(before)-1), countText(before), lastWeek)
		// Of two counts from one rate, the share of either is binomial: their difference is
		// within 1.96 times the root of their sum in 95 % of such weeks.
		if d := float64(n - before); d*d <= 1.96*1.96*float64(n+before) {
			t.Against += ": no more than chance does"
		}
	}
	return t
}

// ofModel says what a page is about: " of the 990", "" for all models. Before its model's
// name a number would read as one of the model's.
func ofModel(model string) string {
	if model == "" {
		return ""
	}
	return " of the " + plainLabel(model, 20)
}

func manyOf(w priceWords, n int) string {
	if n == 1 {
		return w.One
	}
	return w.Many
}

// soldIn is how many sales a week has; weeks without any have no row.
func soldIn(weeks []datedWeek, monday data.Date) int {
	n := 0
	for _, d := range weeks {
		if d.Monday == monday {
			n += d.N
		}
	}
	return n
}

// multipleTile is the median multiple of all pairs that the page is about.
func multipleTile(wk analysis.Weekly) pageTile {
	w, about := wordsOf(wk.Groups.PriceBasis), "all models"
	if wk.Model != "" {
		about = plainLabel(wk.Model, 20) + "s"
	}
	t := pageTile{Text: "median multiple of retail, " + about, Against: windowText(wk.Window, wk.AsOf)}
	if len(wk.Overall.Rows) == 0 {
		t.Missing = "no " + w.Many
		return t
	}
	r := wk.Overall.Rows[0]
	if _, ok := figureOf(r.Median); !ok {
		t.Missing = "too few " + w.Many
		t.Against = "n\u00a0=\u00a0" + countText(r.N) + ", " + t.Against
		return t
	}
	t.Figure = multipleText(r.Median)
	interval := "too few for an interval"
	if s := intervalText(r.Lo, r.Hi); s != noFigure {
		interval = fmt.Sprintf("%s (%s)", s, levelText(wk.Overall.Spec.Level))
	}
	t.Against = fmt.Sprintf("%s, n\u00a0=\u00a0%s, %s", interval, countText(r.N), t.Against)
	return t
}

// indexTile is how the market index moved, each change with its interval.
func indexTile(wk analysis.Weekly) pageTile {
	segment := wk.Model
	if segment == "" {
		segment = analysis.SegmentAll
	}
	t := pageTile{Text: "market index, " + segmentText(segment)}
	if wk.Index == nil {
		t.Missing, t.Against = "no index", "these are not completed sales"
		return t
	}
	series := headlineSeries(*wk.Index)
	i := slices.IndexFunc(series, func(s analysis.IndexSeries) bool { return s.Segment == segment })
	if i < 0 {
		t.Missing, t.Against = "no index", "it takes 100 sales, of three styles, in eight weeks"
		for _, r := range wk.Index.Refused {
			if r.Segment == segment {
				t.Against = plainLabel(r.Reason, 160)
			}
		}
		return t
	}
	s := series[i]
	now, ok := indexRow(s, wk.Week)
	if !ok {
		last := s.Rows[len(s.Rows)-1]
		t.Missing, t.Against = "no sales this week", fmt.Sprintf("last at %.1f, in %s", last.Index, last.Week.ISOWeek())
		return t
	}
	var others []string
	for _, c := range slices.Backward(s.Changes) {
		change, span := signedShare(c.Share), countOf(c.Weeks, "week", "weeks")
		interval := changeInterval(c)
		if t.Figure == "" {
			t.Figure, t.Text = change, t.Text+", over "+span
			if interval != "" {
				others = append(others, fmt.Sprintf("%s (%s)", interval, levelText(wk.Index.Spec.Level)))
			}
			continue
		}
		if interval != "" {
			change += " (" + interval + ")"
		}
		others = append(others, fmt.Sprintf("over %s %s", span, change))
	}
	level := fmt.Sprintf("now %.1f, %s = 100", now.Index, s.Base.ISOWeek())
	if lo, hi := intervalOf(now); lo != "" {
		level = fmt.Sprintf("now %.1f, %s to %s (%s), %s = 100", now.Index, lo, hi, levelText(wk.Index.Spec.Level), s.Base.ISOWeek())
	}
	level += ", n\u00a0=\u00a0" + countText(s.N)
	if t.Figure == "" {
		t.Figure = fmt.Sprintf("%.1f", now.Index)
		level = "its first weeks, so no change yet; " + level
	}
	t.Against = strings.Join(append(others, level), "; ")
	return t
}

// changeInterval writes the interval of a change, "−1.2 % to +0.3 %"; "" for none.
func changeInterval(c analysis.IndexChange) string {
	lo, okLo := figureOf(c.Lo)
	hi, okHi := figureOf(c.Hi)
	if !okLo || !okHi {
		return ""
	}
	return signedShare(lo) + " to " + signedShare(hi)
}

// indexRow is a week of a series; ok is false where it has none that can be shown.
func indexRow(s analysis.IndexSeries, monday data.Date) (analysis.IndexRow, bool) {
	for _, r := range s.Rows {
		if r.Week == monday {
			return r, !math.IsNaN(r.Index) && !math.IsInf(r.Index, 0)
		}
	}
	return analysis.IndexRow{}, false
}

func intervalOf(r analysis.IndexRow) (lo, hi string) {
	l, okLo := figureOf(r.Lo)
	h, okHi := figureOf(r.Hi)
	if !okLo || !okHi {
		return "", ""
	}
	return fmt.Sprintf("%.1f", l), fmt.Sprintf("%.1f", h)
}

// The claim that the tile of the Grey Days shows where the book has a verdict on it, and
// the fewest releases with an interval that it asks for (analysis: the table of claims).
const (
	folkloreClaim  = "grey_day_now"
	folkloreFewest = 3
)

// greyDayTile is the verdict on the folklore: the one that the book holds, else what the
// page's own releases say by the same rule.
func greyDayTile(wk analysis.Weekly) pageTile {
	w := wordsOf(wk.ByGreyDay.PriceBasis)
	t := pageTile{Text: "Grey Day releases reach 1.5x to 3x retail"}
	for _, s := range wk.Claims {
		if s.Now.Claim == folkloreClaim && w.Sale {
			t.Figure = capital(plainLabel(s.Now.Verdict, 40))
			t.Against = plainLabel(s.Now.Why, 160)
			if s.Now.AsOf != wk.AsOf {
				t.Against += "; as of " + dayText(s.Now.AsOf)
			}
			return t
		}
	}
	c := weighFolklore(wk.ByGreyDay.Rows)
	judged := c.releases - c.thin
	t.Against = fmt.Sprintf("of %s, %d inside, %d below, %d above, %d across an edge, %d too few to say",
		countOf(c.releases, "release", "releases"), c.inside, c.below, c.above, c.across, c.thin)
	switch {
	case c.releases == 0:
		t.Missing, t.Against = "no "+w.Many, "none of a Grey Day release in "+windowText(wk.Window, wk.AsOf)
	case judged < folkloreFewest:
		t.Missing = "too few to say"
	case !w.Sale:
		t.Missing = "not settled"
		t.Against = w.Many + " cannot settle it; " + t.Against
	case 2*c.inside > judged:
		t.Figure = "Holds"
	case 2*(c.inside+c.across) <= judged:
		t.Figure = "Does not hold"
	default:
		t.Missing = "undecided"
	}
	return t
}

// freshnessTile says how far the records reach towards the end of the page's days.
func freshnessTile(wk analysis.Weekly) pageTile {
	t := pageTile{Text: "from the newest record to the page’s last day"}
	ingest := ""
	if s := plainLabel(wk.Facts.LastIngest, 40); s != "" {
		if at, err := time.Parse(time.RFC3339, s); err == nil {
			s = at.UTC().Format("2 January 2006")
		}
		ingest = "; last ingest " + s
	}
	if wk.Facts.LastSoldOn.IsZero() {
		t.Missing, t.Text = "no records", "in the book up to "+dayText(wk.AsOf)
		t.Against = strings.TrimPrefix(ingest, "; ")
		return t
	}
	t.Figure = countOf(int(wk.AsOf)-int(wk.Facts.LastSoldOn), "day", "days")
	t.Against = "newest record " + dayText(wk.Facts.LastSoldOn) + ingest
	return t
}

// signedShare writes a change, "+4.1 %" or "−0.3 %".
func signedShare(v float64) string {
	sign := "+"
	switch v = math.Round(v * 1000); {
	case v < 0:
		sign, v = "\u2212", -v
	case v == 0:
		sign = "±"
	}
	return fmt.Sprintf("%s%.1f\u00a0%%", sign, v/10)
}
