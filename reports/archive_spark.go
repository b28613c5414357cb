package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/amassable/greybook/data"
)

// sparkline is a column of the archive as a small drawing, with its newest value.
type sparkline struct {
	Title, Now, Range string
	Line, Band        string  // SVG paths
	Ref               string  // y of the reference line, "" for none
	RefText           string  // what the reference line is
	X, Y              string  // of the newest value
	W, H              float64 // of the drawing
}

// sparkPoint is a week's value; what is missing is NaN.
type sparkPoint struct {
	Week        data.Date
	Mid, Lo, Hi float64
}

const sparkWidth, sparkHeight, sparkMargin = 240.0, 56.0, 5.0

// archiveSparks draws sales, multiples and the index of the weeks, oldest first. A column
// with fewer than two values is not drawn.
func archiveSparks(weeks []WeekRecord, w priceWords, main WeekRecord) []sparkline {
	of := func(p *float64) float64 { v, _ := figureOf(p); return v }
	var n, multiple, index []sparkPoint
	for _, r := range weeks {
		week, err := data.ParseISOWeek(r.Week)
		if err != nil {
			continue
		}
		nan := math.NaN()
		n = append(n, sparkPoint{week, float64(r.N), nan, nan})
		multiple = append(multiple, sparkPoint{week, of(r.Multiple), of(r.MultipleLo), of(r.MultipleHi)})
		if r.Segment == main.Segment { // another segment has another scale
			index = append(index, sparkPoint{week, of(r.Index), of(r.IndexLo), of(r.IndexHi)})
		}
	}
	var out []sparkline
	for _, s := range []struct {
		title  string
		points []sparkPoint
		ref    float64
		refs   string
		text   func(float64) string
	}{
		{capital(w.Many) + " a week", n, 0, "", func(v float64) string { return countText(int(v)) }},
		{"Median multiple of the week", multiple, 1, "dotted: retail", func(v float64) string { return fmt.Sprintf("%.2fx", v) }},
		{"Market index, " + segmentText(main.Segment), index, 100, "dotted: 100", func(v float64) string { return fmt.Sprintf("%.1f", v) }},
	} {
		if d, ok := drawSpark(s.points, s.ref); ok {
			d.Title = s.title
			first, last, lo, hi := sparkEnds(s.points)
			d.Now = s.text(last.Mid)
			d.Range = fmt.Sprintf("%s to %s; lowest %s, highest %s", first.Week.ISOWeek(), last.Week.ISOWeek(), s.text(lo), s.text(hi))
			d.RefText = s.refs
			out = append(out, d)
		}
	}
	return out
}

// sparkEnds are the first and the last point with a value, and the extremes.
func sparkEnds(points []sparkPoint) (first, last sparkPoint, lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, p := range points {
		if math.IsNaN(p.Mid) {
			continue
		}
		if math.IsInf(lo, 1) {
			first = p
		}
		last, lo, hi = p, min(lo, p.Mid), max(hi, p.Mid)
	}
	return first, last, lo, hi
}

// drawSpark draws points, a step of the axis per week: the line breaks where a week is
// missing or has no value. ref is in sight, too; 0 for none, and then the axis begins at
// 0, as it does for counts.
func drawSpark(points []sparkPoint, ref float64) (sparkline, bool) {
	first, last, lo, hi := sparkEnds(points)
	if last.Week <= first.Week {
		return sparkline{}, false
	}
	lo, hi = min(lo, ref), max(hi, ref)
	room := max(hi-lo, 1e-9) // an interval may go this far beyond the values, no further
	for _, p := range points {
		if !math.IsNaN(p.Lo) && !math.IsNaN(p.Hi) {
			lo, hi = min(lo, max(p.Lo, lo-room/4)), max(hi, min(p.Hi, hi+room/4))
		}
	}
	x := func(d data.Date) float64 {
		return sparkMargin + (sparkWidth-2*sparkMargin)*float64(d-first.Week)/float64(last.Week-first.Week)
	}
	y := func(v float64) float64 {
		v = max(lo, min(v, hi))
		return sparkHeight - sparkMargin - (sparkHeight-2*sparkMargin)*(v-lo)/max(hi-lo, 1e-9)
	}
	s := sparkline{W: sparkWidth, H: sparkHeight, X: fmt.Sprintf("%.1f", x(last.Week)), Y: fmt.Sprintf("%.1f", y(last.Mid))}
	if ref != 0 {
		s.Ref = fmt.Sprintf("%.1f", y(ref))
	}
	var line strings.Builder
	drawn, drawnWeek := false, data.Date(0)
	for _, p := range points {
		if math.IsNaN(p.Mid) {
			drawn = false
			continue
		}
		if drawn && p.Week == drawnWeek.AddDays(7) {
			fmt.Fprintf(&line, "L%.1f %.1f", x(p.Week), y(p.Mid))
		} else { // the line of no length makes a dot of a lone week: its ends are round
			fmt.Fprintf(&line, "M%.1f %.1fh0", x(p.Week), y(p.Mid))
		}
		drawn, drawnWeek = true, p.Week
	}
	s.Line = line.String()
	s.Band = sparkBand(points, x, y)
	return s, true
}

// sparkBand is the intervals as one area per run of weeks that have them.
func sparkBand(points []sparkPoint, x func(data.Date) float64, y func(float64) float64) string {
	var out strings.Builder
	for i := 0; i < len(points); {
		k := i
		for k < len(points) && !math.IsNaN(points[k].Lo) && !math.IsNaN(points[k].Hi) && (k == i || points[k].Week == points[k-1].Week.AddDays(7)) {
			k++
		}
		if k-i > 1 {
			for j := i; j < k; j++ {
				fmt.Fprintf(&out, "%s%.1f %.1f", map[bool]string{true: "M", false: "L"}[j == i], x(points[j].Week), y(points[j].Hi))
			}
			for j := k - 1; j >= i; j-- {
				fmt.Fprintf(&out, "L%.1f %.1f", x(points[j].Week), y(points[j].Lo))
			}
			out.WriteString("Z")
		}
		i = max(k, i+1)
	}
	return out.String()
}
