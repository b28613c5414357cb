package reports

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// marketIndex answers /v1/index.
func (a *API) marketIndex(q *apiRequest) (*apiReply, error) {
	kind, err := acceptable(q, rowTypes)
	if err != nil {
		return nil, err
	}
	since, err := readDay(q.params, "since")
	if err != nil {
		return nil, err
	}
	until, err := readDay(q.params, "until")
	if err != nil {
		return nil, err
	}
	if !until.IsZero() && since > until {
		return nil, badParameter("since", "is %s, after until, %s", since, until)
	}
	g, segment := q.gen, q.params["segment"]
	if segment != "" {
		if err := oneOf("segment", segment, g.segments); err != nil {
			return nil, err
		}
	}
	return &apiReply{kind: kind, key: kind + q.RequestURI, make: func(rep *apiReply) error {
		rows := rowChoice{to: len(g.index)}.where(func(i int) bool {
			r := g.index[i]
			return (segment == "" || r.Segment == segment) && r.Week.AddDays(6) >= since && (until.IsZero() || r.Week <= until)
		})
		if kind != apiJSON {
			return rep.rowsAs(&g.points, rows, func() (array.RecordReader, error) {
				return PublishedIndexRows(memory.DefaultAllocator, pick(g.index, rows))
			})
		}
		b := append(make([]byte, 0, 512), g.envelope...)
		b = strconv.AppendInt(append(b, `,"count":`...), int64(rows.len()), 10)
		rep.parts = rows.array(append(b, `,"index":[`...), &g.points)
		return nil
	}}, nil
}
