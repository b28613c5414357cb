package analysis

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/amassable/greybook/data"
)

// EstimatesReport says what a publication of estimates changed, by rows.
type EstimatesReport struct {
	Rows, Numbers           int       // published now; of these, with an estimate
	Before                  data.Date // the day that the rows before were as of; zero: there were none
	Added, Removed, Changed int       // against the rows before; all 0 where they are the same
}

// New reports whether anything changed.
func (r EstimatesReport) New() bool { return r.Added+r.Removed+r.Changed > 0 }

// EarlierEstimatesError says that the book has estimates as of a later day.
type EarlierEstimatesError struct{ AsOf, Newest data.Date }

func (e *EarlierEstimatesError) Error() string {
	return fmt.Sprintf("estimates are published as of %s already; those of %s can't follow them", e.Newest, e.AsOf)
}

// PublishEstimates puts the estimates into the book's table estimates, in the place of
// those before, in one transaction; with dryRun, or where nothing would change, the
// book stays as it is. Only the newest stand there: those of any past day can be computed
// again. Errors: *EarlierEstimatesError.
func PublishEstimates(ctx context.Context, b *data.Book, asOf data.Date, est []Estimate, dryRun bool) (EstimatesReport, error) {
	rep := EstimatesReport{Rows: len(est)}
	for _, e := range est {
		if e.AsOf != asOf {
			return rep, fmt.Errorf("publish the estimates: %s is as of %s, not of %s", e.StyleID, e.AsOf, asOf)
		}
		if e.EstimateMinor != nil {
			rep.Numbers++
		}
	}
	s, err := b.Session(ctx)
	if err != nil {
		return rep, err
	}
	defer s.Close()
	if err := loadEstimates(ctx, s, est); err != nil {
		return rep, fmt.Errorf("publish the estimates: %w", err)
	}
	err = s.Tx(ctx, func() error {
		if err := rep.compare(ctx, s, asOf); err != nil {
			return err
		}
		if dryRun || !rep.New() {
			return errNothingPublished
		}
		if err := s.Exec(ctx, "DELETE FROM store.estimate"); err != nil {
			return err
		}
		return s.Exec(ctx, "INSERT INTO store.estimate BY NAME SELECT * FROM new_estimate ORDER BY style_id, size_band NULLS FIRST, condition")
	})
	if errors.Is(err, errNothingPublished) {
		return rep, nil
	}
	if err != nil {
		return rep, fmt.Errorf("publish the estimates: %w", err)
	}
	// It is in the book: an interruption from here on must not be told as one.
	return rep, s.Checkpoint(context.WithoutCancel(ctx))
}

// compare counts what the rows of new_estimate change.
func (r *EstimatesReport) compare(ctx context.Context, s *data.Session, asOf data.Date) error {
	if err := s.Get(ctx, []any{&r.Before}, "SELECT coalesce(max(as_of) - DATE '1970-01-01', 0)::INTEGER FROM store.estimate"); err != nil {
		return err
	}
	if r.Before > asOf {
		return &EarlierEstimatesError{asOf, r.Before}
	}
	return s.Get(ctx, []any{&r.Added, &r.Removed, &r.Changed}, `
		SELECT count(*) FILTER (o.style_id IS NULL), count(*) FILTER (n.style_id IS NULL), count(*) FILTER (n.style_id = o.style_id AND n IS DISTINCT FROM o)
		FROM new_estimate n
		FULL JOIN (SELECT `+estimateNames()+` FROM store.estimate) o
		  ON o.style_id = n.style_id AND o.condition = n.condition AND coalesce(o.size_band, '') = coalesce(n.size_band, '')`)
}

// estimateColumns are the columns of the table, with how the text in which a row is
// loaded becomes the column's type; "" for text. Numbers go as text that reads back to the
// same bits.
var estimateColumns = [][2]string{
	{"style_id", ""}, {"style_code", ""}, {"model", ""}, {"version", ""}, {"colorway", ""}, {"grey_day_year", "INTEGER"}, {"made_in", ""}, {"audience", ""},
	{"size_band", ""}, {"condition", ""}, {"as_of", "DATE"}, {"currency", ""}, {"retail_price_minor", "BIGINT"}, {"estimate_minor", "BIGINT"},
	{"lo_minor", "BIGINT"}, {"hi_minor", "BIGINT"}, {"level", "DOUBLE"}, {"multiple", "DOUBLE"}, {"multiple_lo", "DOUBLE"}, {"multiple_hi", "DOUBLE"},
	{"premium", "DOUBLE"}, {"n_sales", "BIGINT"}, {"n_effective", "DOUBLE"}, {"last_sold_on", "DATE"}, {"basis", ""}, {"grade", ""},
	{"reasons", "VARCHAR[]"}, {"method_version", ""},
}

func estimateNames() string {
	var names []string
	for _, c := range estimateColumns {
		names = append(names, c[0])
	}
	return strings.Join(names, ", ")
}

// loadEstimates makes the temporary table new_estimate.
func loadEstimates(ctx context.Context, s *data.Session, est []Estimate) error {
	var raw, typed []string
	for _, c := range estimateColumns {
		raw = append(raw, c[0]+" VARCHAR")
		switch c[1] {
		case "":
			typed = append(typed, c[0])
		case "VARCHAR[]":
			typed = append(typed, fmt.Sprintf("CASE WHEN %[1]s IS NULL THEN []::VARCHAR[] ELSE string_split(%[1]s, ' ') END AS %[1]s", c[0]))
		default:
			typed = append(typed, fmt.Sprintf("%[1]s::%[2]s AS %[1]s", c[0], c[1]))
		}
	}
	rows := make([][]data.Cell, len(est))
	for i, e := range est {
		rows[i] = e.cells()
	}
	if err := s.LoadTemp(ctx, "raw_estimate", strings.Join(raw, ", "), rows); err != nil {
		return err
	}
	return s.Exec(ctx, "CREATE OR REPLACE TEMP TABLE new_estimate AS SELECT "+strings.Join(typed, ", ")+" FROM raw_estimate")
}

// cells is the row in the order of estimateColumns.
func (e Estimate) cells() []data.Cell {
	texts := func(list ...string) (out []data.Cell) {
		for _, v := range list {
			out = append(out, data.NullText(v))
		}
		return out
	}
	minor := func(list ...*int64) (out []data.Cell) {
		for _, v := range list {
			if v == nil {
				out = append(out, data.NullText(""))
			} else {
				out = append(out, data.Text(strconv.FormatInt(*v, 10)))
			}
		}
		return out
	}
	year := ""
	if e.GreyDayYear != 0 {
		year = strconv.Itoa(e.GreyDayYear)
	}
	return slices.Concat(
		texts(e.StyleID, e.StyleCode, e.Model, e.Version, e.Colorway, year, e.MadeIn, e.Audience, e.SizeBand, e.Condition, e.AsOf.String(), e.Currency),
		minor(e.RetailPriceMinor, e.EstimateMinor, e.LoMinor, e.HiMinor),
		[]data.Cell{exactCell(&e.Level), exactCell(e.Multiple), exactCell(e.MultipleLo), exactCell(e.MultipleHi), exactCell(e.Premium)},
		texts(strconv.Itoa(e.NSales)), []data.Cell{exactCell(&e.NEffective)},
		texts(e.LastSoldOn.String(), e.Basis, e.Grade, strings.Join(e.Reasons, " "), e.MethodVersion))
}
