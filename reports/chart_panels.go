package reports

// panelChart is small multiples: panels of one scale side by side, each named by what
// it shows, so that nothing needs a legend. One panel is a plain chart of lines.
type panelChart struct {
	ID     string
	X, Y   panelAxis
	Panels []panel
	Shape  panelShape
}

// panelAxis is the scale that all panels share. Labels make it an axis of
// categories, whose places are the values 0, 1, …, and down the side from the top; Text
// is that of a tick, such as "{value} %".
type panelAxis struct {
	Span   axisSpan
	Labels []string
	Text   string
}

// panel is one of them. Lines and bands are drawn in their order, bands first.
type panel struct {
	Title, Note string   // its name, and what stands below: a figure, or why nothing is drawn
	Places      []string // its own names along X, one a place and "" for none, instead of the Labels of all
	Bands       []panelBand
	Lines       []panelLine
	Marks       []panelMark
	Cells       []panelCell
}

// places are the names along the X axis of a panel; nil: it is an axis of values.
func (c panelChart) places(i int) []string {
	if c.Panels[i].Places != nil {
		return c.Panels[i].Places
	}
	return c.X.Labels
}

// panelPoint is a place; a Y that is NaN breaks the line. Tip is plain text.
type panelPoint struct {
	X, Y float64
	Tip  string
}

// panelLine joins points. With Width 0 there are only its dots.
type panelLine struct {
	Color  string
	Width  float32 // px
	Type   string  // "dashed", "dotted"; "": solid
	Dot    int     // px across; 0: no dots, except of points without neighbours
	Points []panelPoint
}

// panelBand is the space between two lines; it breaks where Lo or Hi is NaN.
type panelBand struct{ X, Lo, Hi []float64 }

// panelMark is a mark of live.js at a place: "whisker" from Lo to Hi, "ring", or
// "tag", the text Name right of the place.
type panelMark struct {
	Mark, Name, Color string
	X, Y, Lo, Hi      float64
	Tip               string
}

// panelCell is one field of a heat map, of which X and Y are places. The figure V stands
// in it where there is room; a V that is NaN leaves it empty, with a dot.
type panelCell struct {
	X, Y  int
	V     float64
	N     int
	Shade heatShade
	Tip   string
}
