package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// aim is what a ratio is wanted to be. The zero aim wants nothing.
type aim struct {
	most, least float64
}

// verdict says whether a ratio meets the aim.
func (a aim) verdict(ratio float64) string {
	switch {
	case a.most > 0 && ratio <= a.most:
		return fmt.Sprintf("at most %g: met", a.most)
	case a.most > 0:
		return fmt.Sprintf("at most %g: missed", a.most)
	case a.least > 0 && ratio >= a.least:
		return fmt.Sprintf("at least %g: met", a.least)
	case a.least > 0:
		return fmt.Sprintf("at least %g: missed", a.least)
	}
	return ""
}

// comparison is one row of the table: two processes that ran side by side.
type comparison struct {
	step, against string
	rows          int
	ours, theirs  []measured // by round
	inverse       bool       // the ratio is theirs over ours: how many times faster greybook is
	aim           aim
	note          string // why there is no ratio; the rest is then empty
}

// ratios are those of the rounds, ours over theirs or the inverse, of the times
// that a measurement has. Where the two sides have not run in the same rounds,
// each of ours is held against the median of theirs.
func (c comparison) ratios(of func(measured) time.Duration) []float64 {
	theirs := make([]time.Duration, len(c.theirs))
	for i, m := range c.theirs {
		theirs[i] = of(m)
	}
	out := make([]float64, len(c.ours))
	for i, m := range c.ours {
		base := median(theirs)
		if len(c.ours) == len(c.theirs) {
			base = theirs[i]
		}
		out[i] = float64(of(m)) / float64(base)
		if c.inverse {
			out[i] = 1 / out[i]
		}
	}
	return out
}

// growth compares the time a row takes among many rows with that among few: for each
// format, the ingest of the most rows with that of the least.
func growth(all []comparison) []comparison {
	few := map[string]comparison{}
	var out []comparison
	for _, c := range all {
		if !strings.HasPrefix(c.step, "ingest ") || c.step == "ingest again" || c.note != "" || len(strings.Fields(c.step)) != 2 {
			continue
		}
		f, ok := few[c.step]
		if !ok {
			few[c.step] = c
			continue
		}
		perRow := comparison{step: c.step + ", for each row", against: "among " + grouped(f.rows), rows: c.rows, ours: c.ours, aim: aim{most: 1.15}}
		for _, m := range f.ours {
			m.wall = time.Duration(float64(m.wall) * float64(c.rows) / float64(f.rows))
			m.cpu = time.Duration(float64(m.cpu) * float64(c.rows) / float64(f.rows))
			perRow.theirs = append(perRow.theirs, m)
		}
		out = append(out, perRow)
	}
	return out
}

func wallTime(m measured) time.Duration { return m.wall }
func cpuTime(m measured) time.Duration  { return m.cpu }

// writeTable prints the comparisons as a Markdown table.
func writeTable(w io.Writer, cs []comparison) error {
	var b strings.Builder
	b.WriteString("| step | rows | greybook | against | | ratio | aim | ratio of CPU | peak memory |\n")
	b.WriteString("|---|--:|--:|---|--:|--:|---|--:|--:|\n")
	for _, c := range cs {
		if c.note != "" {
			fmt.Fprintf(&b, "| %s | %s | | %s | | | %s | | |\n", c.step, grouped(c.rows), c.against, strings.ReplaceAll(c.note, "|", "/"))
			continue
		}
		r, cpu := c.ratios(wallTime), c.ratios(cpuTime)
		suffix := ""
		if c.inverse {
			suffix = " times faster"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %.3g (%.3g–%.3g)%s | %s | %.3g | %s, %s |\n", c.step, grouped(c.rows), times(c.ours), c.against, times(c.theirs),
			median(r), slices.Min(r), slices.Max(r), suffix, c.aim.verdict(median(r)), median(cpu), peak(c.ours), peak(c.theirs))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// times are the median, least and most seconds.
func times(ms []measured) string {
	var s []float64
	for _, m := range ms {
		s = append(s, m.wall.Seconds())
	}
	return fmt.Sprintf("%.3g s (%.3g–%.3g)", median(s), slices.Min(s), slices.Max(s))
}

// peak is the largest memory of all runs.
func peak(ms []measured) string {
	most := int64(0)
	for _, m := range ms {
		most = max(most, m.peak)
	}
	if most < 1<<30 {
		return fmt.Sprintf("%d MiB", most>>20)
	}
	return fmt.Sprintf("%.2f GiB", float64(most)/(1<<30))
}

// median is the middle value, of an even number the mean of the two.
func median[T time.Duration | float64](values []T) T {
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

// grouped writes 1000000 as 1,000,000.
func grouped(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
