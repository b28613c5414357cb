package main

import (
	"cmp"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how many bytes are done. A nil progress shows nothing, so a
// command need not ask whether there is a terminal.
type progress struct {
	bar  *progressbar.ProgressBar
	talk *talker
}

// Progress starts a bar of total bytes on stderr; total -1 is not known, and with 0
// there are no bytes to count, only time. There is one only on a terminal and at log
// level warn: a user who asked for less wants silence, and lines of a log would tear
// the bar apart. End it with Done.
func (s *session) Progress(total int64, label string) *progress {
	if total == 0 {
		return s.startProgress(-1, label)
	}
	return s.startProgress(total, label, progressbar.OptionShowBytes(true), progressbar.OptionShowCount())
}

// ProgressOf is Progress of things that are counted, such as pages.
func (s *session) ProgressOf(total int64, things, label string) *progress {
	return s.startProgress(total, label, progressbar.OptionShowCount(), progressbar.OptionShowIts(), progressbar.OptionSetItsString(things))
}

func (s *session) startProgress(total int64, label string, more ...progressbar.Option) *progress {
	if !s.Env.StderrTerminal || get[string](s.Settings, "log_level") != "warn" {
		return nil
	}
	options := append([]progressbar.Option{
		progressbar.OptionSetWriter(s.Env.Stderr),
		progressbar.OptionSetDescription(printable(label)),
		progressbar.OptionSetWidth(24),
		progressbar.OptionThrottle(100 * time.Millisecond),
		progressbar.OptionClearOnFinish(),
		progressbar.OptionSetRenderBlankState(true),
	}, more...)
	s.talk.progress = &progress{talk: s.talk, bar: progressbar.NewOptions64(total, options...)}
	return s.talk.progress
}

// Reader counts what is read through it.
func (p *progress) Reader(r io.Reader) io.Reader {
	if p == nil {
		return r
	}
	return io.TeeReader(r, p.bar)
}

// Set says that n bytes are done in all.
func (p *progress) Set(n int64) {
	if p != nil {
		p.bar.Set64(n)
	}
}

// Add counts n bytes more.
func (p *progress) Add(n int64) {
	if p != nil {
		p.bar.Add64(n)
	}
}

// Done takes the bar away.
func (p *progress) Done() {
	if p != nil {
		p.bar.Finish()
		p.talk.progress = nil
	}
}

// clear makes room for a line; the bar comes back when more is counted.
func (p *progress) clear() {
	if p != nil {
		p.bar.Clear()
	}
}

// fileProgress shows how far an ingest is: the file, the step, and its bytes while
// they are read. While the engine works there are no bytes to count, and only time
// goes by.
type fileProgress struct {
	s     *session
	mu    sync.Mutex // a stream is unpacked beside the rest
	bar   *progress
	path  string
	step  string
	total int64 // of the bar, as for Progress
	done  int64
}

// steps are the steps of an ingest as a user sees them.
var stepNames = map[string]string{
	"scan": "looking through", "read": "reading", "normalise": "matching", "stage": "pricing", "identify": "comparing", "load": "loading",
}

// Step begins a step, for the summary and for the eye.
func (f *fileProgress) Step(name string) func() {
	done := f.s.Rec.Step(name)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.step = cmp.Or(stepNames[name], name)
	if f.path != "" {
		f.draw(0)
	}
	return func() {
		done()
		f.mu.Lock()
		defer f.mu.Unlock()
		f.bar.Done()
		f.bar = nil
		if name == "load" {
			f.path = ""
		}
	}
}

// Bytes shows how much of the step is done.
func (f *fileProgress) Bytes(path string, done, total int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if total < 0 && done == 0 {
		total = 0 // nothing to count yet
	}
	if f.path != path || f.total != total || done < f.done {
		f.path = path
		f.draw(total)
	}
	f.done = done
	if total != 0 {
		f.bar.Set(done)
	}
}

// draw puts up the bar of a step, in place of the one before.
func (f *fileProgress) draw(total int64) {
	f.bar.Done()
	f.total, f.done = total, 0
	room := max(8, f.s.Env.Width-70) // the bar, the bytes and the times need the rest
	f.bar = f.s.Progress(total, shortenLeft(printable(f.path), room)+": "+f.step)
}

// Done takes whatever is shown away.
func (f *fileProgress) Done() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.bar.Done()
	f.bar = nil
}

// shortenLeft cuts the beginning of a path, whose end says more.
func shortenLeft(text string, most int) string {
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	return "…" + string(r[len(r)-most+1:])
}
