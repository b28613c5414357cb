package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadmeCommands runs the README. Of each block fenced as ```console whose
// first command is a greybook command, or writes a file with cat, every line that
// starts with "$ " is run by sh (lines that end in \ go on, and so does <<'END' up to
// END), and what it prints, stdout and stderr together, must be the lines below it. A line "..." stands for any lines. All
// blocks run in one empty folder, in their order.
func TestReadmeCommands(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := consoleExamples(string(text))
	if len(examples) == 0 {
		t.Fatal("README.md has no ```console block with a greybook command")
	}
	dir := t.TempDir()
	for _, x := range examples {
		cmd := exec.Command("sh", "-c", x.command)
		cmd.Dir = dir
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(dir, "home"), "LC_ALL=C.UTF-8"}
		out, _ := cmd.CombinedOutput() // the README shows failures too; their text is compared
		got := strings.Split(strings.TrimRight(string(out), "\n"), "\n")
		if !linesMatch(x.want, got) {
			t.Errorf("README.md:%d: $ %s\nprints\n%s\nbut the README says\n%s",
				x.line, x.command, strings.Join(got, "\n"), strings.Join(x.want, "\n"))
		}
	}
}

// example is a command of a console block, and what the block says it prints.
type example struct {
	line    int
	command string
	want    []string
}

func consoleExamples(text string) []example {
	var all, block []example
	inside := false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimRight(line, " \r")
		switch {
		case !inside:
			inside, block = line == "```console", nil
		case line == "```":
			inside = false
			if len(block) > 0 && (strings.HasPrefix(block[0].command, "greybook ") || strings.HasPrefix(block[0].command, "cat > ")) {
				all = append(all, block...)
			}
		case strings.HasPrefix(line, "$ "):
			block = append(block, example{line: i + 1, command: line[2:]})
		case len(block) == 0:
		default:
			last := &block[len(block)-1]
			file := strings.Contains(last.command, "<<'END'") && !strings.HasSuffix(last.command, "\nEND")
			if (file || strings.HasSuffix(last.command, `\`)) && len(last.want) == 0 {
				last.command += "\n" + line
			} else {
				last.want = append(last.want, line)
			}
		}
	}
	for i := range all {
		// A blank line before the next command is there for the eye.
		all[i].want = strings.Split(strings.TrimRight(strings.Join(all[i].want, "\n"), "\n"), "\n")
	}
	return all
}

// linesMatch reports whether got is what want says, where a line "..." of want is any lines.
func linesMatch(want, got []string) bool {
	if len(want) == 0 {
		return len(got) == 0
	}
	if want[0] == "..." {
		for i := range len(got) + 1 {
			if linesMatch(want[1:], got[i:]) {
				return true
			}
		}
		return false
	}
	return len(got) > 0 && strings.TrimRight(got[0], " ") == want[0] && linesMatch(want[1:], got[1:])
}

func TestConsoleExamples(t *testing.T) {
	readme := "# x\n```console\n$ make report\n```\n```console\n$ greybook a \\\n  --b\none\n...\n\n$ cat f | greybook c\n```\n```console\n$ cat > f <<'END'\na\nEND\n$ greybook d\n```\n```sh\n$ greybook no\n```\n"
	got := fmt.Sprintf("%#v", consoleExamples(readme))
	want := fmt.Sprintf("%#v", []example{
		{6, "greybook a \\\n  --b", []string{"one", "..."}},
		{11, "cat f | greybook c", []string{""}},
		{14, "cat > f <<'END'\na\nEND", []string{""}},
		{17, "greybook d", []string{""}},
	})
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestLinesMatch(t *testing.T) {
	for _, c := range []struct {
		want, got string
		match     bool
	}{
		{"", "", true},
		{"a", "a", true},
		{"a", "b", false},
		{"a", "a b", false}, // one line short
		{"...", "", true},
		{"a ... z", "a z", true},
		{"a ... z", "a b c z", true},
		{"a ... z", "a b c", false},
		{"... b ...", "a b b c", true},
	} {
		if m := linesMatch(strings.Split(c.want, " "), strings.Split(c.got, " ")); m != c.match {
			t.Errorf("want %q, got %q: match %v", c.want, c.got, m)
		}
	}
}
