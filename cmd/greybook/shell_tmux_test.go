package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// tmux is a terminal with somebody at its keys. Its screen is looked at until it shows
// what is waited for, since nothing says when a program is done.
type tmux struct {
	t      *testing.T
	socket string
}

// startTmux opens a terminal of so many columns and lines, and runs a command line in it.
func startTmux(t *testing.T, width, height string, command string) *tmux {
	if testing.Short() {
		t.Skip("runs programs")
	}
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("needs tmux, which is not installed")
	}
	m := &tmux{t: t, socket: filepath.Join(t.TempDir(), "tmux")}
	// This sh keeps the last screen after the command has ended, and outlives a Ctrl-C.
	m.do("-f", "/dev/null", "new-session", "-d", "-x", width, "-y", height, "sh", "-c", "trap : INT; "+command+`; echo "left with $?"; stty -a; exec sleep 600`)
	t.Cleanup(func() { exec.Command("tmux", "-S", m.socket, "kill-server").Run() })
	return m
}

func (m *tmux) do(args ...string) string {
	m.t.Helper()
	ctx, cancel := context.WithTimeout(m.t.Context(), 30*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "tmux", append([]string{"-S", m.socket}, args...)...).CombinedOutput()
	if err != nil {
		m.t.Fatalf("tmux %q: %v: %s", args, err, out)
	}
	return string(out)
}

// press presses keys, by tmux's names for them.
func (m *tmux) press(keys ...string) {
	m.t.Helper()
	m.do(append([]string{"send-keys"}, keys...)...)
}

// typed types a text as it is.
func (m *tmux) typed(text string) {
	m.t.Helper()
	m.do("send-keys", "-l", strings.TrimSuffix(text, ";"))
	if strings.HasSuffix(text, ";") { // tmux takes it for the end of its own command
		m.do("send-keys", "-H", "3b")
	}
}

// paste pastes a text, marked as such where the program asked for that.
func (m *tmux) paste(text string) {
	m.t.Helper()
	file := filepath.Join(m.t.TempDir(), "paste")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	m.do("load-buffer", file)
	m.do("paste-buffer", "-p")
}

// screen is what is on the screen, lines that the terminal broke in one piece.
func (m *tmux) screen() string {
	m.t.Helper()
	return blanksAtEnd.ReplaceAllString(m.do("capture-pane", "-p", "-J"), "")
}

var blanksAtEnd = regexp.MustCompile(`(?m) +$`)

// sees waits until the screen has the pattern, and returns the screen.
func (m *tmux) sees(pattern string) string {
	m.t.Helper()
	want := regexp.MustCompile("(?m)" + pattern)
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if s := m.screen(); want.MatchString(s) {
			return s
		}
	}
	m.t.Fatalf("the screen never has %s:\n%s", pattern, m.screen())
	return ""
}

// shellBook makes a book of a few sales in the test's folder and returns the variables
// that a shell on it is started with.
func shellBook(t *testing.T) string {
	dir := t.TempDir()
	sales := "sold_at,title,price,condition\n2026-06-15,990v6 Grey,199.99,new\n2026-06-16,990v5 Grey,180,new\n"
	if err := os.WriteFile(filepath.Join(dir, "sales.csv"), []byte(sales), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := shellIngest(t, dir, "sales.csv"); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return "cd " + dir + " && env -u GREYBOOK_PAGER -u PAGER -u LESS -u NO_COLOR XDG_STATE_HOME=" + dir + " TERM=screen "
}

func shellIngest(t *testing.T, dir, file string) (string, error) {
	cmd := exec.CommandContext(t.Context(), "greybook", "ingest", "sales", "--book", "b.duckdb", file)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// TestShellInATerminal is an analyst's session: a pasted query, completion, a runaway
// query stopped, a long result, a file read in beside it, and out.
func TestShellInATerminal(t *testing.T) {
	run := shellBook(t)
	dir := strings.Fields(run)[1]
	m := startTmux(t, "80", "24", run+"greybook sql --book b.duckdb")
	m.sees(`^greybook: 0\.1\.0 on b\.duckdb, last sale 2026-06-16; see \.help$`)

	m.paste("-- n; by title\nWITH by_title AS (\n\tSELECT\n\t\ttitle,\n\t\tcount(*) AS n\n\tFROM sales\n\tGROUP BY title\n)\nSELECT title, n\nFROM by_title ORDER BY title;\n")
	if s := m.sees(`^     \.\.\.> FROM by_title ORDER BY title;$`); strings.Contains(s, "│") {
		t.Errorf("a paste ran by itself:\n%s", s)
	}
	m.press("Enter")
	m.sees(`│ 990v6 Grey │ 1 │\n└─+┴─+┘\ngreybook: 2 rows in \d+\.\d\d s\ngreybook>$`)

	m.press("C-l")
	m.typed("SELECT count(*) FROM sales s WHERE s.sale_pri")
	m.press("Tab")
	m.typed("_usd > 1;") // sale_price and sale_price_usd begin alike
	m.sees(`s\.sale_price_usd > 1;$`)
	m.press("Enter")
	m.sees(`│ +2 │`)

	m.typed("CREATE TEMP TABLE mine AS SELECT 42 AS answer;")
	m.press("Enter")
	m.sees(`^greybook: made mine in`)
	m.typed("WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r;")
	m.press("Enter")
	time.Sleep(time.Second) // it runs
	start := time.Now()
	m.press("C-c")
	m.sees(`^greybook: interrupted$`)
	t.Logf("stopped after %v", time.Since(start))
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("stopped after %v", took)
	}

	if out, err := os.ReadFile(filepath.Join(dir, "sales.csv")); err != nil {
		t.Fatal(err)
	} else if err := os.WriteFile(filepath.Join(dir, "more.csv"), []byte(strings.ReplaceAll(string(out), "2026-06", "2026-07")), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := shellIngest(t, dir, "more.csv"); err != nil {
		t.Errorf("an ingest beside an idle shell: %v: %s", err, out)
	}
	m.press("C-l")
	m.typed("SELECT count(*) AS n, answer FROM sales, mine GROUP BY answer;")
	m.press("Enter")
	m.sees(`│ 4 │ +42 │`)

	m.press("C-d")
	s := m.sees(`(?s)^left with 0$.*iexten`)
	if !regexp.MustCompile(`[ ;]icanon`).MatchString(s) || regexp.MustCompile(`-echo\b`).MatchString(s) {
		t.Errorf("the terminal is not as it was:\n%s", s)
	}
	t.Log("the last screen:\n" + s)
}

// TestShellPages: a long result goes through less, and Ctrl-C is less's own there.
func TestShellPages(t *testing.T) {
	if _, err := exec.LookPath("less"); err != nil {
		t.Skip("needs less, which is not installed")
	}
	m := startTmux(t, "60", "20", shellBook(t)+"GREYBOOK_PAGER=less greybook sql --book b.duckdb")
	m.sees(`^greybook>$`)
	m.typed("FROM range(100000);")
	m.press("Enter")
	m.sees(`^:$`)
	m.press("C-c")
	// less forgets keys that come while it answers an interrupt.
	for range 50 {
		m.press("Space")
		if strings.Contains(m.screen(), "│    2") {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	m.sees(`│ +\d\d\d? │\n:$`)
	m.press("q")
	m.sees(`^greybook: these are the first 1,000 rows; \.limit 0 gives all\ngreybook: 1,000 rows in`)
	m.typed(".pager off")
	m.press("Enter")
	m.typed("FROM range(30);")
	m.press("Enter")
	m.sees(`│ +29 │\n└─+┘\ngreybook: 30 rows`)
}

// TestShellEndedFromOutside gives the terminal back as it was, and leaves nothing on the
// disk: by a signal, or because its window was closed.
func TestShellEndedFromOutside(t *testing.T) {
	for signal, code := range map[string]string{"TERM": "130", "HUP": "1"} {
		t.Run(signal, func(t *testing.T) {
			run := shellBook(t)
			dir := strings.Fields(run)[1]
			m := startTmux(t, "80", "24", run+`TMPDIR=$PWD/left sh -c 'mkdir left; echo $$ >pid; exec greybook sql --book b.duckdb'`)
			m.typed("SELECT 1")
			m.sees(`^greybook> SELECT 1$`)
			pid, err := os.ReadFile(filepath.Join(dir, "pid"))
			if err != nil {
				t.Fatal(err)
			}
			if out, err := exec.Command("kill", "-"+signal, strings.TrimSpace(string(pid))).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			if s := m.sees(`(?s)^left with ` + code + `$.*iexten`); !regexp.MustCompile(`[ ;]icanon`).MatchString(s) {
				t.Errorf("the terminal is not as it was:\n%s", s)
			}
			if left, err := os.ReadDir(filepath.Join(dir, "left")); err != nil || len(left) > 0 {
				t.Errorf("%v, %v is left", err, left)
			}
		})
	}
}

// TestShellOnADumbTerminal sends it nothing but text.
func TestShellOnADumbTerminal(t *testing.T) {
	run := strings.ReplaceAll(shellBook(t), "TERM=screen", "TERM=dumb")
	sent := filepath.Join(strings.Fields(run)[1], "sent.txt")
	m := startTmux(t, "80", "24", run+"greybook sql --book b.duckdb")
	m.do("pipe-pane", "cat >"+sent)
	m.sees(`^greybook>`)
	m.typed("SELECT title,")
	m.press("Enter")
	m.typed("price FROM sales;")
	m.press("Enter")
	m.sees(`greybook: Binder Error`)
	m.typed("WITH RECURSIVE r AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM r) SELECT count(*) FROM r;")
	m.press("Enter")
	time.Sleep(time.Second)
	m.press("C-c")
	m.sees(`^greybook: interrupted$`)
	m.typed("SELECT 'half")
	m.press("Enter", "C-c")
	m.typed("SELECT 7 AS seven;")
	m.press("Enter")
	m.sees(`│ +7 │`)
	m.press("C-d")
	m.sees(`^left with 0$`)
	if b, err := os.ReadFile(sent); err != nil || !strings.Contains(string(b), "seven") || strings.Contains(string(b), "\x1b") {
		t.Errorf("%q, %v", b, err)
	}
}
