package main

import (
	"context"
	"fmt"
	"os/exec"
	"runtime"
	"time"
)

// openers are the programs that show a file in the user's browser, by system, with the
// arguments that go before the file.
var openers = map[string][]string{
	"darwin":  {"open"},
	"windows": {"rundll32", "url.dll,FileProtocolHandler"},
}

// opener is the one of this system; all others follow freedesktop.org.
func openerCommand() []string {
	if c, ok := openers[runtime.GOOS]; ok {
		return c
	}
	return []string{"xdg-open"}
}

// findOpener finds the program that shows a file.
func findOpener() (string, error) {
	name := openerCommand()[0]
	path, err := exec.LookPath(name)
	if err != nil {
		return "", withHint(fmt.Errorf("--open: there is no %s here to show a page with", name),
			"leave --open out: the name of the page is printed, and any browser opens it")
	}
	return path, nil
}

// openerPatience is how long an opener may take to say that it cannot. One that goes on
// is the browser itself, and is left alone.
const openerPatience = 3 * time.Second

// showFile shows a file, given as the user knows it, in the browser.
func (s *session) showFile(ctx context.Context, opener, file string) error {
	cmd := exec.Command(opener, append(openerCommand()[1:], s.Path(file))...) // outlives the run
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("show %s: %w", file, cause(err))
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("show %s: %s: %w", file, openerCommand()[0], err)
		}
	case <-time.After(openerPatience):
	case <-ctx.Done():
		return ctx.Err()
	}
	return nil
}
