package main

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// command runs a real greybook and returns what it prints and its exit code.
func command(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	cmd := exec.Command("greybook", args...)
	var out, talk strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &talk
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return out.String(), talk.String(), cmd.ProcessState.ExitCode()
}

// A second process holds the book: doctor names it, and says so by its exit code.
// When that one is killed, doctor finds the log it left, and leaves it there.
func TestDoctorNamesTheLockHolder(t *testing.T) {
	book := filepath.Join(t.TempDir(), "b.duckdb")
	hold := exec.Command("greybook-trial", "trial", "hold", "--book", book, "-o", os.DevNull)
	talk, err := hold.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := hold.Start(); err != nil {
		t.Fatal(err)
	}
	defer hold.Process.Kill()
	if line, err := bufio.NewReader(talk).ReadString('\n'); line != "ready\n" {
		t.Fatal(line, err)
	}
	stdout, stderr, code := command(t, "doctor", "--book", book, "--format", "ndjson")
	want := fmt.Sprintf(`"value":"held by process %d `, hold.Process.Pid)
	if code != exitLocked || !strings.Contains(stdout, want) || !strings.Contains(stdout, `"status":"problem"`) || !strings.Contains(stderr, "--wait 30s") {
		t.Errorf("exit %d\n%s\n%s\nwant exit 3 and %s", code, stdout, stderr, want)
	}
	if _, stderr, code := command(t, "runs", "--book", book); code != exitLocked || !strings.Contains(stderr, fmt.Sprint("process ", hold.Process.Pid)) {
		t.Errorf("runs: exit %d, %s", code, stderr)
	}

	hold.Process.Kill() // as kill -9
	hold.Wait()
	stdout, stderr, code = command(t, "doctor", "--book", book, "--format", "ndjson")
	if code != exitOK || !strings.Contains(stdout, `"what":"write-ahead log"`) || !strings.Contains(stdout, "leave the file where it is") {
		t.Errorf("after the kill: exit %d\n%s\n%s", code, stdout, stderr)
	}
	if _, err := os.Stat(book + ".wal"); err != nil {
		t.Error(err)
	}
	b := openTestBook(t, book)
	if held, err := b.Meta(t.Context(), "held"); held != "yes" || err != nil {
		t.Errorf("what the log held is %q, %v", held, err)
	}
}
