package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// anyClient is a client of the book that is not this project's: DuckDB's own for Node.js, as
// `make check` fetches it by its lock file.
type anyClient struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	errs    bytes.Buffer
	Engine  string
	started error // why it did not open the book
}

// openAnyClient has the client open a book for reading.
func openAnyClient(t *testing.T, book string) *anyClient {
	t.Helper()
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("no node on this machine")
	}
	script, err := filepath.Abs("testdata/anyclient/client.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(filepath.Dir(script), "node_modules")); err != nil {
		t.Skip("no client for Node.js on this machine: `make client` fetches it")
	}
	c := &anyClient{cmd: exec.CommandContext(t.Context(), node, script, book)}
	c.cmd.Stderr = &c.errs
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.out = bufio.NewReader(out)
	var hello struct{ Engine string }
	if c.started = c.read(&hello); c.started != nil {
		_ = c.cmd.Wait()
	}
	c.Engine = hello.Engine
	return c
}

func (c *anyClient) read(v any) error {
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return err
	}
	return json.Unmarshal(line, v)
}

func (c *anyClient) close(t *testing.T) {
	t.Helper()
	c.in.Close()
	if err := c.cmd.Wait(); err != nil {
		t.Errorf("the client: %v\n%s", err, &c.errs)
	}
}

// clientRows is what a client answers: each value as text, nil for NULL, or a list of these.
type clientRows struct {
	Names, Types []string
	Rows         [][]any
}

func (c *anyClient) ask(t *testing.T, query string) (r clientRows) {
	t.Helper()
	line, err := json.Marshal(query)
	if err == nil {
		_, err = c.in.Write(append(line, '\n'))
	}
	if err == nil {
		err = c.read(&r)
	}
	if err != nil {
		_ = c.cmd.Wait()
		t.Fatalf("%s: the client: %v\n%s", query, err, &c.errs)
	}
	return r
}

// sameValue compares a value of the client's with one of greybook's JSON. A DOUBLE is the
// same number, everything else the same text: 149.00 is not 149.
func sameValue(theirs, ours any, typ string) bool {
	switch ours := ours.(type) {
	case nil:
		return theirs == nil
	case []any:
		list, ok := theirs.([]any)
		if !ok || len(list) != len(ours) {
			return false
		}
		for i := range ours {
			if !sameValue(list[i], ours[i], strings.TrimSuffix(typ, "[]")) {
				return false
			}
		}
		return true
	case json.Number:
		if typ == "DOUBLE" {
			text, _ := theirs.(string)
			a, aerr := strconv.ParseFloat(text, 64)
			b, berr := ours.Float64()
			return aerr == nil && berr == nil && a == b
		}
		return theirs == ours.String()
	}
	return theirs == fmt.Sprint(ours)
}

// clientQueries are what TestAnyClient asks: every table and view of the book, whole, and
// questions of values.
func clientQueries() []string {
	var list []string
	for _, name := range strings.Fields(`sales observations styles retail_prices grey_days aliases fx_rates runs run_files rejects unmatched
		multiples_by_version multiples_by_grey_day multiples_weekly market_index index_vintages estimates claim_verdicts version_observations`) {
		list = append(list, "SELECT count(*) AS n FROM "+name, "SELECT * FROM "+name+" ORDER BY ALL LIMIT 3000")
	}
	return append(list,
		"SELECT * FROM sales ORDER BY sale_key LIMIT 100",
		"SELECT count(*) AS n FROM sales JOIN observations USING (sale_key)",
		"SELECT style, m.n, m.median, m.lo, m.hi, r.lo AS rate_lo, s.hi AS share_hi FROM (SELECT style, median_interval(multiple) AS m, rate_interval(count(*)) AS r, share_interval(count(*) FILTER (multiple > 1), count(*)) AS s FROM observations GROUP BY style) ORDER BY style",
		"SELECT sum(sale_price) AS s, sum(sale_price_usd) AS u, min(sold_at) AS first, max(sold_at) AS last, list(DISTINCT condition ORDER BY condition) AS conditions FROM sales",
		"SELECT currency, count(*) AS n, sum(sale_price) AS s FROM sales GROUP BY currency ORDER BY currency",
		"SELECT style_id, flags, sale_price, multiple FROM sales WHERE len(flags) > 1 ORDER BY ALL",
		"SELECT week, index, index_lo, index_hi FROM market_index WHERE segment = 'all' ORDER BY week",
		"SELECT table_name, comment FROM duckdb_tables() WHERE schema_name = 'main' AND NOT temporary ORDER BY ALL",
		"SELECT DISTINCT function_name, comment FROM duckdb_functions() WHERE schema_name = 'main' AND NOT internal ORDER BY ALL",
		"SELECT table_name, column_name, data_type, comment FROM duckdb_columns() WHERE schema_name = 'main' AND NOT internal AND database_name = current_database() ORDER BY ALL",
	)
}

// TestAnyClient asks the same questions of a book by a client that is not this project's and
// by greybook sql, while both have it open, and wants the same columns and rows.
func TestAnyClient(t *testing.T) {
	dir := exportedBook(t)
	book := filepath.Join(dir, "b.duckdb")
	c := openAnyClient(t, book)
	if c.started != nil {
		t.Fatalf("it does not open the book: %s", &c.errs)
	}
	defer c.close(t)
	rows := 0
	for _, query := range clientQueries() {
		theirs := c.ask(t, query)
		ours := mustRun(t, dir, exitOK, "sql", "--book", book, "--format", "ndjson", query)
		d := json.NewDecoder(strings.NewReader(ours))
		d.UseNumber()
		n := 0
		for ; d.More(); n++ {
			var row map[string]any
			if err := d.Decode(&row); err != nil {
				t.Fatalf("%s: %v", query, err)
			}
			if n >= len(theirs.Rows) || len(row) != len(theirs.Names) {
				t.Fatalf("%s: greybook has more than the client's %d rows of %d columns", query, len(theirs.Rows), len(theirs.Names))
			}
			for i, name := range theirs.Names {
				if v, ok := row[name]; !ok || !sameValue(theirs.Rows[n][i], v, theirs.Types[i]) {
					t.Fatalf("%s: row %d, %s %s: the client has %v, greybook %v", query, n, name, theirs.Types[i], theirs.Rows[n][i], v)
				}
			}
		}
		if n != len(theirs.Rows) {
			t.Errorf("%s: greybook has %d rows, the client %d", query, n, len(theirs.Rows))
		}
		rows += n
	}
	if rows < 10_000 { // it was 15,668 when this was written
		t.Errorf("%d rows were compared: are they still there?", rows)
	}
	t.Logf("%d rows of %d queries, engine %s", rows, len(clientQueries()), c.Engine)
	anyClientCSV(t, c, dir, book)

	// One that reads keeps out one that writes, and is named.
	out := mustRun(t, dir, exitLocked, "ingest", "sales", "--book", book, "out/sample/synthetic-kream.csv")
	if want := fmt.Sprint("process ", c.cmd.Process.Pid); !strings.Contains(out, want) {
		t.Errorf("%s, want %s", out, want)
	}
}

// anyClientCSV compares a query's rows with greybook's CSV, where a value is its text.
func anyClientCSV(t *testing.T, c *anyClient, dir, book string) {
	t.Helper()
	const query = "SELECT sale_key, sold_at, sold_on, sale_price, currency, width, multiple FROM sales ORDER BY sale_key LIMIT 100"
	theirs := c.ask(t, query)
	records, err := csv.NewReader(strings.NewReader(mustRun(t, dir, exitOK, "sql", "--book", book, "--format", "csv", query))).ReadAll()
	if err != nil || len(records) != 101 || len(theirs.Rows) != 100 {
		t.Fatalf("%d lines of CSV, %d rows: %v", len(records), len(theirs.Rows), err)
	}
	for i, row := range theirs.Rows {
		for k, v := range row {
			text, _ := v.(string) // NULL is an empty cell
			if records[i+1][k] != text {
				t.Errorf("row %d, %s: the client has %q, the CSV %q", i, theirs.Names[k], text, records[i+1][k])
			}
		}
	}
}

// While greybook writes, no client opens the book; it says why, and who.
func TestAnyClientWhileTheBookIsWritten(t *testing.T) {
	dir := t.TempDir()
	book := filepath.Join(dir, "b.duckdb")
	ingest, stdin, out := waitingIngest(t, dir, book)
	c := openAnyClient(t, book)
	if said := c.errs.String(); c.started == nil || !strings.Contains(said, "Could not set lock on file") || !strings.Contains(said, fmt.Sprintf("PID %d", ingest.Process.Pid)) {
		t.Errorf("the client opened the book, or did not say why not: %s", said)
	}
	if _, err := io.WriteString(stdin, "sold_at,price,title\n2026-01-02,100,990v6\n"); err != nil {
		t.Error(err)
	}
	stdin.Close()
	if err := ingest.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c = openAnyClient(t, book)
	if c.started != nil {
		t.Fatalf("afterwards it does not open the book: %s", &c.errs)
	}
	defer c.close(t)
	if r := c.ask(t, "SELECT count(*) FROM sales"); fmt.Sprint(r.Rows) != "[[1]]" {
		t.Errorf("afterwards it reads %v", r.Rows)
	}
}
