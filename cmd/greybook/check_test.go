package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amassable/greybook/data"
	"github.com/amassable/greybook/data/sample"
)

// sampleBook ingests a small sample, rates first, and returns the book's path.
func sampleBook(t *testing.T, o sample.Options) (path string, made sample.Sample) {
	t.Helper()
	ref, err := data.BuiltinReference()
	if err != nil {
		t.Fatal(err)
	}
	if made, err = sample.Generate(ref, o); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := made.Write(dir); err != nil {
		t.Fatal(err)
	}
	path = filepath.Join(dir, "book.duckdb")
	b := openTestBook(t, path)
	loadRates(t, b, made)
	for i, name := range []string{sample.GOATFile, sample.StockXFile, sample.KREAMFile} {
		load(t, b, i, filepath.Join(dir, name))
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	return path, made
}

// loadRates puts the sample's rates into the book.
//
// Note: by hand, until `ingest fx` does it.
func loadRates(t *testing.T, b *data.Book, made sample.Sample) {
	t.Helper()
	var rows [][]data.Cell
	for _, f := range made.Files {
		if f.Name != sample.FXFile {
			continue
		}
		for line := range strings.Lines(string(f.Body)) {
			v := strings.Split(strings.TrimSpace(line), ",")
			rows = append(rows, []data.Cell{data.Text(v[0]), data.Text(v[1]), data.Text(v[2])})
		}
	}
	s := testSession(t, b)
	defer s.Close()
	if err := s.LoadTemp(t.Context(), "in_fx", "date VARCHAR, currency VARCHAR, rate VARCHAR", rows[1:]); err != nil {
		t.Fatal(err)
	}
	if err := s.Exec(t.Context(), "INSERT INTO fx_rates SELECT date::DATE, currency, rate::DECIMAL(18,10), 'synthetic sample', 'low', NULL FROM in_fx"); err != nil {
		t.Fatal(err)
	}
}

// unguarded is how a table loses the constraints that keep the book sound, as a
// stray client could do it.
func unguarded(table string) string {
	return "CREATE TABLE loose AS SELECT * FROM " + table + "; DROP TABLE " + table + "; ALTER TABLE loose RENAME TO " + table
}

// corruptions break each invariant in a book of the sample. The name before a
// space is that of the check.
var corruptions = map[string]string{
	"sale_keys_are_unique":         "INSERT INTO store.sale SELECT * FROM store.sale LIMIT 1",
	"files_add_up":                 unguarded("run_files") + "; UPDATE run_files SET read = read + 1 WHERE file_no = 1",
	"files_add_up negative":        "UPDATE run_files SET known = -1, read = added + rejected - 1 WHERE file_no = 1",
	"files_are_of_runs":            "UPDATE run_files SET run_id = 77 WHERE file_no = 1",
	"files_are_of_runs twice":      "INSERT INTO runs SELECT * FROM runs LIMIT 1",
	"sales_match_the_ledger":       "DELETE FROM store.sale WHERE line = (SELECT min(line) FROM store.sale)",
	"sales_match_the_ledger back":  "UPDATE runs SET reverted_at = started_at WHERE run_id = 2",
	"rejects_match_the_ledger":     "DELETE FROM store.reject WHERE line = (SELECT min(line) FROM store.reject)",
	"rejects_match_the_ledger own": "INSERT INTO store.reject VALUES (99, 1, NULL, 'x', NULL, 'x')",
	"sales_refer_to_rows item":     "DELETE FROM store.item WHERE item_no = (SELECT min(item_no) FROM store.sale)",
	"sales_refer_to_rows variant":  "DELETE FROM store.variant WHERE variant_no = (SELECT min(variant_no) FROM store.sale)",
	"sales_refer_to_rows file":     "DELETE FROM run_files WHERE file_no = 1",
	"sales_refer_to_rows style":    "DELETE FROM styles WHERE style_no = (SELECT min(style_no) FROM store.sale)",
	"guesses_refer_to_rows item":   "INSERT INTO store.guess VALUES (9999, 1, 1, 0.5)",
	"guesses_refer_to_rows style":  "INSERT INTO store.guess SELECT min(item_no), 1, 9999, 0.5 FROM store.item WHERE style_no IS NULL",
	"guesses_refer_to_rows known":  "INSERT INTO store.guess SELECT min(item_no), 1, 1, 0.5 FROM store.item WHERE style_no IS NOT NULL",
	"guesses_refer_to_rows order":  "UPDATE store.guess SET score = 0.01 WHERE rank = 1",
	"sale_numbers_name_one_row":    "INSERT INTO store.variant SELECT * FROM store.variant LIMIT 1",
	"sale_styles_are_their_items":  "UPDATE store.sale SET style_no = style_no + 1 WHERE line = 2 AND file_no = 1",
	"multiples_are_quotients":      "UPDATE store.sale SET multiple = multiple + 0.0001 WHERE line = 2 AND file_no = 1",
	"multiples_are_quotients none": "UPDATE store.sale SET multiple = NULL WHERE line = 2 AND file_no = 1",
	"retail_has_its_basis":         "UPDATE store.sale SET retail_basis = 0 WHERE line = 2 AND file_no = 1",
	"retail_has_its_basis own":     "UPDATE store.sale SET retail_basis = 3 WHERE line = 2 AND file_no = 1",
	"currencies_are_codes":         "UPDATE retail_prices SET currency = 'EURO' WHERE style_id = 'M990GL6'",
	"dollar_sales_are_in_dollars":  "UPDATE store.sale SET sale_price_usd = sale_price + 1 WHERE line = 2 AND file_no = 1",
	"sale_days_are_utc":            "UPDATE store.sale SET sold_on = sold_on + 1 WHERE line = 2 AND file_no = 1",
	"flags_are_known":              "UPDATE store.sale SET flags = 1 << 20 WHERE line = 2 AND file_no = 1",
	"observations_leave_out_flags": "UPDATE store.flag SET excludes = true WHERE flag = 'retail_doubtful'",
	"observations_leave_out_flags view": `CREATE OR REPLACE VIEW observations AS SELECT s.sale_key, s.style_no AS style, s.sold_on, s.multiple
		FROM store.sale s WHERE s.multiple IS NOT NULL AND (s.flags & 28 = 0 OR s.flags & 2048 <> 0)`,
	"observations_leave_out_flags released": `CREATE OR REPLACE VIEW observations AS SELECT s.sale_key, s.style_no AS style, s.sold_on, s.multiple
		FROM store.sale s WHERE s.multiple IS NOT NULL AND s.flags & 798 = 0`,
	"price_buckets_count_sales":                  "UPDATE store.price_bucket SET n = n + 1 WHERE bucket = (SELECT max(bucket) FROM store.price_bucket)",
	"price_buckets_count_sales sound":            "UPDATE store.price_bucket SET sound = 0",
	"price_buckets_count_sales none":             "DELETE FROM store.price_bucket WHERE bucket = (SELECT max(bucket) FROM store.price_bucket)",
	"price_buckets_count_sales twice":            "INSERT INTO store.price_bucket SELECT * FROM store.price_bucket LIMIT 1",
	"price_outliers_are_beyond_the_fence":        "UPDATE store.sale SET flags = flags | 256 WHERE line = 2 AND file_no = 1",
	"price_outliers_are_beyond_the_fence bucket": `UPDATE store.price_bucket SET outlier = true WHERE style_no = (SELECT style_no FROM store.price_bucket GROUP BY 1 ORDER BY sum(n) DESC LIMIT 1)`,
	"releases_are_kept":                          "UPDATE store.sale SET flags = flags | 2052 WHERE line = 2 AND file_no = 1",
	"releases_are_kept no cause":                 "UPDATE store.sale SET flags = flags | 2048 WHERE line = 2 AND file_no = 1",
	"releases_are_kept sale":                     "INSERT INTO store.release VALUES (7, 'x', TIMESTAMPTZ '2026-01-01 00:00:00+00', 'x')",
	"releases_are_kept rule":                     "UPDATE store.sale SET flags = flags | 4 WHERE line = 2 AND file_no = 1; INSERT INTO store.release_rule VALUES ('price_sentinel', NULL, 'x', TIMESTAMPTZ '2026-01-01 00:00:00+00', 'x')",
	"releases_are_kept twice":                    "INSERT INTO store.release_rule SELECT 'test_row', NULL, 'x', TIMESTAMPTZ '2026-01-01 00:00:00+00', 'x' FROM range(2)",
	"releases_are_kept flag":                     "INSERT INTO store.release_rule VALUES ('retail_doubtful', NULL, 'x', TIMESTAMPTZ '2026-01-01 00:00:00+00', 'x')",
	"observations_have_multiples": `CREATE OR REPLACE VIEW observations AS SELECT s.sale_key, s.style_no AS style, s.sold_on, s.multiple
		FROM store.sale s WHERE (s.flags & 798 = 0 OR s.flags & 2048 <> 0)`,
	"frozen_weeks_stay":                         `INSERT INTO store.index_value SELECT v, 'all', 'sale', DATE '2026-01-05', 100 + v, 0.1, 100, 1, 1, true, [] FROM range(1, 3) r(v)`,
	"frozen_weeks_stay thawed":                  `INSERT INTO store.index_value SELECT v, 'all', 'sale', DATE '2026-01-05', 100, 0.1, 100, 1, 1, v = 1, [] FROM range(1, 3) r(v)`,
	"vocabularies_are_kept":                     "UPDATE store.variant SET condition = 'mint' WHERE variant_no = 1",
	"vocabularies_are_kept basis":               "UPDATE store.variant SET price_basis = 'guess' WHERE variant_no = 1",
	"style_ids_are_unique":                      "INSERT INTO styles SELECT * FROM styles WHERE style_no = 1",
	"style_codes_are_unique":                    "UPDATE styles SET style_code = 'M990GL6' WHERE style_id = 'M992GR'",
	"aliases_name_one_style":                    "INSERT INTO aliases SELECT a.alias, 'M990GL6', 'x', 'high', NULL FROM aliases a WHERE a.style_id <> 'M990GL6' LIMIT 1",
	"grey_days_are_of_one_style":                "INSERT INTO grey_days SELECT * FROM grey_days LIMIT 1",
	"retail_prices_are_unique":                  "INSERT INTO retail_prices SELECT * FROM retail_prices WHERE effective_from IS NULL LIMIT 1",
	"fx_rates_are_unique":                       "INSERT INTO fx_rates SELECT * FROM fx_rates LIMIT 1",
	"facts_are_of_styles":                       "UPDATE grey_days SET style_id = 'NOBODY' WHERE style_id = 'M990SG5'",
	"facts_have_sources":                        "UPDATE grey_days SET source = ' ' WHERE style_id = 'M990SG5'",
	"facts_have_sources none":                   unguarded("styles") + "; UPDATE styles SET confidence = 'sure' WHERE style_no = 1",
	"facts_have_sources run":                    "UPDATE aliases SET run_id = 55 WHERE style_id = 'M990GL6'",
	"claim_vintages_are_in_order":               "INSERT INTO claim_verdicts SELECT 'x', DATE '2026-11-15', 2, 'x', 'x', NULL, 'x', NULL, NULL, NULL, 0, 0.95, 'holds', 'x', 0, TIMESTAMPTZ '2026-01-01 00:00:00+00', 'x'",
	"claim_vintages_are_in_order two":           "INSERT INTO claim_verdicts SELECT 'x', DATE '2026-11-15', 1, 'x', 'x', NULL, 'x', NULL, NULL, NULL, 0, 0.95, 'holds', 'x', 0, TIMESTAMPTZ '2026-01-01 00:00:00+00', 'x' FROM range(2)",
	"estimates_lie_in_their_intervals":          soundEstimate + "; UPDATE store.estimate SET estimate_minor = 27000",
	"estimates_lie_in_their_intervals multiple": soundEstimate + "; UPDATE store.estimate SET multiple_hi = 1.15",
	"estimates_lie_in_their_intervals half":     soundEstimate + "; UPDATE store.estimate SET lo_minor = NULL",
	"estimates_have_grades":                     soundEstimate + "; UPDATE store.estimate SET grade = 'X'",
	"estimates_have_grades none":                soundEstimate + "; UPDATE store.estimate SET estimate_minor = NULL, lo_minor = NULL, hi_minor = NULL",
	"estimates_have_grades why":                 soundEstimate + "; UPDATE store.estimate SET estimate_minor = NULL, lo_minor = NULL, hi_minor = NULL, grade = 'X'",
	"estimates_have_grades retail":              soundEstimate + "; UPDATE store.estimate SET retail_price_minor = NULL",
	"estimates_have_grades basis":               soundEstimate + "; UPDATE store.estimate SET basis = 'none'",
	"estimates_are_of_one_day":                  soundEstimate + "; INSERT INTO store.estimate SELECT * REPLACE ('used' AS condition, as_of + 1 AS as_of) FROM store.estimate",
	"estimates_are_of_one_day twice":            soundEstimate + "; " + soundEstimate,
	"everything_is_commented":                   "COMMENT ON COLUMN sales.premium IS NULL",
	"everything_is_commented table":             "COMMENT ON TABLE runs IS NULL",
	"everything_is_commented macro":             "COMMENT ON MACRO median_interval IS NULL",
	"everything_is_commented foreign":           "CREATE VIEW mine AS SELECT 1 AS x",
}

// soundEstimate is a published estimate as it should be.
const soundEstimate = `INSERT INTO store.estimate BY NAME SELECT 'M990GL6' AS style_id, 'new' AS condition, DATE '2026-11-15' AS as_of, 'USD' AS currency,
	20000 AS retail_price_minor, 24000 AS estimate_minor, 22000 AS lo_minor, 26000 AS hi_minor, 0.95 AS level, 1.2 AS multiple, 1.1 AS multiple_lo, 1.3 AS multiple_hi,
	0.2 AS premium, 5 AS n_sales, 3 AS n_effective, 'own' AS basis, 'C' AS grade, []::VARCHAR[] AS reasons, 'm' AS method_version`

// Every check is silent on a sound book and fires on one that is corrupt in its way.
func TestChecks(t *testing.T) {
	path, _ := sampleBook(t, sample.Options{Scale: 0.05})
	b, err := data.OpenReadOnly(t.Context(), path, data.Options{})
	if err != nil {
		t.Fatal(err)
	}
	sound(t, b)
	b.Close()
	bytes, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tested := map[string]bool{}
	for name, corrupt := range corruptions {
		check, _, _ := strings.Cut(name, " ")
		tested[check] = true
		t.Run(name, func(t *testing.T) {
			bad := filepath.Join(t.TempDir(), "bad.duckdb")
			if err := os.WriteFile(bad, bytes, 0o644); err != nil {
				t.Fatal(err)
			}
			b, err := data.Open(t.Context(), bad, data.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer b.Close()
			for _, q := range strings.Split(corrupt, "; ") {
				mustExec(t, b, q)
			}
			results, err := b.Check(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range results {
				if r.Name == check && (r.OK() || len(r.First) == 0 || len(r.First[0]) != len(r.Columns)) {
					t.Errorf("%s after %s: %+v", check, corrupt, r)
				}
			}
		})
	}
	all, err := data.Checks()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		if !tested[c.Name] {
			t.Errorf("no book is crafted for the check %s", c.Name)
		}
	}
	if len(all) != len(tested) {
		t.Errorf("%d checks, %d tested", len(all), len(tested))
	}
}
