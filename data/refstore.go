package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"sort"
)

// loadBuiltin puts the built-in reference into a book that has none yet or an
// older one. Facts that runs loaded stay.
func loadBuiltin(ctx context.Context, s *Session) error {
	sum, err := builtinSum()
	if err != nil {
		return err
	}
	have, err := s.book.Meta(ctx, "reference_sha256")
	if err != nil || have == sum {
		return err
	}
	if err := s.Tx(ctx, func() error {
		if err := replaceBuiltin(ctx, s, sum); err != nil || have == "" {
			return err
		}
		return s.setMeta(ctx, resolveDue, "true")
	}); err != nil {
		return fmt.Errorf("load built-in reference: %w", err)
	}
	return s.Checkpoint(ctx)
}

// resolveDue is the fact of a book whose sales were matched with another built-in
// reference than the one it has now.
const resolveDue = "resolve_due"

// ResolveDue reports whether the built-in reference has changed since the book's sales
// were matched.
func (b *Book) ResolveDue(ctx context.Context) (bool, error) {
	due, err := b.Meta(ctx, resolveDue)
	return due == "true", err
}

// Resolved records that the sales were matched with the reference as it is.
func (s *Session) Resolved(ctx context.Context) error {
	return s.Exec(ctx, "DELETE FROM store.meta WHERE name = ?", resolveDue)
}

// replaceBuiltin puts the facts that are built in in the place of those that were.
// Inside a transaction.
func replaceBuiltin(ctx context.Context, s *Session, sum string) error {
	ref, err := BuiltinReference()
	if err != nil {
		return err
	}
	for _, q := range []string{
		// Numbers of styles are kept: sales refer to them.
		"CREATE OR REPLACE TEMP TABLE kept_style_no AS SELECT style_id, style_no FROM styles",
		"DELETE FROM styles WHERE run_id IS NULL",
		"DELETE FROM retail_prices WHERE run_id IS NULL",
		"DELETE FROM grey_days WHERE run_id IS NULL",
		"DELETE FROM aliases WHERE run_id IS NULL",
		"DELETE FROM store.size",
	} {
		if err := s.Exec(ctx, q); err != nil {
			return err
		}
	}
	own, _, err := ReadReference(ctx, s)
	if err != nil {
		return err
	}
	if err := InsertReference(ctx, s, ref.without(own), 0); err != nil {
		return err
	}
	if err := s.Exec(ctx, dropGuesses); err != nil {
		return err
	}
	return s.setMeta(ctx, "reference_sha256", sum)
}

// builtinSum hashes the embedded reference files, in order of their names.
func builtinSum() (string, error) {
	names, err := fs.Glob(referenceFiles, "reference/*.csv")
	if err != nil {
		return "", err
	}
	sort.Strings(names)
	h := sha256.New()
	for _, n := range names {
		b, err := referenceFiles.ReadFile(n)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n", n, len(b))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// without returns r less what have holds already, by the identity of each fact.
func (r Reference) without(have Reference) Reference {
	styles := map[string]bool{}
	for _, s := range have.Styles {
		styles[s.ID] = true
	}
	prices := map[string]bool{}
	for _, p := range have.RetailPrices {
		prices[p.key()] = true
	}
	grey := map[string]bool{}
	for _, g := range have.GreyDays {
		grey[g.StyleID] = true
	}
	alias := map[string]bool{}
	for _, a := range have.Aliases {
		alias[a.Alias] = true
	}
	var out Reference
	for _, s := range r.Styles {
		if !styles[s.ID] {
			out.Styles = append(out.Styles, s)
		}
	}
	for _, p := range r.RetailPrices {
		if !prices[p.key()] {
			out.RetailPrices = append(out.RetailPrices, p)
		}
	}
	for _, g := range r.GreyDays {
		if !grey[g.StyleID] {
			out.GreyDays = append(out.GreyDays, g)
		}
	}
	for _, a := range r.Aliases {
		if !alias[a.Alias] {
			out.Aliases = append(out.Aliases, a)
		}
	}
	out.CoreGreys, out.Sizes = r.CoreGreys, r.Sizes
	return out
}

func (p RetailPrice) key() string {
	return p.StyleID + "\x00" + p.Currency + "\x00" + p.EffectiveFrom.String()
}

// InsertReference adds facts to the book; runID 0 marks them as built in. The
// caller has made sure that none of them is there. Run it inside a transaction.
func InsertReference(ctx context.Context, s *Session, r Reference, runID int64) error {
	core := map[string]bool{}
	for _, c := range r.CoreGreys {
		core[c.StyleID] = true
	}
	var styles, prices, grey, alias, sizes [][]Cell
	run := NullBigInt(runID)
	for _, t := range r.Styles {
		styles = append(styles, []Cell{Text(t.ID), NullText(t.Code), NullText(t.Model), NullText(t.Version), NullText(t.Colorway),
			NullText(t.ReleaseDate.String()), NullText(t.Precision), NullText(t.MadeIn), NullText(t.Audience), NullText(t.Collab),
			Bool(core[t.ID]), Text(t.Source), Text(t.Confidence), run})
	}
	for _, p := range r.RetailPrices {
		prices = append(prices, []Cell{Text(p.StyleID), NullText(p.EffectiveFrom.String()), Text(p.Price.String()), Text(p.Currency), Text(p.Source), Text(p.Confidence), run})
	}
	for _, g := range r.GreyDays {
		grey = append(grey, []Cell{NullBigInt(g.Year), NullText(g.Date.String()), Text(g.StyleID), Text(g.Source), Text(g.Confidence), run})
	}
	for _, a := range r.Aliases {
		alias = append(alias, []Cell{Text(a.Alias), Text(a.StyleID), Text(a.Source), run})
	}
	for _, z := range r.Sizes {
		sizes = append(sizes, []Cell{Text(z.Audience), Text(z.USMen.String()), NullText(z.UK), NullText(z.EU), NullText(z.CM), Text(z.Source), Text(z.Confidence)})
	}
	steps := []struct {
		table, columns, insert string
		rows                   [][]Cell
	}{
		{"in_styles", `style_id VARCHAR, style_code VARCHAR, model VARCHAR, version VARCHAR, colorway VARCHAR, release_date VARCHAR,
			release_precision VARCHAR, made_in VARCHAR, audience VARCHAR, collab VARCHAR, core_grey BOOLEAN, source VARCHAR, confidence VARCHAR, run_id BIGINT`,
			insertStyles, styles},
		{"in_prices", `style_id VARCHAR, effective_from VARCHAR, retail_price VARCHAR, currency VARCHAR, source VARCHAR, confidence VARCHAR, run_id BIGINT`,
			`INSERT INTO retail_prices SELECT style_id, effective_from::DATE, retail_price::DECIMAL(12,2), currency, source, confidence, run_id FROM in_prices`, prices},
		{"in_grey", `year BIGINT, date VARCHAR, style_id VARCHAR, source VARCHAR, confidence VARCHAR, run_id BIGINT`,
			`INSERT INTO grey_days SELECT year::SMALLINT, date::DATE, style_id, source, confidence, run_id FROM in_grey`, grey},
		{"in_alias", `alias VARCHAR, style_id VARCHAR, source VARCHAR, run_id BIGINT`,
			`INSERT INTO aliases SELECT alias, style_id, source, 'medium', run_id FROM in_alias`, alias},
		{"in_sizes", `audience VARCHAR, us VARCHAR, uk VARCHAR, eu VARCHAR, cm VARCHAR, source VARCHAR, confidence VARCHAR`,
			`INSERT INTO store.size SELECT audience, us::DECIMAL(4,1), uk, eu, cm, source, confidence FROM in_sizes`, sizes},
	}
	if err := s.Exec(ctx, "CREATE TEMP TABLE IF NOT EXISTS kept_style_no (style_id VARCHAR, style_no INTEGER)"); err != nil {
		return err
	}
	for _, st := range steps {
		if len(st.rows) == 0 {
			continue
		}
		if err := s.LoadTemp(ctx, st.table, st.columns, st.rows); err != nil {
			return err
		}
		if err := s.Exec(ctx, st.insert); err != nil {
			return fmt.Errorf("%s: %w", st.table, err)
		}
	}
	return nil
}

// insertStyles numbers new styles after the highest number in use, in the order
// of their ids, and gives a style that was there before its old number.
const insertStyles = `
INSERT INTO styles
WITH top AS (SELECT greatest(coalesce((SELECT max(style_no) FROM styles), 0), coalesce((SELECT max(style_no) FROM kept_style_no), 0)) AS n)
SELECT coalesce(k.style_no, top.n + row_number() OVER (ORDER BY i.style_id))::INTEGER,
       i.style_id, i.style_code, i.model, i.version, i.colorway, i.release_date::DATE, i.release_precision,
       i.made_in, i.audience, i.collab, i.core_grey, i.source, i.confidence, i.run_id
FROM in_styles i CROSS JOIN top LEFT JOIN kept_style_no k ON k.style_id = i.style_id
ORDER BY i.style_id`

// ReadReference returns the facts that the book holds, each list sorted by its
// key, and the numbers of the styles by their ids.
func ReadReference(ctx context.Context, s *Session) (r Reference, styleNo map[string]int, err error) {
	each := func(query string, dest []any, row func()) error {
		rows, err := s.Query(ctx, query)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			if err := rows.Scan(dest...); err != nil {
				return err
			}
			row()
		}
		return rows.Err()
	}
	var t Style
	var core bool
	var no int
	var day string
	styleNo = map[string]int{}
	err = each(`SELECT style_no, style_id, coalesce(style_code, ''), coalesce(model, ''), coalesce(version, ''), coalesce(colorway, ''),
			coalesce(release_date::VARCHAR, ''), coalesce(release_precision, ''), coalesce(made_in, ''), coalesce(audience, ''), coalesce(collab, ''), core_grey, source, confidence
		FROM styles ORDER BY style_id`,
		[]any{&no, &t.ID, &t.Code, &t.Model, &t.Version, &t.Colorway, &day, &t.Precision, &t.MadeIn, &t.Audience, &t.Collab, &core, &t.Source, &t.Confidence},
		func() {
			t.ReleaseDate = storedDate(day)
			r.Styles = append(r.Styles, t)
			styleNo[t.ID] = no
			if core {
				r.CoreGreys = append(r.CoreGreys, CoreGrey{t.ID, t.Source, t.Confidence})
			}
		})
	if err != nil {
		return r, nil, err
	}
	var p RetailPrice
	var hundredths int64
	err = each(`SELECT style_id, coalesce(effective_from::VARCHAR, ''), (retail_price * 100)::BIGINT, currency, source, confidence
		FROM retail_prices ORDER BY style_id, currency, effective_from`,
		[]any{&p.StyleID, &day, &hundredths, &p.Currency, &p.Source, &p.Confidence},
		func() {
			p.EffectiveFrom, p.Price = storedDate(day), Amount(hundredths)
			r.RetailPrices = append(r.RetailPrices, p)
		})
	if err != nil {
		return r, nil, err
	}
	var g GreyDay
	err = each(`SELECT coalesce(year, 0), coalesce(date::VARCHAR, ''), style_id, source, confidence FROM grey_days ORDER BY style_id`,
		[]any{&g.Year, &day, &g.StyleID, &g.Source, &g.Confidence},
		func() { g.Date = storedDate(day); r.GreyDays = append(r.GreyDays, g) })
	if err != nil {
		return r, nil, err
	}
	var a Alias
	err = each(`SELECT alias, style_id, source FROM aliases ORDER BY alias, style_id`, []any{&a.Alias, &a.StyleID, &a.Source},
		func() { r.Aliases = append(r.Aliases, a) })
	return r, styleNo, err
}

// storedDate reads a day that the engine wrote; "" is none.
func storedDate(s string) Date {
	var d Date
	_ = d.UnmarshalText([]byte(s)) // the engine writes ISO 8601
	return d
}
