package reports

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/amassable/greybook/analysis"
)

// ClaimsRows is the answer to `analyze claims` as rows, each verdict before its
// evidence: claim, part (claim, release, version, silhouette), about, verdict, value,
// lo, hi, n, place, probability, as_of, statistic, why, text, source, warnings. Figures
// have four decimals; what the sales don't carry is NULL. The caller releases the
// reader.
func ClaimsRows(mem memory.Allocator, c analysis.Claims) (array.RecordReader, error) {
	text := func(name string) arrow.Field {
		return arrow.Field{Name: name, Type: arrow.BinaryTypes.String, Nullable: true}
	}
	fields := append([]arrow.Field{text("claim"), text("part"), text("about"), text("verdict")}, figures("value", "lo", "hi")...)
	fields = append(fields, arrow.Field{Name: "n", Type: arrow.PrimitiveTypes.Int64}, arrow.Field{Name: "place", Type: arrow.PrimitiveTypes.Int32, Nullable: true})
	fields = append(fields, figures("probability")...)
	fields = append(fields, arrow.Field{Name: "as_of", Type: arrow.FixedWidthTypes.Date32, Nullable: true},
		text("statistic"), text("why"), text("text"), text("source"), warningsField())
	return rowsOf(mem, fields, len(c.Rows), func(i int, f *rowAppender) {
		row := c.Rows[i]
		for _, s := range []string{row.Claim, row.Part, row.About, row.Verdict} {
			f.text(s)
		}
		for _, v := range []*float64{row.Value, row.Lo, row.Hi} {
			f.float(v, 4)
		}
		f.int(int64(row.N))
		f.place(row.Place)
		f.float(row.Probability, 4)
		f.date(row.AsOf)
		for _, s := range []string{row.Statistic, row.Why, row.Text, row.Source} {
			f.text(s)
		}
		f.texts(row.Warnings)
	})
}
