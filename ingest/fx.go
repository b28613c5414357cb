package ingest

import (
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/cockroachdb/apd/v3"

	"github.com/amassable/greybook/data"
)

// rate is one exchange rate on its way into the book.
type rate struct {
	date, currency, usd string // usd per unit, ten decimals
	line                int64
	raw                 string
}

var (
	plainRate    = regexp.MustCompile(`^\d{1,8}(\.\d{1,30})?$`)
	currencyCode = regexp.MustCompile(`^[A-Z]{3}$`)
)

// readRates reads exchange rates: the ECB's wide historical file (a Date column and
// one column per currency, units per euro) or date, currency, usd_per_unit. The
// ECB's rates are crossed through the dollar of the same day; a day without a
// dollar rate gives none.
func readRates(f *file) (rates []rate, bad []reject, wide bool, err error) {
	if err := f.use(&Profile{}); err != nil {
		return nil, nil, false, err
	}
	// The ECB ends each line with a comma: a last column without a name.
	header := f.header
	if n := len(header); n > 0 && header[n-1] == "" {
		header = header[:n-1]
	}
	at := f.columns()
	wide = slices.Contains(header, "Date") && slices.Contains(header, "USD")
	long := slices.Contains(header, "date") && slices.Contains(header, "currency") && slices.Contains(header, "usd_per_unit")
	if !wide && !long {
		return nil, nil, false, fmt.Errorf("%s: neither the ECB's historical file (Date, USD, …) nor date, currency, usd_per_unit", f.path)
	}
	bad, err = f.records(func(rec record) (reject, error) {
		var got []rate
		var why reject
		if wide {
			got, why = wideRates(rec, header, at)
		} else {
			got, why = longRate(rec, at)
		}
		if why.reason == "" {
			rates = append(rates, got...)
		}
		return why, nil
	})
	return rates, bad, wide, err
}

func longRate(rec record, at map[string]int) ([]rate, reject) {
	day, cur, usd := strings.TrimSpace(rec.fields[at["date"]]), strings.TrimSpace(rec.fields[at["currency"]]), strings.TrimSpace(rec.fields[at["usd_per_unit"]])
	if _, err := data.ParseDate(day); err != nil {
		return nil, reject{column: "date", reason: "date_not_understood", value: day}
	}
	if !currencyCode.MatchString(cur) {
		return nil, reject{column: "currency", reason: "unknown_currency", value: cur}
	}
	per, err := perUnit(usd)
	if err != nil {
		return nil, reject{column: "usd_per_unit", reason: "rate_not_a_number", value: usd}
	}
	return []rate{{day, cur, per, rec.line, rec.raw}}, reject{}
}

func wideRates(rec record, header []string, at map[string]int) ([]rate, reject) {
	day := strings.TrimSpace(rec.fields[at["Date"]])
	if _, err := data.ParseDate(day); err != nil {
		return nil, reject{column: "Date", reason: "date_not_understood", value: day}
	}
	usd := strings.TrimSpace(rec.fields[at["USD"]])
	euro, err := perUnit(usd)
	if err != nil {
		return nil, reject{column: "USD", reason: "rate_not_a_number", value: usd}
	}
	out := []rate{{day, "EUR", euro, rec.line, rec.raw}}
	for i, cur := range header {
		text := strings.TrimSpace(rec.fields[i])
		if cur == "Date" || cur == "USD" || !currencyCode.MatchString(cur) || text == "" || text == "N/A" {
			continue
		}
		per, err := divide(usd, text)
		if err != nil {
			return nil, reject{column: cur, reason: "rate_not_a_number", value: text}
		}
		out = append(out, rate{day, cur, per, rec.line, rec.raw})
	}
	return out, reject{}
}

// perUnit is a rate as it is written, rounded to ten decimals if it has more.
func perUnit(text string) (string, error) {
	rounded, err := divide(text, "1")
	if _, decimals, _ := strings.Cut(text, "."); err == nil && len(decimals) <= 10 {
		return text, nil
	}
	return rounded, err
}

// divide returns a over b to ten decimals, exactly rounded: a rate as the book keeps
// it, which is more than nothing and less than 100 million.
func divide(a, b string) (string, error) {
	if !plainRate.MatchString(a) || !plainRate.MatchString(b) {
		return "", fmt.Errorf("%q over %q is no rate", a, b)
	}
	x, _, err := apd.NewFromString(a)
	if err != nil {
		return "", err
	}
	y, _, err := apd.NewFromString(b)
	if err != nil || y.IsZero() {
		return "", fmt.Errorf("%q is no rate", b)
	}
	c := apd.BaseContext.WithPrecision(60)
	var q, out apd.Decimal
	if _, err := c.Quo(&q, x, y); err != nil {
		return "", err
	}
	if _, err := c.Quantize(&out, &q, -10); err != nil {
		return "", err
	}
	if out.Sign() <= 0 || out.Cmp(mostRate) >= 0 {
		return "", fmt.Errorf("%q over %q is no rate", a, b)
	}
	return out.Text('f'), nil
}

var mostRate = apd.New(1, 8)

// Rates reads files of exchange rates into fx_rates. A rate that the book has for
// the same day and currency is known, or rejected when it is another one. The
// source of a file in the ECB's form is the ECB, of another its name.
func (j *Job) Rates(ctx context.Context, files []string) (int64, []FileReport, error) {
	return j.reference(ctx, "ingest fx", files, func(ctx context.Context, s *data.Session, f *file, rep *FileReport, run int64) ([]reject, error) {
		rates, bad, wide, err := readRates(f)
		if err != nil {
			return nil, err
		}
		source := filepath.Base(f.path)
		if wide {
			source = "European Central Bank, euro foreign exchange reference rates (" + source + ")"
		}
		rep.Profile = "fx"
		rep.Read = int64(len(rates) + len(bad))
		var cells [][]data.Cell
		for _, r := range rates {
			cells = append(cells, []data.Cell{data.BigInt(r.line), data.Text(r.date), data.Text(r.currency), data.Text(r.usd), data.Text(r.raw)})
		}
		if err := s.LoadTemp(ctx, "in_fx", "line BIGINT, date VARCHAR, currency VARCHAR, usd VARCHAR, raw VARCHAR", cells); err != nil {
			return nil, err
		}
		clash, err := clashes(ctx, s)
		if err != nil {
			return nil, err
		}
		rep.Added, err = s.ExecCount(ctx, `INSERT INTO fx_rates
			SELECT date::DATE, currency, usd::DECIMAL(18,10), ?, 'high', ? FROM in_fx
			WHERE NOT clashes AND NOT EXISTS (SELECT 1 FROM fx_rates r WHERE r.date = in_fx.date::DATE AND r.currency = in_fx.currency)
			QUALIFY row_number() OVER (PARTITION BY date, currency ORDER BY line) = 1
			ORDER BY date, currency`, source, run)
		if err != nil {
			return nil, err
		}
		return append(bad, clash...), nil
	})
}

// clashes marks the rates that contradict the book, or an earlier line of their
// file, and returns them as rejects.
func clashes(ctx context.Context, s *data.Session) ([]reject, error) {
	if err := s.Exec(ctx, `CREATE OR REPLACE TEMP TABLE in_fx AS
		SELECT i.*, coalesce(r.usd_per_unit, first_value(i.usd::DECIMAL(18,10)) OVER (PARTITION BY i.date, i.currency ORDER BY i.line)) <> i.usd::DECIMAL(18,10) AS clashes
		FROM in_fx i LEFT JOIN fx_rates r ON r.date = i.date::DATE AND r.currency = i.currency`); err != nil {
		return nil, err
	}
	rows, err := s.Query(ctx, "SELECT line, currency, usd, raw FROM in_fx WHERE clashes ORDER BY line, currency")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []reject
	for rows.Next() {
		r := reject{reason: "rate_conflict"}
		if err := rows.Scan(&r.line, &r.column, &r.value, &r.raw); err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}
