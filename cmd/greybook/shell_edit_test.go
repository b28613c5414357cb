package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/rivo/uniseg"
	"pgregory.net/rapid"

	"github.com/amassable/greybook/data"
)

// typist is an editor on a terminal that is none: what it reads is typed by the test,
// what it draws goes to a glass.
type typist struct {
	*lineEditor
	keys  *io.PipeWriter
	glass *glass
	raw   int // how often the terminal was made raw and not yet given back
}

func newTypist(t *testing.T, width, height int) *typist {
	r, w := io.Pipe()
	g := &glass{t: t, width: width, height: height, rows: make([][]string, 1)}
	y := &typist{keys: w, glass: g}
	y.lineEditor = &lineEditor{
		in:      newInput(r),
		screen:  screen{w: g, size: func() (int, int) { return g.width, g.height }},
		history: &history{},
		complete: func(text string, at int) (int, []candidate) {
			return complete(text, at, testNames())
		},
		raw: func() (func(), error) { y.raw++; return func() { y.raw-- }, nil },
	}
	t.Cleanup(func() { w.Close() })
	return y
}

// read types keys and returns what the editor makes of them.
func (y *typist) read(t *testing.T, keys string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	go io.WriteString(y.keys, keys)
	text, err := y.Read(ctx)
	if y.raw != 0 {
		t.Error("the terminal was not given back")
	}
	return text, err
}

func TestEditor(t *testing.T) {
	const left, right, up, down = "\x1b[D", "\x1b[C", "\x1b[A", "\x1bOB"
	paste := func(s string) string { return "\x1b[200~" + s + "\x1b[201~" }
	for _, c := range []struct{ name, keys, want string }{
		{"one line", "SELECT 1;\r", "SELECT 1;"},
		{"lines until a semicolon", "SELECT\r1\r;\r", "SELECT\n1\n;"},
		{"a semicolon in a text ends nothing", "SELECT 'a;\rb';\r", "SELECT 'a;\nb';"},
		{"a semicolon in a comment ends nothing", "SELECT 1 -- ;\r;\r", "SELECT 1 -- ;\n;"},
		{"a semicolon between dollars ends nothing", "SELECT $q$ a;\rb $q$;\r", "SELECT $q$ a;\nb $q$;"},
		{"a dot-command is one line", ".tables\r", ".tables"},
		{"Enter runs wherever the cursor is", "SELECT 1;\x01\r", "SELECT 1;"},
		{"Alt-Enter runs nothing", "SELECT 1;\x1b\rFROM t;\r", "SELECT 1;\nFROM t;"},
		{"a paste is not run by its line ends", paste("SELECT 1;\r\nSELECT 2;\r\n") + " \r", "SELECT 1;\nSELECT 2; "},
		{"tabs of a paste complete nothing", paste("\tFROM\tsal") + ";\r", "\tFROM\tsal;"},
		{"a paste can't send keys", paste("a\x1b[Ab\x03c\x00") + ";\r", "a[Abc;"},
		{"insert, delete", "SELCT 1;" + strings.Repeat(left, 5) + "E" + "\x1b[F\x7f9;\r", "SELECT 19;"},
		{"a character is what people see", "'👨‍👩‍👧é';" + left + left + "\x7f\x7f\r", "'';"},
		{"kill and yank", "FROM sales;\x1b[1;5D\x1b[1;5D\x0bSELECT 1; \x19\r", "SELECT 1; FROM sales;"},
		{"words", "a bc de;\x1bb\x1bb\x1bd\x17\r", " de;"},
		{"start and end of a line of several", "a\rb\x01x\x05y;\r", "a\nxby;"},
		{"up and down keep the column", "abc\rdef;" + up + "X" + down + "Y\x1b>;\r", "abcX\ndef;Y;"},
		{"undo a word at a time", "SELECT one two;\x1f\r;\r", "SELECT one \n;"},
		{"Ctrl-D deletes", "ab;\x01\x04\r", "b;"},
		{"unknown keys type nothing", "\x1b[15~\x1b[99;9z\x1bx\x1b\x1b[A\x16SELECT 1;\r", "SELECT 1;"},
		{"half a character waits for the rest", "SELECT 'é';\r", "SELECT 'é';"},
		{"bytes that are no text are left out", "SELECT\xff 1;\xc3\r", "SELECT 1;"},
		{"complete what there is one of", "FROM sal\t;\r", "FROM sales;"},
		{"as far as all agree", "SELECT sal\tx FROM sales;\r", "SELECT salex FROM sales;"},
		{"and then one after the other", "SELECT sale_\t\t FROM sales;\x01\r", "SELECT sale_key FROM sales;"},
		{"back to what was typed", "SELECT sale_\t\t\t\x07 FROM sales;\r", "SELECT sale_ FROM sales;"},
		{"Enter takes a choice and runs nothing", "SELECT 1; SELECT sale_\t\t\rx;\r", "SELECT 1; SELECT sale_keyx;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := newTypist(t, 80, 24).read(t, c.keys)
			if err != nil || got != c.want {
				t.Errorf("%q became %q, %v; want %q", c.keys, got, err, c.want)
			}
		})
	}
}

func TestEditorEnds(t *testing.T) {
	y := newTypist(t, 80, 24)
	if _, err := y.read(t, "SELECT\x03"); !errors.Is(err, errInterrupted) {
		t.Errorf("Ctrl-C: %v", err)
	}
	if _, err := y.read(t, "\x04"); !errors.Is(err, io.EOF) {
		t.Errorf("Ctrl-D: %v", err)
	}
	wake := make(chan struct{}, 1)
	wake <- struct{}{}
	y.wake = wake
	if _, err := y.read(t, ""); !errors.Is(err, errInterrupted) {
		t.Errorf("an interrupt from outside: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := y.Read(ctx); !errors.Is(err, context.Canceled) || y.raw != 0 {
		t.Errorf("a run that ends: %v, raw %d", err, y.raw)
	}
}

// TestEditorKeepsWhatIsTypedAhead: keys that come in one piece are of the statements
// that they belong to.
func TestEditorKeepsWhatIsTypedAhead(t *testing.T) {
	y := newTypist(t, 80, 24)
	if got, err := y.read(t, "SELECT 1;\rSELECT 2;\r"); got != "SELECT 1;" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
	if got, err := y.read(t, ""); got != "SELECT 2;" || err != nil {
		t.Fatalf("%q, %v", got, err)
	}
}

func TestEditorWalksTheHistory(t *testing.T) {
	const up, down = "\x1b[A", "\x1b[B"
	for _, c := range []struct{ name, keys, want string }{
		{"the newest", up + "\r", "SELECT 3;"},
		{"past one of several lines", up + up + up + "\r", "SELECT 1;"},
		{"and back to what was typed", "FROM t" + up + up + "\x0e\x0e;\r", "FROM t;"},
		{"no further than the oldest", strings.Repeat("\x10", 9) + "\r", "SELECT 1;"},
		{"search", "\x12one\x1b[F\r", "SELECT\n'one';"},
		{"search on", "\x12select\x12\x12\r", "SELECT 1;"},
		{"search for what is not there", "FROM t;\x12nothing\x07\r", "FROM t;"},
		{"give a search up", "FROM t;\x12one\x03\r", "FROM t;"},
	} {
		t.Run(c.name, func(t *testing.T) {
			y := newTypist(t, 80, 24)
			for _, s := range []string{"SELECT 1;", "SELECT\n'one';", "SELECT 3;"} {
				y.history.keep(s)
			}
			if got, err := y.read(t, c.keys); err != nil || got != c.want {
				t.Errorf("%q became %q, %v; want %q", c.keys, got, err, c.want)
			}
		})
	}
}

func TestEditorTakesALongPaste(t *testing.T) {
	y := newTypist(t, 80, 24)
	y.screen.w = io.Discard
	start := time.Now()
	defer func() { t.Log("took", time.Since(start)) }()
	long := strings.Repeat("SELECT 'größe';\n", data.MaxQuery/20)
	got, err := y.read(t, "\x1b[200~"+long+"\x1b[201~\r")
	if err != nil || got != strings.TrimRight(long, "\n") {
		t.Errorf("%d bytes became %d, %v", len(long), len(got), err)
	}
	got, err = y.read(t, "\x1b[200~"+strings.Repeat("x", 3*data.MaxQuery)+"\x1b[201~;\r")
	if err != nil || len(got) != data.MaxQuery+2 { // cut, and longer than any statement may be
		t.Errorf("became %d bytes, %v", len(got), err)
	}
}

// glass is a terminal: it shows what is written to it, as far as the editor writes. What
// scrolls out of it stays in rows. A character at the last column, where terminals
// differ, is an error.
type glass struct {
	t             interface{ Errorf(string, ...any) }
	width, height int
	rows          [][]string // cells; a wide character's second is ""
	row, col      int
}

func (g *glass) top() int { return max(0, len(g.rows)-g.height) }

func (g *glass) Write(b []byte) (int, error) {
	for s := string(b); s != ""; {
		switch {
		case strings.HasPrefix(s, "\x1b["):
			end := strings.IndexFunc(s[2:], func(r rune) bool { return r >= '@' }) + 3
			g.sequence(s[2:end])
			s = s[end:]
		case s[0] == '\r':
			g.col, s = 0, s[1:]
		case s[0] == '\n':
			if g.row++; g.row == len(g.rows) {
				g.rows = append(g.rows, nil)
			}
			s = s[1:]
		default:
			cluster, _, w, _ := uniseg.FirstGraphemeClusterInString(s, -1)
			if cluster[0] < ' ' || g.col+w >= g.width {
				g.t.Errorf("%q at column %d of %d", cluster, g.col, g.width)
			}
			for len(g.rows[g.row]) < g.col+w {
				g.rows[g.row] = append(g.rows[g.row], " ")
			}
			g.rows[g.row][g.col] = cluster
			for i := 1; i < w; i++ {
				g.rows[g.row][g.col+i] = ""
			}
			g.col += w
			s = s[len(cluster):]
		}
	}
	return len(b), nil
}

func (g *glass) sequence(s string) {
	n := 1
	fmt.Sscanf(s, "%d", &n)
	switch s[len(s)-1] {
	case 'A':
		g.row = max(g.top(), g.row-n)
	case 'C':
		g.col = min(g.width-1, g.col+n)
	case 'K':
		g.rows[g.row] = g.rows[g.row][:min(g.col, len(g.rows[g.row]))]
	case 'J':
		g.rows[g.row] = g.rows[g.row][:min(g.col, len(g.rows[g.row]))]
		g.rows = g.rows[:g.row+1]
	case 'h', 'l', 'm':
	default:
		g.t.Errorf("sequence %q", s)
	}
}

func (g *glass) line(i int) string { return strings.TrimRight(strings.Join(g.rows[i], ""), " ") }

// TestScreen draws texts of all kinds, one over another, on terminals of all sizes, and
// looks that what is shown is the text, that the cursor is where it belongs, and that
// nothing above is lost.
func TestScreen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := &glass{t: t, width: rapid.IntRange(24, 60).Draw(t, "width"), height: rapid.IntRange(2, 12).Draw(t, "height"), rows: make([][]string, 1)}
		above := rapid.IntRange(0, 20).Draw(t, "above")
		for i := range above {
			fmt.Fprintf(g, "result %d\r\n", i)
		}
		s := screen{w: g, size: func() (int, int) { return g.width, g.height }}
		piece := rapid.SampledFrom([]string{"a", "bc ", "\n", "\t", "日本", "é", "👨‍👩‍👧", "\u202e", "\x1b", "\u0301", "long words in a row "})
		for range rapid.IntRange(1, 6).Draw(t, "draws") {
			text := strings.Join(rapid.SliceOfN(piece, 0, 60).Draw(t, "text"), "")
			b := editBuffer{text: text}
			for range rapid.IntRange(0, 80).Draw(t, "right") {
				b.at = b.right(b.at)
			}
			s.Draw(text, b.at, []string{"below"}[:rapid.IntRange(0, 1).Draw(t, "below")])
			first := g.row - s.row
			for i, r := range s.drawn {
				if got := g.line(first + i); got != strings.TrimRight(r.text, " ") {
					t.Fatalf("row %d is %q, want %q", i, got, r.text)
				}
			}
			if len(g.rows) != first+len(s.drawn) {
				t.Fatalf("%d rows, want %d", len(g.rows), first+len(s.drawn))
			}
			// The cursor is where the same text, cut there, ends.
			rows, _, _ := layout(text[:b.at], b.at, g.width-1)
			if end := rows[len(rows)-1]; g.col != end.width && g.col != 0 {
				t.Fatalf("the cursor is at column %d, want %d", g.col, end.width)
			}
		}
		s.Finish("SELECT 1;")
		for i := range above {
			if want := fmt.Sprintf("result %d", i); g.line(i) != want {
				t.Fatalf("above is %q, want %q", g.line(i), want)
			}
		}
		if g.line(above) != "greybook> SELECT 1;" || g.row != above+1 || g.col != 0 {
			t.Fatalf("the end is %q, row %d, column %d", g.line(above), g.row, g.col)
		}
	})
}
