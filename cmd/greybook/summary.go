package main

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"maps"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/amassable/greybook/data"
	"github.com/spf13/cobra"
)

// summary is what --summary writes, also for a run that failed.
type summary struct {
	RunID      string            `json:"run_id"`
	Command    string            `json:"command"` // "greybook ingest sales"; "" when the run ended before it was known
	Arguments  []string          `json:"arguments"`
	Versions   map[string]string `json:"versions"`
	AsOf       *data.Date        `json:"as_of"` // null when the run ended before it was known
	StartedAt  time.Time         `json:"started_at"`
	FinishedAt time.Time         `json:"finished_at"`
	Seconds    float64           `json:"seconds"`
	Inputs     []fileRecord      `json:"inputs"`
	Outputs    []fileRecord      `json:"outputs"`
	Counts     map[string]int64  `json:"counts"`
	Steps      []stepRecord      `json:"steps"`
	Warnings   []string          `json:"warnings"`
	Error      *string           `json:"error"`
	ExitCode   int               `json:"exit_code"`
}

// fileRecord is a file that was read or written.
type fileRecord struct {
	Path   string `json:"path"` // as given; "-" is stdin or stdout
	Size   int64  `json:"size"` // bytes
	SHA256 string `json:"sha256"`
}

// stepRecord is how long one step of a run took.
type stepRecord struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// recorder collects the summary of a run. Its methods may be called from several goroutines.
type recorder struct {
	now    func() time.Time
	wanted bool // the summary will be written
	mu     sync.Mutex
	s      summary
}

// newRecorder starts the record of a run. The run has an id of its own until an
// ingest gives it that of the ledger.
func newRecorder(e env, args []string) *recorder {
	started := e.Now()
	versionOf := map[string]string{}
	for _, v := range versions(e) {
		versionOf[v.name] = v.version
	}
	return &recorder{now: e.Now, s: summary{
		RunID:     started.UTC().Format("20060102T150405Z") + "-" + strings.ToLower(rand.Text()[:8]),
		Arguments: append([]string{}, args...),
		Versions:  versionOf,
		StartedAt: started,
		Inputs:    []fileRecord{},
		Outputs:   []fileRecord{},
		Counts:    map[string]int64{},
		Steps:     []stepRecord{},
		Warnings:  []string{},
	}}
}

// command records which command runs.
func (r *recorder) command(path string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s.Command = path
}

// asOf records the day that the run's results are of.
func (r *recorder) asOf(day data.Date) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s.AsOf = &day
}

// RunID sets the run's id to the one the book's ledger gave it.
func (r *recorder) RunID(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s.RunID = id
}

// Input records a file that was read.
func (r *recorder) Input(f fileRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s.Inputs = append(r.s.Inputs, f)
}

// InputFile records a file that was read by something that does not tell its
// size and hash, reading it once more. path is absolute, name as given.
func (r *recorder) InputFile(name, path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("hash %s: %w", name, cause(err))
	}
	defer f.Close()
	sum := sha256.New()
	size, err := io.Copy(sum, f)
	if err != nil {
		return fmt.Errorf("hash %s: %w", name, cause(err))
	}
	r.Input(fileRecord{name, size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// newHash returns what an output is hashed by; nil where nobody will read it, as
// hundreds of megabytes take their time.
func (r *recorder) newHash() hash.Hash {
	if !r.wanted {
		return nil
	}
	return sha256.New()
}

// Output records a file that was written; session.Output does it for you.
func (r *recorder) Output(f fileRecord) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s.Outputs = append(r.s.Outputs, f)
}

// Count adds n to a count, such as "read" or "added".
func (r *recorder) Count(name string, n int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s.Counts[name] += n
}

// Step times a step of the run: defer r.Step("read")().
func (r *recorder) Step(name string) func() {
	start := r.now()
	return func() {
		took := r.now().Sub(start).Seconds()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.s.Steps = append(r.s.Steps, stepRecord{name, took})
	}
}

// Warning records a warning; session.Warn does it for you.
func (r *recorder) Warning(message string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.s.Warnings = append(r.s.Warnings, message)
}

// finish returns the summary of a run that ended with err.
func (r *recorder) finish(err error) summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.s
	s.Counts = maps.Clone(r.s.Counts)
	s.FinishedAt = r.now()
	s.Seconds = s.FinishedAt.Sub(s.StartedAt).Seconds()
	s.StartedAt, s.FinishedAt = s.StartedAt.UTC(), s.FinishedAt.UTC()
	s.ExitCode = exitCode(err)
	if err != nil {
		message := err.Error()
		s.Error = &message
	}
	return s
}

// write writes the summary of a run that ended with err to a file.
func (r *recorder) write(e env, name string, err error) error {
	if name == "-" {
		return usagef("--summary needs the name of a file: standard output is for data")
	}
	text, jerr := json.MarshalIndent(r.finish(err), "", "  ")
	if jerr != nil {
		return jerr
	}
	out, oerr := createOutput(absolute(e, name))
	if oerr != nil {
		return fmt.Errorf("%s: %w", name, oerr)
	}
	defer out.Discard()
	out.name = name
	if _, werr := out.Write(append(text, '\n')); werr != nil {
		return werr
	}
	return out.Commit()
}

// summaryPath returns the file of --summary, also when the arguments could not
// be parsed to their end: last week's summary must not stand for this run.
func (p *program) summaryPath(args []string, err error) string {
	switch {
	case len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd):
		return "" // a shell completes a command line that has the flag: nothing ran
	case p.summary != "" || p.started || err == nil:
		return p.summary
	}
	for i, arg := range args {
		if arg == "--" {
			break
		}
		if path, ok := strings.CutPrefix(arg, "--summary="); ok {
			return path
		}
		if arg == "--summary" && i+1 < len(args) {
			return args[i+1]
		}
	}
	return ""
}
