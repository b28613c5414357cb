package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows how many bytes are done. A nil progress shows nothing, so a
// command need not ask whether there is a terminal.
type progress struct {
	bar  *progressbar.ProgressBar
	talk *talker
}

// Progress starts a bar of total bytes on stderr; total -1 is not known. There
// is one only on a terminal and at log level warn: a user who asked for less
// wants silence, and lines of a log would tear the bar apart. End it with Done.
func (s *session) Progress(total int64, label string) *progress {
	if !s.Env.StderrTerminal || get[string](s.Settings, "log_level") != "warn" {
		return nil
	}
	s.talk.progress = &progress{
		talk: s.talk,
		bar: progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(s.Env.Stderr),
			progressbar.OptionSetDescription(printable(label)),
			progressbar.OptionShowBytes(true),
			progressbar.OptionSetWidth(24),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		),
	}
	return s.talk.progress
}

// Reader counts what is read through it.
func (p *progress) Reader(r io.Reader) io.Reader {
	if p == nil {
		return r
	}
	return io.TeeReader(r, p.bar)
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
