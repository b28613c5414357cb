package main

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed polars
var polarsFiles embed.FS

// polarsVersion is the version of nodejs-polars that the lock file pins.
func polarsVersion() string {
	var p struct{ Dependencies map[string]string }
	text, err := polarsFiles.ReadFile("polars/package.json")
	if err != nil || json.Unmarshal(text, &p) != nil {
		panic("the embedded package.json is broken") // a test reads it
	}
	return p.Dependencies["nodejs-polars"]
}

// installPolars installs nodejs-polars by its lock file into dir/polars, once, and
// returns the command that answers from a CSV file.
func installPolars(ctx context.Context, dir string) ([]string, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, err
	}
	home := filepath.Join(dir, "polars")
	argv := []string{node, filepath.Join(home, "multiples.mjs")}
	fresh := true
	for _, name := range []string{"package.json", "package-lock.json", "multiples.mjs"} {
		text, err := polarsFiles.ReadFile("polars/" + name)
		if err != nil {
			return nil, err
		}
		path := filepath.Join(home, name)
		if have, err := os.ReadFile(path); err == nil && string(have) == string(text) {
			continue
		}
		fresh = false
		if err := os.MkdirAll(home, 0o777); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, text, 0o666); err != nil {
			return nil, err
		}
	}
	if _, err := os.Stat(filepath.Join(home, "node_modules")); err == nil && fresh {
		return argv, nil
	}
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = home
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("npm ci: %w: %s", err, lastLine(string(out)))
	}
	return argv, nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
