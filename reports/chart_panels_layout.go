package reports

import "cmp"

// panelShape is how panels are set out: figures for the wide drawing, then the narrow.
type panelShape struct {
	Columns [2]int
	Height  [2]int // of a panel's plot, px
	Right   [2]int // room for words right of each plot, px
	Each    int    // px that the name of a place on a category axis takes
	Foot    int    // room below the axis, px: the next row's titles must not be taken for it
	Left    [2]int // room for the names left of the first column, px; 0: as values need
}

const (
	panelHead = 44 // px above a plot: its title and note
	panelFoot = 30 // px below: the axis
	panelGap  = 18 // px between columns
	panelEdge = 12 // px right of the last column: half of a tick's text
)

// frames are the sizes of a drawing of n panels.
func (s panelShape) frames(n int) (wide, narrow frame) {
	size := func(width, k int) frame {
		rows := (n + s.columns(n, k) - 1) / s.columns(n, k)
		return frame{width, rows * (panelHead + s.Height[k] + panelFoot + s.Foot)}
	}
	return size(800, 0), size(360, 1)
}

// columns are no more than there are panels.
func (s panelShape) columns(n, k int) int { return max(min(s.Columns[k], n), 1) }

// layout places panels, their titles and the names on their axes. Values are named at
// the first panel of each row; the others have the same.
func (s panelShape) layout(c panelChart, narrow bool) map[string]any {
	k, width, left := 0, 800, 46
	if narrow {
		k, width, left = 1, 360, 42
	}
	left = cmp.Or(s.Left[k], left)
	n := len(c.Panels)
	columns := s.columns(n, k)
	each := (width - left - panelEdge - panelGap*(columns-1)) / columns
	var grids, titles, xs, ys []any
	for i := range n {
		row, column := i/columns, i%columns
		x, y := left+column*(each+panelGap), row*(panelHead+s.Height[k]+panelFoot+s.Foot)
		grids = append(grids, map[string]any{"left": x, "top": y + panelHead, "width": each - s.Right[k], "height": s.Height[k]})
		titles = append(titles, map[string]any{"left": x, "top": y})
		values := map[string]any{"show": column == 0}
		if c.Y.Labels != nil {
			values["interval"] = 0
		}
		ys = append(ys, map[string]any{"axisLabel": values})
		xs = append(xs, map[string]any{"axisLabel": s.names(c, i, each-s.Right[k])})
	}
	return map[string]any{"grid": grids, "title": titles, "xAxis": xs, "yAxis": ys}
}

// names chooses the places of a category axis that are named: the first, and from
// there on as many as have room. Those at the ends stay inside of narrow panels.
func (s panelShape) names(c panelChart, i, width int) map[string]any {
	if c.Panels[i].Places != nil {
		return map[string]any{"interval": 0} // chosen by who made them
	}
	out := map[string]any{"hideOverlap": true}
	places := len(c.X.Labels) - 1
	if places < 0 {
		out["alignMinLabel"], out["alignMaxLabel"] = "left", "right"
		return out
	}
	step := max(places/max(width/s.Each, 1), 1)
	out["interval"] = step - 1
	if len(c.Panels) > 1 {
		out["alignMinLabel"] = "left"
		if places%step < step/3 { // else it would be one in the middle that is moved
			out["alignMaxLabel"] = "right"
		}
	}
	return out
}
