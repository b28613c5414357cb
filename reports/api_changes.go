package reports

import (
	"bytes"
	"cmp"

	"github.com/amassable/greybook/analysis"
)

// generationChanges is what a generation has otherwise than an older one.
type generationChanges struct {
	changed   []bool // by row: it is new, or says something else than before
	withdrawn []int  // rows of the older one whose style, size band and condition have none now
}

// since compares g with an older generation. The day of a row and the version of its
// method are no change of it: a row that says the same a day later has not changed.
func (g *Generation) since(old *Generation) *generationChanges {
	g.changing.Lock()
	defer g.changing.Unlock()
	if c := g.changes[old.digest]; c != nil {
		return c
	}
	c := &generationChanges{changed: make([]bool, len(g.est))}
	i, j := 0, 0
	for i < len(g.est) || j < len(old.est) {
		order := -1
		switch {
		case i == len(g.est):
			order = 1
		case j < len(old.est):
			order = compareGrain(&g.est[i], &old.est[j])
		}
		switch {
		case order < 0:
			c.changed[i] = true
			i++
		case order > 0:
			c.withdrawn = append(c.withdrawn, j)
			j++
		default:
			c.changed[i] = !bytes.Equal(undated(g.rows.rows(i, i+1)), undated(old.rows.rows(j, j+1)))
			i, j = i+1, j+1
		}
	}
	g.changes[old.digest] = c
	return c
}

func compareGrain(a, b *analysis.Estimate) int {
	return cmp.Or(cmp.Compare(a.StyleID, b.StyleID), cmp.Compare(a.SizeBand, b.SizeBand), cmp.Compare(a.Condition, b.Condition))
}

func compareIndexRows(a, b analysis.PublishedIndexRow) int {
	return cmp.Or(cmp.Compare(a.Segment, b.Segment), cmp.Compare(a.Week, b.Week))
}

// undated is a row's JSON without its day and its method. A text cannot look like either
// key: the quotes in it are escaped.
func undated(row []byte) []byte {
	out := make([]byte, 0, len(row))
	for _, key := range []string{`,"as_of":"`, `,"method_version":"`} {
		before, after, found := bytes.Cut(row, []byte(key))
		out = append(out, before...)
		if !found {
			row = nil
			break
		}
		row = after[bytes.IndexByte(after, '"')+1:]
	}
	return append(out, row...)
}
