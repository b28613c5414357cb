package reports

import (
	_ "embed" // the scripts of the pages
	"encoding/xml"
	"errors"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/dop251/goja"
)

// echartsJS is Apache ECharts 5.6.0 as npm delivers it, its notice at the top:
// `make` copies it here by reports/assets/package-lock.json.
//
//go:embed assets/echarts.min.js
var echartsJS string

//go:embed assets/echarts.NOTICE
var echartsNotice string

//go:embed assets/live.js
var liveJS string

// drawPrograms compiles the scripts once: parsing a megabyte takes longer than
// drawing a page.
var drawPrograms = sync.OnceValues(func() ([]*goja.Program, error) {
	// zrender schedules frames; a drawing is made at once, so nothing may run later.
	timers := "var setTimeout = function () { return 0; }, clearTimeout = function () {};"
	var programs []*goja.Program
	for _, s := range []struct{ name, text string }{
		{"timers.js", timers}, {"echarts.min.js", echartsJS}, {"live.js", liveJS},
	} {
		p, err := goja.Compile(s.name, s.text, false)
		if err != nil {
			return nil, fmt.Errorf("compile %s: %w", s.name, err)
		}
		programs = append(programs, p)
	}
	return programs, nil
})

// stillDrawer draws chart options as SVG without a browser. One is enough for a
// page, or for many; it must not be used by two goroutines at once.
type stillDrawer struct {
	draw goja.Callable
	vm   *goja.Runtime
}

// newStillDrawer starts a script runtime with ECharts in it.
func newStillDrawer() (*stillDrawer, error) {
	programs, err := drawPrograms()
	if err != nil {
		return nil, err
	}
	vm := goja.New()
	for _, p := range programs {
		if _, err := vm.RunProgram(p); err != nil {
			return nil, fmt.Errorf("start the chart library: %w", err)
		}
	}
	still, ok := goja.AssertFunction(vm.Get("greybook").ToObject(vm).Get("still"))
	if !ok {
		return nil, errors.New("start the chart library: live.js offers no function still")
	}
	return &stillDrawer{draw: still, vm: vm}, nil
}

// still draws an option at the given size. The name becomes the prefix of every
// id in the drawing and has to be unique in the page.
func (d *stillDrawer) still(option []byte, name string, size frame) (template.HTML, error) {
	v, err := d.draw(goja.Undefined(), d.vm.ToValue(string(option)), d.vm.ToValue(name),
		d.vm.ToValue(size.W), d.vm.ToValue(size.H))
	if err != nil {
		return "", fmt.Errorf("draw %s: %w", name, err)
	}
	svg := v.String()
	if err := checkDrawing(svg); err != nil {
		return "", fmt.Errorf("draw %s: %w", name, err)
	}
	return template.HTML(svg), nil //nolint:gosec // checkDrawing allows shapes and text only
}

// drawingElements are the elements a drawing may hold: shapes and text, nothing
// that loads, links or runs.
var drawingElements = wordSet("svg g defs clipPath path rect circle ellipse line polyline polygon text tspan")

// drawingAttributes are the attributes they may have.
var drawingAttributes = wordSet(`width height viewBox version baseProfile xmlns xlink id transform style
	d x y x1 y1 x2 y2 cx cy r rx ry points dx dy fill fill-opacity fill-rule stroke stroke-width stroke-opacity stroke-dasharray
	stroke-dashoffset stroke-linecap stroke-linejoin stroke-miterlimit opacity clip-path clip-rule visibility
	text-anchor dominant-baseline alignment-baseline font-size font-family font-weight font-style xml:space space
	paint-order shape-rendering pointer-events cursor`)

func wordSet(s string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(s) {
		set[w] = true
	}
	return set
}

// checkDrawing refuses a drawing with anything in it that is not on the lists.
// ECharts escapes the text it draws; this is the second lock on that door, as
// the drawing goes into the page as it is.
func checkDrawing(svg string) error {
	dec := xml.NewDecoder(strings.NewReader(svg))
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the drawing is not well formed: %w", err)
		}
		switch t := tok.(type) {
		case xml.StartElement:
			if !drawingElements[t.Name.Local] {
				return fmt.Errorf("the drawing holds an element <%s>", t.Name.Local)
			}
			for _, a := range t.Attr {
				if !drawingAttributes[a.Name.Local] {
					return fmt.Errorf("the drawing holds an attribute %s", a.Name.Local)
				}
				if strings.Contains(a.Value, "url(") && !strings.HasPrefix(a.Value, "url(#") {
					return fmt.Errorf("the drawing refers to something outside in %s", a.Name.Local)
				}
			}
		case xml.Comment, xml.ProcInst, xml.Directive:
			return errors.New("the drawing holds something that is neither a shape nor text")
		}
	}
}
