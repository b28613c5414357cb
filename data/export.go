package data

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"
)

// Exported is what Export wrote, and what the book says of itself.
type Exported struct {
	BookID        string
	SchemaVersion string
	EngineVersion string
	WrittenAt     time.Time // the newest time of a run, a revert or a publication; zero: none
	EstimatesAsOf Date      // of the published estimates; zero: none
	Synthetic     int64     // records from synthetic files
	Years         []ExportYear
	Tables        []ExportTable
}

// ExportYear sums the sales of one year, for whoever reads them back.
type ExportYear struct {
	Year         int
	N            int64
	SalePrice    string // sum of sale_price, whatever the currency: a checksum
	SalePriceUSD string // sum of sale_price_usd
}

// ExportTable is a table or a view of the book as Parquet files.
type ExportTable struct {
	Name    string // as the book has it: sales, store.item
	Comment string
	Columns []ExportColumn // as the files have them
	Pattern string         // names all its files, relative to the folder
	Hive    bool           // the files lie in folders year=YYYY
	Files   []ExportFile
}

// ExportColumn is a column as the book describes it.
type ExportColumn struct {
	Name, Type, Comment string
	Key                 bool // not of the book's view: a number that leads to other tables
}

// ExportFile is one Parquet file.
type ExportFile struct {
	Path string // relative to the folder, with slashes
	Rows int64
}

// ExportOptions of an export.
type ExportOptions struct {
	MemoryMost int64             // bytes that the engine may use; 0: the book's limit
	Wrote      func(path string) // told of each file; nil: nobody
}

// exportTables lists what is exported whole, each as one file. Left out is what the
// others give again (observations and the like: the models), refused rows with their raw
// text, the index's older vintages, and what only an ingest needs.
var exportTables = []struct{ name, path string }{
	{"styles", "reference/styles.parquet"},
	{"retail_prices", "reference/retail_prices.parquet"},
	{"grey_days", "reference/grey_days.parquet"},
	{"aliases", "reference/aliases.parquet"},
	{"fx_rates", "reference/fx_rates.parquet"},
	{"store.flag", "reference/flags.parquet"},
	{"estimates", "estimates/estimates.parquet"},
	{"market_index", "estimates/market_index.parquet"},
	{"claim_verdicts", "estimates/claim_verdicts.parquet"},
	{"runs", "ledger/runs.parquet"},
	{"run_files", "ledger/run_files.parquet"},
	{"store.item", "store/item.parquet"},
	{"store.variant", "store/variant.parquet"},
}

// saleKeys are columns of store.sale that the files of sales have beside those of the view:
// the models read them.
var saleKeys = []string{"file_no", "item_no", "variant_no", "style_no", "flags"}

// ExportedSales is the SELECT that makes store.sale of the exported sales, for the models.
// It lacks source_retail, which no model reads.
const ExportedSales = `SELECT
    unhex(sale_key)::BIT::UHUGEINT AS sale_key, file_no, source_line AS line, source_sale_id, sold_at, sold_on,
    CASE sold_precision WHEN 'second' THEN 1 WHEN 'day' THEN 2 ELSE 3 END::UTINYINT AS sold_precision,
    item_no, variant_no, style_no, sale_price, sale_price_usd, retail_price, retail_price_usd,
    CASE retail_basis WHEN 'reference' THEN 1 WHEN 'reference_fx' THEN 2 WHEN 'source' THEN 3 ELSE 0 END::UTINYINT AS retail_basis,
    multiple, flag_bits AS flags`

// Export writes the book into an empty folder as Parquet: its sales in one file for each
// year of sale, its reference, its published estimates and its ledger, each in one file.
// Rows are in a total order, so the same book gives the same bytes on any number of
// threads. Comments are in each file's key-value metadata: greybook.table,
// greybook.comment, and greybook.column.NAME.
//
// The book must be open; what is open for reading only is not changed by anybody meanwhile.
// Errors: what the engine says of the disk, a file whose rows are not those of the book.
func (b *Book) Export(ctx context.Context, folder string, o ExportOptions) (Exported, error) {
	if err := b.boundMemory(ctx, Options{MemoryMost: o.MemoryMost}); err != nil {
		return Exported{}, err
	}
	s, err := b.Session(ctx)
	if err != nil {
		return Exported{}, err
	}
	defer s.Close()
	e, err := s.exportFacts(ctx)
	if err != nil {
		return e, fmt.Errorf("export: %w", err)
	}
	x := exporter{s, folder, o.Wrote}
	sales, err := x.sales(ctx, e)
	if err != nil {
		return e, err
	}
	e.Tables = append(e.Tables, sales)
	for _, want := range exportTables {
		t, err := s.describe(ctx, want.name)
		if err != nil {
			return e, err
		}
		t.Pattern = want.path
		query := "SELECT " + columnList("", t.Columns) + " FROM " + t.Name + " ORDER BY ALL"
		if err := x.write(ctx, &t, want.path, query); err != nil {
			return e, err
		}
		e.Tables = append(e.Tables, t)
	}
	return e, nil
}

// exportFacts reads what the book says of itself, and the sums of its sales by year.
func (s *Session) exportFacts(ctx context.Context) (e Exported, err error) {
	err = s.Get(ctx, []any{&e.BookID, &e.SchemaVersion, &e.EngineVersion}, `SELECT
		coalesce(max(value) FILTER (name = 'book_id'), ''), coalesce(max(value) FILTER (name = 'schema_version'), ''), version() FROM store.meta`)
	if err != nil {
		return e, err
	}
	var written *time.Time
	var estimates *time.Time
	err = s.Get(ctx, []any{&written, &estimates, &e.Synthetic}, `SELECT greatest(
			(SELECT max(greatest(started_at, reverted_at)) FROM runs), (SELECT max(stored_at) FROM claim_verdicts),
			(SELECT max(published_at) FROM store.index_vintage), (SELECT max(released_at) FROM store.release), (SELECT max(released_at) FROM store.release_rule)),
		(SELECT max(as_of) FROM estimates), (SELECT count(*) FROM store.sale WHERE flags & 1 <> 0)`)
	if err != nil {
		return e, err
	}
	if written != nil {
		e.WrittenAt = written.UTC()
	}
	if estimates != nil {
		e.EstimatesAsOf = DateOf(*estimates)
	}
	rows, err := s.Query(ctx, `SELECT year(sold_on)::INTEGER, count(*), sum(sale_price)::VARCHAR, coalesce(sum(sale_price_usd)::VARCHAR, '0.00')
		FROM store.sale GROUP BY 1 ORDER BY 1`)
	if err != nil {
		return e, err
	}
	defer rows.Close()
	for rows.Next() {
		var y ExportYear
		if err := rows.Scan(&y.Year, &y.N, &y.SalePrice, &y.SalePriceUSD); err != nil {
			return e, err
		}
		e.Years = append(e.Years, y)
	}
	return e, rows.Err()
}

// describe reads what the book says of a table or view and of its columns.
func (s *Session) describe(ctx context.Context, name string) (ExportTable, error) {
	t := ExportTable{Name: name}
	schema, table, found := strings.Cut(name, ".")
	if !found {
		schema, table = "main", name
	}
	err := s.Get(ctx, []any{&t.Comment}, `SELECT coalesce(any_value(comment), '') FROM (
		SELECT schema_name, table_name, comment FROM duckdb_tables() WHERE database_name = current_database()
		UNION ALL SELECT schema_name, view_name, comment FROM duckdb_views() WHERE database_name = current_database())
		WHERE schema_name = ? AND table_name = ?`, schema, table)
	if err != nil {
		return t, fmt.Errorf("export %s: %w", name, err)
	}
	rows, err := s.Query(ctx, `SELECT column_name, data_type, coalesce(comment, '') FROM duckdb_columns()
		WHERE database_name = current_database() AND schema_name = ? AND table_name = ? ORDER BY column_index`, schema, table)
	if err != nil {
		return t, fmt.Errorf("export %s: %w", name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var c ExportColumn
		if err := rows.Scan(&c.Name, &c.Type, &c.Comment); err != nil {
			return t, fmt.Errorf("export %s: %w", name, err)
		}
		t.Columns = append(t.Columns, c)
	}
	return t, rows.Err()
}

// exporter writes the files of one export.
type exporter struct {
	s      *Session
	folder string
	wrote  func(path string)
}

// sales writes the sales, a year at a time: the engine then sorts a year at a time, too.
func (x exporter) sales(ctx context.Context, e Exported) (ExportTable, error) {
	t, err := x.s.describe(ctx, "sales")
	if err != nil {
		return t, err
	}
	store, err := x.s.describe(ctx, "store.sale")
	if err != nil {
		return t, err
	}
	list := columnList("v.", t.Columns)
	for _, key := range saleKeys {
		for _, c := range store.Columns {
			if c.Name != key {
				continue
			}
			list += ", s." + key
			if c.Key = true; key == "flags" {
				c.Name = "flag_bits" // flags are names in the view
				list += " AS flag_bits"
			}
			t.Columns = append(t.Columns, c)
		}
	}
	t.Pattern, t.Hive = "sales/*/*.parquet", true
	query := "SELECT " + list + ` FROM sales v JOIN store.sale s ON s.sold_on = v.sold_on AND lpad(lower(to_hex(s.sale_key)), 32, '0') = v.sale_key
		WHERE v.sold_on BETWEEN make_date(%[1]d, 1, 1) AND make_date(%[1]d, 12, 31) AND s.sold_on BETWEEN make_date(%[1]d, 1, 1) AND make_date(%[1]d, 12, 31)
		ORDER BY v.sold_on, v.sale_key`
	if len(e.Years) == 0 {
		// A file without rows, so that readers find the columns; Hive's name of a partition that has no value.
		return t, x.write(ctx, &t, "sales/year=__HIVE_DEFAULT_PARTITION__/sales.parquet", fmt.Sprintf(query, 1))
	}
	for i, y := range e.Years {
		if err := x.write(ctx, &t, fmt.Sprintf("sales/year=%d/sales.parquet", y.Year), fmt.Sprintf(query, y.Year)); err != nil {
			return t, err
		}
		if n := t.Files[i].Rows; n != y.N {
			return t, fmt.Errorf("export %s: %d rows were written of %d sales", t.Files[i].Path, n, y.N)
		}
	}
	return t, nil
}

// write has the engine write the rows of a query to a file.
func (x exporter) write(ctx context.Context, t *ExportTable, name, query string) error {
	target := filepath.Join(x.folder, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return fmt.Errorf("export %s: %w", name, err)
	}
	var n int64
	err := x.s.Get(ctx, []any{&n}, "COPY ("+query+") TO "+quoteText(target)+" (FORMAT parquet, COMPRESSION zstd, KV_METADATA "+t.metadata()+")")
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		// The engine names the file where it is now, which is not where anybody will find it.
		why := strings.ReplaceAll(ShortMessage(err), target, path.Base(name))
		return fmt.Errorf("export %s: %w", name, &exportError{why, err})
	}
	t.Files = append(t.Files, ExportFile{name, n})
	if x.wrote != nil {
		x.wrote(name)
	}
	return nil
}

// exportError is the engine's error in other words.
type exportError struct {
	why string
	err error
}

func (e *exportError) Error() string { return e.why }
func (e *exportError) Unwrap() error { return e.err }

// metadata is the key-value metadata of a table's files, as the engine's COPY takes it.
func (t *ExportTable) metadata() string {
	var b strings.Builder
	fmt.Fprintf(&b, "{'greybook.table': %s, 'greybook.comment': %s", quoteText(t.Name), quoteText(t.Comment))
	for _, c := range t.Columns {
		fmt.Fprintf(&b, ", %s: %s", quoteText("greybook.column."+c.Name), quoteText(c.Comment))
	}
	return b.String() + "}"
}

// columnList is the names of columns, each after a prefix, for a SELECT.
func columnList(prefix string, columns []ExportColumn) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = prefix + `"` + c.Name + `"` // one is called index, another year
	}
	return strings.Join(names, ", ")
}

// quoteText writes a text as an SQL literal: COPY binds nothing.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
