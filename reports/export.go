package reports

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/template"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
)

// exportReadme says what an export holds, in Markdown.
//
//go:embed assets/export.md
var exportReadme string

// ExportMeta says who exports.
type ExportMeta struct {
	Program string // name and version
	Method  string // version of the method of estimates
}

// ExportedFile is one file of an export.
type ExportedFile struct {
	Name   string // relative to the folder, with slashes
	Rows   int64  // of a Parquet file
	Text   bool   // it has no rows
	Size   int64  // bytes
	SHA256 string
}

// WriteExport makes dir an export: the Parquet files that write puts into a folder,
// the models as SQL, load.sql, which makes views of both in any DuckDB, and a README.md.
// The same book gives the same bytes. All files appear at once: see publish for how, and
// for what dir becomes on the way.
//
// Errors: those of write, a dir that is not an export's. A ctx that is cancelled leaves
// dir as it was.
func WriteExport(ctx context.Context, dir string, meta ExportMeta, models []analysis.Model, write func(folder string) (data.Exported, error)) ([]ExportedFile, error) {
	rows := map[string]int64{}
	published, err := publish(ctx, dir, exportFolder, func(folder string) error {
		e, err := write(folder)
		if err != nil {
			return err
		}
		for _, t := range e.Tables {
			for _, f := range t.Files {
				rows[f.Path] = f.Rows
			}
		}
		return writeExportTexts(folder, meta, models, e)
	})
	if err != nil {
		return nil, fmt.Errorf("export to %s: %w", dir, err)
	}
	files := make([]ExportedFile, len(published))
	for i, f := range published {
		n, isRows := rows[f.name]
		files[i] = ExportedFile{Name: f.name, Rows: n, Text: !isRows, Size: f.size, SHA256: f.sha256}
	}
	return files, nil
}

// writeExportTexts writes what stands beside the Parquet files.
func writeExportTexts(folder string, meta ExportMeta, models []analysis.Model, e data.Exported) error {
	readme, err := exportText(meta, models, e)
	if err != nil {
		return err
	}
	if err := os.Mkdir(filepath.Join(folder, "models"), 0o755); err != nil {
		return err
	}
	texts := map[string]string{"README.md": readme, "load.sql": loadSQL(meta, models, e)}
	for _, m := range models {
		texts["models/"+m.Name+".sql"] = m.Text
	}
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(folder, filepath.FromSlash(name)), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// exportText is the README.md.
func exportText(meta ExportMeta, models []analysis.Model, e data.Exported) (string, error) {
	t, err := template.New("export").Funcs(template.FuncMap{
		"cell": func(s string) string { return strings.ReplaceAll(strings.ReplaceAll(s, "|", `\|`), "\n", " ") },
		"files": func(t data.ExportTable) (n int64) {
			for _, f := range t.Files {
				n += f.Rows
			}
			return n
		},
	}).Parse(exportReadme)
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	err = t.Execute(&b, struct {
		ExportMeta
		data.Exported
		Models []analysis.Model
	}{meta, e, models})
	return b.String(), err
}

// loadSQL is the load.sql: statements, each ended by a semicolon at the end of a line.
func loadSQL(meta ExportMeta, models []analysis.Model, e data.Exported) string {
	var b strings.Builder
	fmt.Fprintf(&b, `-- Makes the tables of the book and its models, as views of the Parquet files beside this file,
-- in any DuckDB from 1.1 on:
--     cd THIS_FOLDER && duckdb -init load.sql
-- From elsewhere: SET file_search_path = '/path/of/this/folder', then this file.
-- Written by %s.
`, meta.Program)
	b.WriteString("CREATE SCHEMA IF NOT EXISTS store;\n")
	for _, t := range e.Tables {
		from := "\nFROM read_parquet(" + sqlText(t.Pattern) + ", hive_partitioning = " + fmt.Sprint(t.Hive) + ")"
		var names []string
		for _, c := range t.Columns {
			if !c.Key {
				names = append(names, `"`+c.Name+`"`)
			}
		}
		view(&b, t.Name, "SELECT "+strings.Join(names, ", ")+from, t.Comment)
		for _, c := range t.Columns {
			if !c.Key {
				comment(&b, t.Name, c.Name, c.Comment)
			}
		}
		if t.Name == "sales" {
			view(&b, "store.sale", data.ExportedSales+from, "The same records by number, for the models.")
		}
	}
	for _, m := range models {
		view(&b, m.Name, m.Query, m.Comment)
		for _, c := range m.Columns {
			comment(&b, m.Name, c.Name, c.Comment)
		}
	}
	return b.String()
}

func view(b *strings.Builder, name, query, about string) {
	fmt.Fprintf(b, "\nCREATE OR REPLACE VIEW %s AS\n%s;\nCOMMENT ON VIEW %s IS %s;\n", name, query, name, sqlText(about))
}

func comment(b *strings.Builder, table, column, about string) {
	fmt.Fprintf(b, "COMMENT ON COLUMN %s.\"%s\" IS %s;\n", table, column, sqlText(about))
}

// sqlText is a text of this program or of the book's comments as an SQL literal.
func sqlText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
