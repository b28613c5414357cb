package ingest

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // zones are known on machines without a list of them, too
)

// check makes sure that a profile can be used on any record, and compiles its patterns.
func (p *Profile) check() error {
	if p.Name == "" || len(p.Header) == 0 {
		return errors.New("name and header are needed")
	}
	for f := range p.Fields {
		if !slices.Contains(fieldNames, f) {
			return fmt.Errorf("fields: no field %q; there are %s", f, strings.Join(fieldNames, ", "))
		}
	}
	for f := range p.Constants {
		if !slices.Contains(fieldNames, f) {
			return fmt.Errorf("constants: no field %q", f)
		}
	}
	for _, check := range []func() error{p.checkDate, p.checkValues, p.checkFile, p.checkNotSales, p.checkObservations} {
		if err := check(); err != nil {
			return err
		}
	}
	if p.Words.Width != "" {
		re, err := regexp.Compile(p.Words.Width)
		if err != nil {
			return fmt.Errorf("title_words: %w", err)
		}
		if re.NumSubexp() < 1 {
			return fmt.Errorf("title_words: width %q has no group that holds the width", p.Words.Width)
		}
		p.widthRE = re
	}
	return nil
}

func (p *Profile) checkDate() error {
	d := p.Date
	switch d.Kind {
	case "", "auto", "iso":
		if len(d.Layouts) > 0 || d.Precision != "" {
			return fmt.Errorf("date: layouts and precision are for the kind layout, not %q", d.Kind)
		}
	case "layout":
		if len(d.Layouts) == 0 || d.Precision != "day" && d.Precision != "second" {
			return errors.New("date: layouts, and a precision of day or second, are needed")
		}
	default:
		return fmt.Errorf("date: kind %q is none of auto, iso and layout", d.Kind)
	}
	if d.Zone != "" {
		if _, err := time.LoadLocation(d.Zone); err != nil || !zoneName.MatchString(d.Zone) {
			return fmt.Errorf("date: no time zone %q; a name such as America/New_York is meant", d.Zone)
		}
	}
	return nil
}

var zoneName = regexp.MustCompile(`^(UTC|[A-Z][A-Za-z_]+(/[A-Za-z_-]+)+)$`)

// checkValues looks at what money, sizes, conditions and identity are said to be.
func (p *Profile) checkValues() error {
	for _, c := range []struct {
		key, value string
		may        []string
	}{
		{"money: unit", p.Money.Unit, []string{"cents"}},
		{"money: decimal", p.Money.Decimal, []string{",", "."}},
		{"money: decimals", p.Money.Decimals, []string{"round"}},
		{"size: system", p.Size.System, []string{"us", "uk", "eu", "cm", "mm"}},
		{"size: audience", p.Size.Audience, []string{"men", "women", "kids"}},
		{"identity: price", p.Identity.Price, []string{"whole"}},
	} {
		if c.value != "" && !slices.Contains(c.may, c.value) {
			return fmt.Errorf("%s is %q, not %s", c.key, c.value, strings.Join(c.may, ", "))
		}
	}
	if p.Money.Unit != "" && (p.Money.Decimal != "" || p.Money.Decimals != "") {
		return errors.New("money: cents have no decimals")
	}
	for word, level := range p.Conditions {
		if !conditionLevels[level] {
			return fmt.Errorf("condition: %q is %q, not new, new_defects, used or unknown", word, level)
		}
		if word != strings.ToLower(word) {
			return fmt.Errorf("condition: write %q in lower case", word)
		}
	}
	if len(p.Identity.SaleID) > 0 && p.Fields["sale_id"] != "" {
		return errors.New("identity: sale_id is in fields too")
	}
	if p.Size.Pattern != "" {
		re, err := regexp.Compile(p.Size.Pattern)
		if err != nil || re.NumSubexp() < 1 {
			return fmt.Errorf("size: pattern %q has no group that holds the size (%v)", p.Size.Pattern, err)
		}
		p.sizeRE = re
	}
	if p.Size.WomenColumn == "" && p.Size.WomenMatches == "" {
		return nil
	}
	re, err := regexp.Compile(p.Size.WomenMatches)
	if err != nil || p.Size.WomenColumn == "" || p.Size.WomenMatches == "" {
		return fmt.Errorf("size: women_column and a pattern women_matches go together (%v)", err)
	}
	p.madeFor = re
	return nil
}

func (p *Profile) checkNotSales() error {
	for i, n := range p.NotSales {
		if n.Column == "" || n.Reason == "" {
			return errors.New("not_sales: column and reason are needed")
		}
		if (n.Matches == "") == (n.Unless == "") {
			return fmt.Errorf("not_sales: %s needs either matches or unless", n.Reason)
		}
		re, err := regexp.Compile(orText(n.Matches, n.Unless))
		if err != nil {
			return fmt.Errorf("not_sales: %w", err)
		}
		p.NotSales[i].re = re
	}
	return nil
}

// mostHeaderRows is how far down a header may stand.
const mostHeaderRows = 20

func (p *Profile) checkFile() error {
	if n := p.File.HeaderWithin; n < 0 || n > mostHeaderRows {
		return fmt.Errorf("file: header_within is %d, not 0 to %d", n, mostHeaderRows)
	}
	if p.File.Encoding != "" {
		if err := CheckEncoding(p.File.Encoding); err != nil {
			return fmt.Errorf("file: %w", err)
		}
	}
	if p.File.Trailer != "" {
		re, err := regexp.Compile(p.File.Trailer)
		if err != nil {
			return fmt.Errorf("file: trailer: %w", err)
		}
		p.trailer = re
	}
	return nil
}

// columns lists the columns that the profile reads, each once.
func (p *Profile) columns() []string {
	var out []string
	add := func(names ...string) {
		for _, n := range names {
			if n != "" && !slices.Contains(out, n) {
				out = append(out, n)
			}
		}
	}
	for _, f := range fieldNames {
		add(p.Fields[f])
	}
	for _, n := range p.NotSales {
		add(n.Column)
	}
	for _, o := range p.Observations {
		add(o.Price, o.SoldAt)
	}
	add(p.Identity.SaleID...)
	add(p.Snapshot.Release, p.Snapshot.DaysSinceRelease, p.Synthetic.Column, p.Size.WomenColumn)
	if s := p.Styles; s != nil {
		add(s.StyleCode, s.Title, s.Colorway, s.Release, s.Retail, s.OnlyColumn)
	}
	return out
}

// dateColumns lists the columns that hold days.
func (p *Profile) dateColumns() map[string]bool {
	out := map[string]bool{p.Fields["sold_at"]: true, p.Snapshot.Release: true}
	for _, o := range p.Observations {
		out[o.SoldAt] = true
	}
	if p.Styles != nil {
		out[p.Styles.Release] = true
	}
	delete(out, "")
	return out
}

// checkObservations looks at what a product table needs: known kinds of price, and
// for snapshots the columns that say on which day they were taken.
func (p *Profile) checkObservations() error {
	snapshots := false
	for _, o := range p.Observations {
		if !priceBases[o.PriceBasis] {
			return fmt.Errorf("observation: no price basis %q", o.PriceBasis)
		}
		snapshots = snapshots || o.Snapshot
	}
	day := p.Snapshot.Release != "" || p.Snapshot.DaysSinceRelease != ""
	if snapshots && day == p.Requires.ObservedOn {
		return errors.New("observation: a snapshot needs its day: either [snapshot] with release and days_since_release, or [requires] observed_on")
	}
	if p.Requires.ObservedOn && !snapshots {
		return errors.New("requires: observed_on is the day of snapshots, and there is none")
	}
	if !day {
		return nil
	}
	if p.Date.Kind != "layout" {
		return errors.New("snapshot: date layouts are needed")
	}
	for _, c := range []string{p.Snapshot.Release, p.Snapshot.DaysSinceRelease} {
		if !slices.Contains(p.Header, c) {
			return fmt.Errorf("snapshot: column %q is not in header", c)
		}
	}
	return nil
}
