package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/amassable/greybook/data"
)

// normaliseTexts parses each distinct item, variant and price text of raw once and
// leaves the answers in file_item, file_variant and file_price.
func (l *load) normaliseTexts(ctx context.Context) error {
	for _, f := range []func(context.Context) error{l.items, l.variants, l.prices} {
		if err := f(ctx); err != nil {
			return err
		}
	}
	return nil
}

// items matches the distinct pairs of style code and title that are new to the book.
// One that the book has keeps the style that it has there, as its other sales do,
// until Resolve looks again.
func (l *load) items(ctx context.Context) error {
	rows, err := l.s.Query(ctx, `
		WITH top AS (SELECT coalesce(max(item_no), 0) AS n FROM store.item)
		SELECT t.style_code, t.title, coalesce(i.item_no, 0), coalesce(s.style_id, ''), top.n
		FROM text_item t CROSS JOIN top
		LEFT JOIN store.item i ON coalesce(i.style_text, '') = t.style_code AND coalesce(i.title, '') = t.title
		LEFT JOIN styles s ON s.style_no = i.style_no
		ORDER BY t.style_code, t.title`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var cells, guesses [][]data.Cell
	next := int64(0)
	for rows.Next() {
		var styleText, title string
		var no, top int64
		var m match
		if err := rows.Scan(&styleText, &title, &no, &m.styleID, &top); err != nil {
			return err
		}
		code, name := l.p.text(styleText, "style_code"), l.p.text(title, "title")
		isNew := no == 0
		if isNew {
			next++
			no = top + next
			m = l.matcher.match(code, name, l.p)
			guesses = append(guesses, l.guessCells(no, m.guesses)...)
		}
		reason := ""
		if code == "" && name == "" {
			reason = "no_style_or_title"
		}
		style := l.styles[m.styleID]
		released := ""
		if style.Precision == "day" {
			released = style.ReleaseDate.String()
		}
		cells = append(cells, []data.Cell{data.Text(styleText), data.Text(title), data.BigInt(no), data.Bool(isNew),
			data.NullBigInt(l.styleNo[m.styleID]), data.NullText(released), data.NullText(m.model), data.NullText(m.version),
			data.NullText(m.audience), data.NullText(m.width), data.Text(m.method), data.Text(scoreText(m.score)),
			data.Text(data.NormalizeCode(cleanText(code)) + "\x1f" + cleanText(name)), data.NullText(reason), data.BigInt(titleFlags(title))})
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := l.s.LoadTemp(ctx, "file_guess", guessColumns, guesses); err != nil {
		return err
	}
	return l.s.LoadTemp(ctx, "file_item", `style_text VARCHAR, title VARCHAR, item_no BIGINT, is_new BOOLEAN, style_no BIGINT, released VARCHAR,
		model VARCHAR, version VARCHAR, audience VARCHAR, width VARCHAR, match_method VARCHAR, match_score VARCHAR, item_key VARCHAR, reason VARCHAR, flags BIGINT`, cells)
}

// variants parses the distinct combinations of size, condition, currency and the
// like. Several texts may come to the same variant.
func (l *load) variants(ctx context.Context) error {
	known, top, err := l.knownVariants(ctx)
	if err != nil {
		return err
	}
	chart, err := readSizes(ctx, l.s)
	if err != nil {
		return err
	}
	rows, err := l.s.Query(ctx, `SELECT size, condition, currency, marketplace, price_basis, quantity, made_in FROM text_variant ORDER BY ALL`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var cells [][]data.Cell
	for rows.Next() {
		var t [7]string
		if err := rows.Scan(&t[0], &t[1], &t[2], &t[3], &t[4], &t[5], &t[6]); err != nil {
			return err
		}
		v := l.p.variantOf(chart, t[0], t[1], t[2], t[3], t[4], t[5], t[6])
		id := v.identity()
		no, isNew := known[id], false
		if no == 0 && v.fault.reason == "" {
			top++
			no, isNew = top, true
			known[id] = no
		}
		row := []data.Cell{}
		for _, x := range t {
			row = append(row, data.Text(x))
		}
		cells = append(cells, append(row, data.BigInt(no), data.Bool(isNew), data.Text(v.marketplace), data.NullText(v.sizeLabel),
			data.NullText(v.size.us), data.NullText(v.size.system), data.NullText(v.size.width), data.Text(v.condition), data.NullText(v.conditionLabel),
			data.Text(v.currency), data.Text(v.priceBasis), data.NullText(v.madeIn), data.Text(v.key()),
			data.NullText(v.fault.reason), data.NullText(v.fault.field), data.NullText(v.fault.value)))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return l.s.LoadTemp(ctx, "file_variant", `size VARCHAR, condition_text VARCHAR, currency_text VARCHAR, marketplace_text VARCHAR, basis_text VARCHAR,
		quantity VARCHAR, made_in_text VARCHAR, variant_no BIGINT, is_new BOOLEAN, marketplace VARCHAR, size_label VARCHAR, size_us VARCHAR,
		size_system VARCHAR, width VARCHAR, condition VARCHAR, condition_label VARCHAR, currency VARCHAR, price_basis VARCHAR, made_in VARCHAR,
		variant_key VARCHAR, reason VARCHAR, field VARCHAR, value VARCHAR`, cells)
}

// identity tells variants of the book apart: unlike key it keeps labels, and what they
// were read as, for a bare "42" is another size in another source.
func (v variant) identity() string {
	return strings.Join([]string{v.marketplace, v.sizeLabel, v.size.us, v.size.system, v.size.width, v.condition, v.conditionLabel, v.currency, v.priceBasis, v.madeIn}, "\x1f")
}

func (l *load) knownVariants(ctx context.Context) (known map[string]int64, top int64, err error) {
	rows, err := l.s.Query(ctx, `SELECT variant_no, marketplace, coalesce(size_label, ''), coalesce(size_us::VARCHAR, ''), coalesce(size_system, ''), coalesce(width, ''), condition, coalesce(condition_label, ''), currency, price_basis, coalesce(made_in, '')
		FROM store.variant ORDER BY variant_no`)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	known = map[string]int64{}
	for rows.Next() {
		var no int64
		var v variant
		if err := rows.Scan(&no, &v.marketplace, &v.sizeLabel, &v.size.us, &v.size.system, &v.size.width, &v.condition, &v.conditionLabel, &v.currency, &v.priceBasis, &v.madeIn); err != nil {
			return nil, 0, err
		}
		v.size.us = strings.TrimSuffix(v.size.us, ".0") // as labels are read
		known[v.identity()] = no
		top = no
	}
	return known, top, rows.Err()
}

// prices parses the distinct texts of sale and retail prices.
func (l *load) prices(ctx context.Context) error {
	rows, err := l.s.Query(ctx, `SELECT price FROM text_price ORDER BY 1`)
	if err != nil {
		return err
	}
	defer rows.Close()
	var cells [][]data.Cell
	for rows.Next() {
		var t string
		if err := rows.Scan(&t); err != nil {
			return err
		}
		a, reason := l.p.Money.parse(l.p.text(t, "price"))
		amount, whole := "", ""
		if reason == "" {
			amount, whole = a.amount.String(), a.whole.String()
		}
		cells = append(cells, []data.Cell{data.Text(t), data.NullText(amount), data.NullText(whole), data.Bool(a.rounded), data.NullText(reason)})
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return l.s.LoadTemp(ctx, "file_price", "price VARCHAR, amount VARCHAR, whole VARCHAR, rounded BOOLEAN, reason VARCHAR", cells)
}

// stage makes the view priced: the file's records as typed rows with identity and
// price, and whether something is wrong with them.
//
// Note: it is no table. That would be rows of a hundred bytes for each of millions of
// records, in memory beside the records themselves, to be read once.
func (l *load) stage(ctx context.Context) error {
	for _, q := range []string{
		`CREATE OR REPLACE TEMP TABLE price_of AS SELECT price, hash(price) AS hash, amount::DECIMAL(12,2) AS amount, whole::DECIMAL(12,2) AS whole_price, ` + sentinelNines + ` AS nines,
			CASE WHEN rounded THEN ` + fmt.Sprint(data.FlagPriceRounded) + ` ELSE 0 END AS flags, reason FROM file_price`,
		`CREATE OR REPLACE TEMP TABLE item_of AS SELECT hash(style_text, title) AS hash, item_no::INTEGER AS item_no, style_no::INTEGER AS style_no,
			released::DATE AS released, item_key, reason, flags FROM file_item`,
		`CREATE OR REPLACE TEMP TABLE variant_of AS SELECT hash(size, condition_text, currency_text, marketplace_text, basis_text, quantity, made_in_text) AS hash,
			variant_no::INTEGER AS variant_no, currency, concat('id', chr(31), ` + quoteText(orText(l.p.Identity.Source, l.p.Name)) + `, chr(31), marketplace, chr(31)) AS id_key,
			concat(chr(31), variant_key, chr(31)) AS variant_key, reason, field, value, ` + leastNines() + ` AS nines FROM file_variant`,
	} {
		if err := l.s.Exec(ctx, q); err != nil {
			return err
		}
	}
	if err := data.BuildIntervals(ctx, l.s); err != nil {
		return err
	}
	if err := l.s.Get(ctx, []any{&l.foreign}, "SELECT coalesce(bool_or(currency <> 'USD'), false) FROM variant_of WHERE reason IS NULL"); err != nil {
		return err
	}
	if err := l.toPrice(ctx, "raw"); err != nil {
		return err
	}
	if err := data.PriceSales(ctx, l.s, l.foreign); err != nil {
		return err
	}
	return l.findRefused(ctx)
}

// toPrice makes the view to_price of the records in from.
func (l *load) toPrice(ctx context.Context, from string) error {
	return l.s.Exec(ctx, "CREATE OR REPLACE TEMP VIEW to_price AS SELECT * EXCLUDE (reason, field, value), reason IS NOT NULL AS refused FROM ("+l.stageQuery(from)+")")
}

// findRefused makes the table refused of the ids of records that are refused for what
// they say. Where no distinct text and no time is at fault, there is none.
func (l *load) findRefused(ctx context.Context) error {
	var faults int64
	if err := l.s.Get(ctx, []any{&faults}, `SELECT (SELECT count(*) FROM item_of WHERE reason IS NOT NULL) + (SELECT count(*) FROM variant_of WHERE reason IS NOT NULL)
		+ (SELECT count(*) FROM price_of WHERE reason IS NOT NULL) + (SELECT count(*) FROM raw WHERE sold_at IS NULL OR NOT `+plausibleTime+` OR refuse IS NOT NULL)`); err != nil {
		return err
	}
	which := "FROM to_price WHERE refused"
	if faults == 0 {
		which = "FROM raw LIMIT 0"
	}
	if err := l.s.Exec(ctx, "CREATE OR REPLACE TEMP TABLE refused AS SELECT id "+which); err != nil {
		return err
	}
	return l.s.Get(ctx, []any{&l.refused}, "SELECT count(*) FROM refused")
}

// stageQuery joins raw with what its texts mean. A synthetic record is never the same
// as one that is not, whatever else they share. Its pieces are expressions of
// this file, chosen by the profile; no text of the input is part of it.
func (l *load) stageQuery(from string) string {
	retail, retailFlag, join := "NULL::DECIMAL(12,2)", "0", ""
	if l.p.Fields["retail"] != "" {
		retail, retailFlag = l.p.retailColumns()
		join = "JOIN price_of q ON q.hash = r.retail_hash"
	}
	made := "''"
	if l.p.Synthetic.Column != "" && slices.Contains(l.f.header, l.p.Synthetic.Column) {
		made = "CASE WHEN synthetic THEN 'synthetic ' ELSE '' END"
	}
	return fmt.Sprintf(`
WITH typed AS (
    SELECT r.id, r.line, r.sale_id AS source_sale_id,
           r.sold_text, r.sold_at, r.sold_precision,
           i.item_no, i.style_no, i.released, i.item_key, i.reason AS item_reason,
           v.variant_no, v.currency, v.id_key, v.variant_key, v.reason AS variant_reason, v.field AS variant_field, v.value AS variant_value,
           p.amount AS sale_price, %s AS key_price, p.reason AS price_reason, p.price AS price_text, %s AS source_retail,
           i.flags + p.flags + %s + CASE WHEN p.nines >= v.nines THEN 4 ELSE 0 END AS text_flags,
           r.synthetic, r.refuse
    FROM %s r
    JOIN item_of i ON i.hash = r.item_hash
    JOIN variant_of v ON v.hash = r.variant_hash
    JOIN price_of p ON p.hash = r.price_hash
    %s
), dated AS (
    SELECT *, `+soldOn+` AS sold_on,
           CASE WHEN refuse IS NOT NULL THEN refuse
                WHEN sold_at IS NULL AND sold_text IS NULL THEN 'date_missing'
                WHEN sold_at IS NULL AND %s THEN 'date_ambiguous'
                WHEN sold_at IS NULL THEN 'date_not_understood'
                WHEN NOT `+plausibleTime+` THEN 'date_out_of_range'
                WHEN item_reason IS NOT NULL THEN item_reason
                WHEN variant_reason IS NOT NULL THEN variant_reason
                ELSE price_reason END AS reason
    FROM typed
)
SELECT id, line, source_sale_id, sold_at, sold_precision, sold_on, item_no, style_no, variant_no, currency, sale_price, source_retail, reason,
       CASE WHEN reason IS NULL OR reason = refuse THEN NULL
            WHEN reason LIKE 'date%%' THEN 'sold_at' WHEN reason = item_reason THEN 'style_code'
            WHEN reason = variant_reason THEN variant_field ELSE 'price' END AS field,
       CASE WHEN reason IS NULL OR reason = refuse THEN NULL
            WHEN reason LIKE 'date%%' THEN sold_text WHEN reason = item_reason THEN NULL
            WHEN reason = variant_reason THEN variant_value ELSE price_text END AS value,
       CASE WHEN source_sale_id IS NOT NULL THEN md5_number(concat(%s, id_key, source_sale_id))
            ELSE md5_number(concat(%s, 'row', chr(31), item_key, variant_key, epoch_us(sold_at), chr(31), key_price)) END AS sale_key,
       (CASE WHEN synthetic THEN 1 ELSE 0 END
        + CASE WHEN sold_on < released THEN 2 ELSE 0 END
        + text_flags
        + CASE WHEN sold_on > DATE %s THEN 16 ELSE 0 END) AS base_flags
FROM dated`, l.p.keyPrice(), retail, retailFlag, from, join, l.p.ambiguousDate("sold_text"), made, made, quoteText(l.asOf.String()))
}

// plausibleTime tells a time that a sale can have from a mistake.
const plausibleTime = "(sold_at >= TIMESTAMPTZ '1980-01-01 00:00:00+00' AND sold_at < TIMESTAMPTZ '2200-01-01 00:00:00+00')"

// soldOn is the UTC day of sold_at, whatever the session's zone.
const soldOn = "DATE '1970-01-01' + (epoch_us(sold_at) // 86400000000)::INTEGER"

// missing is an expression that is NULL where the profile says that the text
// means nothing. What has no blank at its ends isn't trimmed: that would write it anew.
func (p *Profile) missing(column string) string {
	expr := fmt.Sprintf("CASE WHEN %[1]s = '' OR starts_with(%[1]s, ' ') OR suffix(%[1]s, ' ') THEN nullif(trim(%[1]s), '') ELSE %[1]s END", column)
	for _, m := range p.Values.Missing {
		expr = "nullif(" + expr + ", " + quoteText(m) + ")"
	}
	return expr
}
