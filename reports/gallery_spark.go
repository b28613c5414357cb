package reports

import (
	"fmt"
	"math"
	"strings"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// sparkSpan is the weeks that a small chart spans, by their Mondays.
type sparkSpan struct{ first, last data.Date }

// gallerySpark is a release's weekly medians as dots over bars of its sales.
type gallerySpark struct {
	Solid, Hollow []sparkDot
	Bars          string // SVG path
	Retail        string // y of the retail price; "" for none in sight
	Text          string // the same in words
	W, H          float64
}

type sparkDot struct{ X, Y string }

// The measures of the drawing, and the fewest sales of a week whose dot is solid: as many
// as carry an interval of their median at 95 %.
const (
	gallerySparkWidth, gallerySparkHeight = 240.0, 66.0
	gallerySparkBars                      = 14.0 // height of the tallest bar
	sparkSolid                            = 6
)

// drawGallerySpark draws the weeks that were sold; nil where there is none.
func drawGallerySpark(m analysis.Gap, span sparkSpan) *gallerySpark {
	if len(m.Weeks) == 0 || span.last < span.first {
		return nil
	}
	lo, hi, most, n := math.Inf(1), math.Inf(-1), 0, 0
	for _, w := range m.Weeks {
		lo, hi, most, n = min(lo, w.Median), max(hi, w.Median), max(most, w.N), n+w.N
	}
	s := &gallerySpark{W: gallerySparkWidth, H: gallerySparkHeight}
	s.Text = fmt.Sprintf("Weekly medians %s to %s, %s in %s", dollarText(&lo), dollarText(&hi), countOf(n, "sale", "sales"), countOf(len(m.Weeks), "week", "weeks"))
	bottom, top := lo, hi
	if m.RetailPrice != nil {
		retail := float64(*m.RetailPrice) / 100
		bottom, top = min(bottom, retail), max(top, retail)
		s.Text += "; dotted: retail"
	}
	const margin = 5.0
	floor := gallerySparkHeight - gallerySparkBars - 2*margin
	x := func(week data.Date) float64 {
		return margin + (gallerySparkWidth-2*margin)*float64(week-span.first)/max(float64(span.last-span.first), 1)
	}
	y := func(v float64) float64 {
		if top-bottom < 1e-9 {
			return (margin + floor) / 2
		}
		return floor - (floor-margin)*(v-bottom)/(top-bottom)
	}
	if m.RetailPrice != nil {
		s.Retail = fmt.Sprintf("%.1f", y(float64(*m.RetailPrice)/100))
	}
	var bars strings.Builder
	for _, w := range m.Weeks {
		dot := sparkDot{fmt.Sprintf("%.1f", x(w.Week)), fmt.Sprintf("%.1f", y(w.Median))}
		if w.N >= sparkSolid {
			s.Solid = append(s.Solid, dot)
		} else {
			s.Hollow = append(s.Hollow, dot)
		}
		fmt.Fprintf(&bars, "M%s %.1fv-%.1f", dot.X, gallerySparkHeight-1, gallerySparkBars*float64(w.N)/float64(most))
	}
	s.Bars = bars.String()
	return s
}
