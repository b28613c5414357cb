package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/amassable/greybook/data"
)

// Job is one run of an ingest: what it reads with, and into which book.
type Job struct {
	Book       *data.Book
	Program    string    // "greybook 0.1.0"
	Now        time.Time // when the run started
	AsOf       data.Date // the day that counts as today
	Profiles   []Profile
	Source     string    // name of the profile to use; "": recognise it
	Encoding   string    // of text files; "": look for it in each
	ObservedOn data.Date // the day that snapshots were taken, for profiles that ask for it
	Style      string    // code or title of the style whose sales these are, for profiles that ask for it
	Stdin      io.Reader
	TempDir    string                          // for unpacked copies; "": the system's
	TooMany    func(rejected, read int64) bool // refuses a file with so many rejects; nil: none is
	DryRun     bool
	Progress   func(path string, done, total int64) // of a step, in bytes; total -1: nobody knows; may be nil
	Step       func(name string) (done func())      // begins a step of the work on a file; may be nil
	EngineFrom int64                                // clean CSV files of at least this many bytes go through the engine's reader; 0: 4 MiB
}

// TooManyRejectsError says that a file was refused whole; nothing of it is in the
// book.
type TooManyRejectsError struct{ Report FileReport }

func (e *TooManyRejectsError) Error() string {
	why := ""
	if len(e.Report.Reasons) > 0 {
		why = fmt.Sprintf(", most of them %s", e.Report.Reasons[0].Reason)
	}
	return fmt.Sprintf("%s: %d of %d records would be rejected%s: refused", e.Report.Path, e.Report.Rejected, e.Report.Read, why)
}

// errDryRun rolls a transaction back that went well.
var errDryRun = errors.New("dry run")

// Sales reads files of sale records, each in a transaction of its own, under one
// run. The reports are of the files that are in the book; an error is about the
// file after them.
func (j *Job) Sales(ctx context.Context, files []string) (runID int64, reports []FileReport, err error) {
	s, err := j.Book.Session(ctx)
	if err != nil {
		return 0, nil, err
	}
	defer s.Close()
	for _, path := range files {
		var r FileReport
		if r, err = j.sales(ctx, s, path, &runID); err != nil {
			break
		}
		reports = append(reports, r)
	}
	return runID, reports, err
}

func (j *Job) sales(ctx context.Context, s *data.Session, path string, runID *int64) (FileReport, error) {
	done := j.step("scan")
	f, p, err := j.open(ctx, path)
	done()
	if err != nil {
		return FileReport{}, err
	}
	defer f.cleanup()
	if err := j.told(f, &p); err != nil {
		return FileReport{}, err
	}
	rep := FileReport{Path: f.path, Profile: p.Name, Bytes: f.bytes(), Format: string(f.in), Encoding: f.encoding}
	if again, err := j.again(ctx, s, &p, f, &rep, runID); again || err != nil {
		return rep, err
	}
	l := &load{s: s, p: &p, f: f, asOf: j.AsOf}
	if err := l.readReference(ctx); err != nil {
		return rep, err
	}
	done = j.step("read")
	got, err := j.fill(ctx, l)
	done()
	if err != nil {
		return rep, err
	}
	rep.ObservedOn, rep.Reader = got.observed, got.reader
	rep.Read = got.counted + int64(len(got.bad))
	for _, step := range []struct {
		name string
		run  func(context.Context) error
	}{{"normalise", l.normaliseTexts}, {"stage", l.stage}, {"identify", l.fates}} {
		done := j.step(step.name)
		err := step.run(ctx)
		done()
		if err != nil {
			return rep, fmt.Errorf("%s: %w", path, err)
		}
	}
	rejects, err := l.rejects(ctx, got)
	if err != nil {
		return rep, err
	}
	if rep.SHA256, err = f.sha256(); err != nil {
		return rep, err
	}
	if err := f.unchanged(); err != nil {
		return rep, err
	}
	done = j.step("load")
	defer done()
	if err := j.commit(ctx, l, &rep, rejects, runID); err != nil && !errors.Is(err, errDryRun) {
		return rep, err
	}
	return rep, nil
}

// commit loads the staged file in one transaction: all of it or nothing.
func (j *Job) commit(ctx context.Context, l *load, rep *FileReport, rejects []reject, runID *int64) error {
	rep.count(rejects)
	if j.TooMany != nil && j.TooMany(rep.Rejected, rep.Read) {
		return &TooManyRejectsError{*rep}
	}
	run := *runID
	err := l.s.Tx(ctx, func() error {
		fileNo, err := j.beginFile(ctx, l.s, "ingest sales", &run)
		if err != nil {
			return err
		}
		if rep.Added, err = l.insert(ctx, fileNo); err != nil {
			return err
		}
		if err := l.s.Get(ctx, []any{&rep.Known}, "SELECT count(*) FROM fate WHERE fate = 'known'"); err != nil {
			return err
		}
		if rep.Read != rep.Added+rep.Known+rep.Rejected {
			return fmt.Errorf("%s: read %d, but added %d + known %d + rejected %d: a fault of greybook's, nothing was loaded",
				rep.Path, rep.Read, rep.Added, rep.Known, rep.Rejected)
		}
		if err := storeRejects(ctx, l.s, fileNo, rejects); err != nil {
			return err
		}
		if rep.Added > 0 {
			if err := data.JudgeFile(ctx, l.s, fileNo); err != nil {
				return err
			}
		}
		if err := l.describe(ctx, rep, fileNo); err != nil {
			return err
		}
		if err := endFile(ctx, l.s, fileNo, run, rep); err != nil {
			return err
		}
		if j.DryRun {
			if err := l.wouldStore(ctx, rep, run); err != nil {
				return err
			}
			return errDryRun
		}
		return nil
	})
	if err != nil {
		return err
	}
	*runID = run
	return written(ctx, l.s, rep.Path)
}

// written brings a file that is in the book from its log into its file. An interrupt
// from here on must not deny that it is in the book, nor does an error.
func written(ctx context.Context, s *data.Session, path string) error {
	if err := s.Checkpoint(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("%s: it is in the book, whose log can't be written into it for now: %w", path, err)
	}
	return nil
}

// describe counts what was added: unmatched, flagged, synthetic.
func (l *load) describe(ctx context.Context, rep *FileReport, fileNo int64) error {
	if rep.Added == 0 {
		rep.Flags = []ReasonCount{}
		return nil
	}
	rows, err := l.s.Query(ctx, `
		WITH kinds AS (SELECT flags, style_no IS NULL AS unmatched, count(*) AS n FROM store.sale WHERE file_no = ? GROUP BY ALL)
		SELECT f.flag, sum(k.n)::BIGINT FROM kinds k JOIN store.flag f ON k.flags & (1::UINTEGER << f.bit) <> 0 GROUP BY f.flag
		UNION ALL SELECT 'unmatched', sum(n)::BIGINT FROM kinds WHERE unmatched HAVING count(*) > 0`, fileNo)
	if err != nil {
		return err
	}
	defer rows.Close()
	flags := map[string]int64{}
	for rows.Next() {
		var flag string
		var n int64
		if err := rows.Scan(&flag, &n); err != nil {
			return err
		}
		if flag == "unmatched" {
			rep.Unmatched = n
			continue
		}
		flags[flag] = n
	}
	rep.Synthetic = flags["synthetic"]
	rep.Flags = count(flags)
	return rows.Err()
}

// fill reads the file into raw, by the engine where it can.
func (j *Job) fill(ctx context.Context, l *load) (filled, error) {
	from := j.EngineFrom
	if from == 0 {
		from = 4 << 20
	}
	plain := !l.p.byLine() && !strings.ContainsAny(l.f.readPath, "*?[")
	if l.f.forEngine() && plain && l.f.bytes() >= from {
		got, ok, err := fillByEngine(ctx, l.s, l.f, l.p)
		if ok || err != nil {
			got.reader = "engine"
			return got, err
		}
	}
	got, err := fillByLine(ctx, l.s, l.f, l.p)
	got.reader = "lines"
	return got, err
}

// open opens a file and sets it up to be read with its profile.
func (j *Job) open(ctx context.Context, path string) (*file, Profile, error) {
	f, err := openFile(ctx, path, j.Stdin, j.TempDir, j.Encoding, j.reporter(path))
	if err != nil {
		return nil, Profile{}, err
	}
	p, err := j.profile(f)
	if err == nil && p.File.Encoding != "" && j.Encoding == "" && f.encoding != "" {
		f.sheets, f.headers = nil, nil
		err = f.lookAtText(ctx, j.TempDir, p.File.Encoding)
	}
	if err == nil {
		err = f.use(&p)
	}
	if err != nil {
		f.cleanup()
		return nil, Profile{}, err
	}
	return f, p, nil
}

// profile picks the profile of a file: the one asked for, if it fits, or the one
// that its header tells.
func (j *Job) profile(f *file) (Profile, error) {
	if j.Source == "" {
		return Recognise(f.path, f.headerFor, j.Profiles)
	}
	i := slices.IndexFunc(j.Profiles, func(p Profile) bool { return p.Name == j.Source })
	if i < 0 {
		return Profile{}, &NoSuchSourceError{Name: j.Source, Have: names(j.Profiles)}
	}
	p := j.Profiles[i]
	if missing := p.fits(f.headerFor(&p)); len(missing) > 0 {
		return Profile{}, &UnknownSourceError{File: f.path, Near: []string{fmt.Sprintf("%s (no column %s)", p.Name, quoteList(missing))}}
	}
	return p, nil
}

// told gives a file's profile what only the user knows, and sees to it that the user
// says so, and says nothing that would be ignored.
func (j *Job) told(f *file, p *Profile) error {
	for _, t := range []struct {
		flag, meaning string
		needed, given bool
	}{
		{"--observed-on", "the day that it was taken", p.Requires.ObservedOn, !j.ObservedOn.IsZero()},
		{"--style", "whose sales these are", p.Requires.Style, j.Style != ""},
	} {
		if t.needed != t.given {
			return &ToldError{File: f.path, Source: p.Name, Flag: t.flag, Meaning: t.meaning, Needed: t.needed}
		}
	}
	p.observed, p.style = j.ObservedOn, j.Style
	return nil
}

// ToldError says that the user has to say something of a file that isn't in it, or
// said something that is.
type ToldError struct {
	File, Source, Flag, Meaning string
	Needed                      bool
}

func (e *ToldError) Error() string {
	if e.Needed {
		return fmt.Sprintf("%s: a file of source %s doesn't say %s: %s does", e.File, e.Source, e.Meaning, e.Flag)
	}
	return fmt.Sprintf("%s: a file of source %s says %s by itself: %s is for other sources", e.File, e.Source, e.Meaning, e.Flag)
}

// NoSuchSourceError says that no profile has the name asked for.
type NoSuchSourceError struct {
	Name string
	Have []string
}

func (e *NoSuchSourceError) Error() string {
	return fmt.Sprintf("no source %q; there are %s", e.Name, strings.Join(e.Have, ", "))
}

func names(ps []Profile) []string {
	var out []string
	for _, p := range ps {
		out = append(out, p.Name)
	}
	return out
}

func (l *load) readReference(ctx context.Context) error {
	ref, no, err := data.ReadReference(ctx, l.s)
	if err != nil {
		return err
	}
	l.matcher = newMatcher(ref)
	l.styles, l.styleNo = map[string]data.Style{}, map[string]int64{}
	for _, t := range ref.Styles {
		l.styles[t.ID] = t
		l.styleNo[t.ID] = int64(no[t.ID])
	}
	return nil
}

// step times a step of the work.
func (j *Job) step(name string) func() {
	if j.Step == nil {
		return func() {}
	}
	return j.Step(name)
}

// reporter reports the progress of one file; nil when nobody wants to know. It begins
// at once, so that the file's name is known before its first bytes are.
func (j *Job) reporter(path string) func(done, total int64) {
	if j.Progress == nil {
		return nil
	}
	j.Progress(path, 0, -1)
	return func(done, total int64) { j.Progress(path, done, total) }
}

// counted reports how much of a stream of total bytes is read.
type counted struct {
	io.Reader
	done, total int64
	progress    func(done, total int64)
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	c.done += int64(n)
	c.progress(c.done, c.total)
	return n, err
}

// countRead reports how much of an open file is read, where somebody wants to know.
func countRead(in *os.File, progress func(done, total int64)) io.Reader {
	if progress == nil {
		return in
	}
	total := int64(-1)
	if st, err := in.Stat(); err == nil && st.Mode().IsRegular() {
		total = st.Size()
	}
	return &counted{in, 0, total, progress}
}
