package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/spf13/cobra"

	"github.com/amassable/greybook/analysis"
)

// TestExamplesRun runs every line of every command's Example as a user would
// paste it, by sh, and wants exit code 0. The examples of one command run one
// after the other in a folder of their own, which has the files that they name
// and a book with three runs.
func TestExamplesRun(t *testing.T) {
	if testing.Short() {
		t.Skip("runs every example")
	}
	dir := t.TempDir()
	exampleFiles(t, dir)
	// The third run is the one that the examples look at and take back.
	for _, line := range []string{
		"greybook sample --scale 0.1",
		"greybook ingest fx out/sample/synthetic-fx.csv",
		"greybook ingest sales out/sample/synthetic-goat.csv out/sample/synthetic-stockx-seller-report.csv",
		"greybook ingest sales exports/",
		"greybook sources show kream > sources/own.toml",
	} {
		runExample(t, dir, line)
	}
	ran := 0
	walk(newProgram(testEnv(t), nil).root, func(cmd *cobra.Command) {
		t.Run(strings.ReplaceAll(cmd.CommandPath(), " ", "_"), func(t *testing.T) {
			here := t.TempDir()
			if err := os.CopyFS(here, os.DirFS(dir)); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(cmd.Example) {
				if line = strings.TrimSpace(line); strings.HasPrefix(line, "greybook ") {
					runExample(t, here, line)
					ran++
				}
			}
		})
	})
	if ran < 30 { // there were 47 when this was written
		t.Errorf("%d examples ran: are they still found?", ran)
	}
}

// runExample runs one example and wants exit code 0 and an answer.
func runExample(t *testing.T, dir, line string) {
	t.Helper()
	if strings.HasPrefix(line, "greybook serve") {
		serveExample(t, dir, line)
		return
	}
	command := line
	if shell, _, found := strings.Cut(strings.TrimPrefix(line, "greybook completion "), " >"); found && (shell == "zsh" || shell == "powershell") {
		command, _, _ = strings.Cut(line, " >") // where it goes is a variable that sh does not have
	}
	cmd := exec.Command("sh", "-c", command)
	cmd.Dir = dir
	// The day is fixed: the sample's sales would lie in the future of a slow clock.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(dir, "home"), "GREYBOOK_AS_OF=2026-11-20", "LC_ALL=C.UTF-8"}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("$ %s\n%s%v", line, out, err)
	}
	if strings.Contains(string(out), "no observation answers") {
		t.Errorf("$ %s\n%san example that shows nothing", line, out)
	}
}

// serveExample lets an example serve until it is told to end, at a port that is free.
func serveExample(t *testing.T, dir, line string) {
	t.Helper()
	args := strings.Fields(line)[2:]
	for i, a := range args {
		if host, _, ok := strings.Cut(a, ":"); ok {
			args[i] = host + ":0"
		}
	}
	if err := os.Chmod(filepath.Join(dir, "token"), 0o600); err != nil { // a copy of the folder has forgotten it
		t.Fatal(err)
	}
	s := serve(t, dir, append([]string{"--book", filepath.Join(dir, "greybook.duckdb")}, args...)...)
	s.end(t, syscall.SIGTERM, exitOK)
}

// exampleFiles writes the files that examples name, small, in the forms that the
// real ones have.
func exampleFiles(t *testing.T, dir string) {
	t.Helper()
	for name, text := range map[string]string{
		"StockX-Data-Contest-2019-3.csv": `Order Date,Brand,Sneaker Name,Sale Price,Retail Price,Release Date,Shoe Size,Buyer Region
9/1/17, Yeezy,Adidas-Yeezy-Boost-350-Low-V2-Beluga,"$1,097",$220,9/24/16,11,California
9/1/17, Yeezy,Adidas-Yeezy-Boost-350-V2-Core-Black-Copper,$685,$220,11/23/16,11,California
`,
		"eurofxref-hist.csv": `Date,USD,JPY,BGN,KRW,
2026-11-19,1.1000,170.00,N/A,1600.0,
2026-11-18,1.1100,171.00,N/A,1605.0,
`,
		"exports/may.csv":   "sale_id,sold_at,style_code,size,condition,price,marketplace\n1,2026-05-01,M990GL6,9,new,180,GOAT\n",
		"exports/june.csv":  "sale_id,sold_at,style_code,size,condition,price,marketplace\n2,2026-06-01,M990GL6,9,new,190,GOAT\n31,2026-06-02,M990GL6,9,new,99999,GOAT\n", // the second is a suspect
		"activity.csv":      "Date,Size,Price,Local_Amount,Currency\n2026-01-05T12:30:15Z,9,250,231.5,EUR\n",
		"styles.csv":        "style_code,model,version,colorway,release_date,retail_price,currency,made_in,audience,grey_day_year,source,confidence\nM990ZZ6,990,v6,Zebra,2026-01-01,200,USD,USA,men,,an example,low\n",
		"retail.csv":        "style_code,effective_from,retail_price,currency,source,confidence\nM990GL6,2026-11-01,210,USD,an example,low\n",
		"grey-days.csv":     "year,date,style_code,source,confidence\n2026,2026-05-10,M990GL6,an example,low\n",
		"aliases.csv":       "alias,style_code,source\nthe grey one,M990GL6,an example\n",
		"pairs.csv":         "style_code,size,condition,has_box,label_origin,paid,bought_on\nM990GL6,9.5,new,yes,USA,185,2023-05-06\nM990GL5,10,,no,,120,2024-02-11\n",
		"question.sql":      "SELECT count(*) FROM sales",
		"nightly.toml":      "min_n = 7\n",
		"sources/README.md": "source profiles of one's own\n",
		"home/.local/share/bash-completion/completions/README": "",
		"home/.config/fish/completions/README":                 "",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "token"), []byte("an-example-of-a-token\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	writeCertificate(t, filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), 1)
}

// The help of analyze multiples lists the dimensions by hand, for the sake of its
// line breaks.
func TestHelpListsTheDimensions(t *testing.T) {
	cmd, _, err := newProgram(testEnv(t), nil).root.Find([]string{"analyze", "multiples"})
	if err != nil {
		t.Fatal(err)
	}
	want := "Dimensions: " + strings.Join(analysis.DimensionNames(), ", ") + "."
	if !strings.Contains(strings.Join(strings.Fields(cmd.Long), " "), want) {
		t.Errorf("the help does not say %q", want)
	}
}
