package analysis

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/amassable/greybook/data"
)

// Release is a style of the reference, as the first sale of a shoe.
type Release struct {
	Style, Code, Model, Version, Colorway string // "" where the reference has none
	MadeIn, Audience, Collab              string
	ReleasedOn                            data.Date // first day of its period; zero: not known
	Precision                             string    // of ReleasedOn: day, month, year; "" not known
	GreyDay                               bool      // on the list of Grey Day releases
	GreyDayYear                           int       // 0: none, or the list gives none
	Unknown                               []string  // facts that the reference lacks: see UnknownFactText

	versioned bool // its model has versions
}

// Year is the year of its release, 0 where that is not known.
func (r Release) Year() int {
	if r.ReleasedOn.IsZero() {
		return 0
	}
	return r.ReleasedOn.Time().Year()
}

// ReleaseScope is which releases a collection is held against.
type ReleaseScope struct {
	Kind           string // ScopeGreyDay, ScopeMadeInUSA or ScopeVersion
	Model, Version string // "": any
}

// The kinds of scope.
const (
	ScopeGreyDay   = "grey-day"    // the styles on the list of Grey Days, by the list alone
	ScopeMadeInUSA = "made-in-usa" // those that the reference says are made in the USA
	ScopeVersion   = "version"     // those of a model, or of one version of it
)

// String is the scope as the command line has it.
func (s ReleaseScope) String() string {
	switch {
	case s.Kind == ScopeVersion:
		return s.Model + s.Version
	case s.Model != "":
		return s.Kind + " " + s.Model + s.Version
	}
	return s.Kind
}

// UnknownScopeError says that a text names no releases.
type UnknownScopeError struct {
	Text  string
	Model bool     // that it was to be a model
	Known []string // what there is: scopes with models and versions, or models alone
}

func (e *UnknownScopeError) Error() string {
	if e.Model {
		return fmt.Sprintf("the reference has no model %q", e.Text)
	}
	return fmt.Sprintf("%q is no scope: it is neither %s nor %s, and the reference has no model or version of that name", e.Text, ScopeGreyDay, ScopeMadeInUSA)
}

// ScopeConflictError says that a scope names another model than the one asked for.
type ScopeConflictError struct{ Scope, Model string }

func (e *ScopeConflictError) Error() string {
	return fmt.Sprintf("%s is not of the model %s", e.Scope, e.Model)
}

// resolveScope reads a scope: grey-day, made-in-usa, a model (1300), a version of a model
// (990v3), or a version alone (v3), which is of model, or of the 990 where none is given.
func resolveScope(text, model string, all []Release) (ReleaseScope, error) {
	var models []string
	known := []string{ScopeGreyDay, ScopeMadeInUSA}
	like := func(want string) (m, v string, ok bool) {
		for _, r := range all {
			for _, c := range [][2]string{{r.Model, ""}, {r.Model, r.Version}} {
				if c[0] != "" && strings.EqualFold(c[0]+c[1], want) {
					return c[0], c[1], true
				}
			}
		}
		return "", "", false
	}
	for _, r := range all {
		if r.Model != "" {
			models = append(models, r.Model)
			known = append(known, r.Model, r.Model+r.Version)
		}
	}
	for _, list := range []*[]string{&models, &known} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	s := ReleaseScope{Kind: strings.ToLower(strings.TrimSpace(cmp.Or(text, ScopeGreyDay)))}
	if model != "" {
		m, v, ok := like(model)
		if !ok || v != "" {
			return s, &UnknownScopeError{Text: model, Model: true, Known: models}
		}
		s.Model = m
	}
	if s.Kind == ScopeGreyDay || s.Kind == ScopeMadeInUSA {
		return s, nil
	}
	asked := s.Model
	m, v, ok := like(s.Kind)
	if !ok {
		m, v, ok = like(cmp.Or(asked, "990") + s.Kind)
	}
	switch {
	case !ok:
		return s, &UnknownScopeError{Text: text, Known: known}
	case asked != "" && asked != m:
		return s, &ScopeConflictError{Scope: m + v, Model: asked}
	}
	return ReleaseScope{Kind: ScopeVersion, Model: m, Version: v}, nil
}

// holds says whether a release is in the scope; sure is false where the reference lacks
// the fact that would say.
func (s ReleaseScope) holds(r Release) (in, sure bool) {
	in, sure = true, true
	for _, c := range []struct{ asked, known, yes bool }{
		{s.Model != "", r.Model != "", r.Model == s.Model},
		{s.Version != "", r.Version != "", r.Version == s.Version},
		{s.Kind == ScopeGreyDay, true, r.GreyDay},
		{s.Kind == ScopeMadeInUSA, r.MadeIn != "", r.MadeIn == "USA"},
	} {
		switch {
		case c.asked && c.known && !c.yes:
			return false, true
		case c.asked && !c.known:
			in, sure = false, false
		}
	}
	return in, sure
}

// Group is what a release stands under: the year of its Grey Day, or its model and version.
func (s ReleaseScope) Group(r Release) string {
	switch {
	case s.Kind == ScopeGreyDay && r.GreyDayYear > 0:
		return "Grey Day " + strconv.Itoa(r.GreyDayYear)
	case s.Kind == ScopeGreyDay:
		return "Grey Day, year not known"
	case r.Model == "":
		return "Model not known"
	case r.Version == "" && r.versioned:
		return r.Model + ", version not known"
	}
	return r.Model + r.Version
}

// Compare orders by group: Grey Days by year, else models by number and their
// versions; then by day of release and style. What is not known comes last.
func (s ReleaseScope) Compare(a, b Release) int {
	last := func(n int) int {
		if n == 0 {
			return math.MaxInt
		}
		return n
	}
	c := 0
	if s.Kind == ScopeGreyDay {
		c = cmp.Compare(last(a.GreyDayYear), last(b.GreyDayYear))
	} else {
		c = cmp.Or(cmp.Compare(modelNumber(a.Model), modelNumber(b.Model)), keyCompare([]string{a.Model, a.Version}, []string{b.Model, b.Version}))
	}
	return cmp.Or(c, cmp.Compare(last(int(a.ReleasedOn)), last(int(b.ReleasedOn))), cmp.Compare(a.Style, b.Style))
}

// modelNumber orders models: 990 before 1300, names without a number last.
func modelNumber(model string) int {
	n := 0
	for _, r := range model {
		if r < '0' || r > '9' || n > 1e6 {
			break
		}
		n = 10*n + int(r-'0')
	}
	if n == 0 {
		return math.MaxInt
	}
	return n
}

// The facts that a release may lack, as codes.
const (
	UnknownRelease     = "release_date"  // when it came out
	UnknownReleased    = "released_yet"  // whether it is out: its release is known to the month or year, which is not over
	UnknownGreyDayYear = "grey_day_year" // which Grey Day it was of
	UnknownVersion     = "version"
	UnknownColorway    = "colorway"
	UnknownMadeIn      = "made_in"
	UnknownStyleCode   = "style_code"
)

// UnknownFactText says in words which fact a code is of; an unknown code is its own text.
func UnknownFactText(code string) string {
	switch code {
	case UnknownRelease:
		return "when it was released"
	case UnknownReleased:
		return "whether it is out yet"
	case UnknownGreyDayYear:
		return "which year’s Grey Day it was of"
	case UnknownMadeIn:
		return "where it is made"
	case UnknownStyleCode:
		return "its style code"
	case UnknownVersion, UnknownColorway:
		return "its " + code
	}
	return code
}

// unknownFacts lists what the reference does not say of a release.
func (r Release) unknownFacts(s ReleaseScope, asOf data.Date) []string {
	var out []string
	add := func(lacks bool, code string) {
		if lacks {
			out = append(out, code)
		}
	}
	add(r.Colorway == "", UnknownColorway)
	add(s.Kind == ScopeGreyDay && r.GreyDayYear == 0, UnknownGreyDayYear)
	add(r.MadeIn == "", UnknownMadeIn)
	add(r.ReleasedOn.IsZero(), UnknownRelease)
	add(!r.ReleasedOn.IsZero() && r.lastDay() > asOf, UnknownReleased)
	add(r.Code == "", UnknownStyleCode)
	add(r.Version == "" && r.versioned, UnknownVersion)
	return out
}

// lastDay is the last day on which it may have been released.
func (r Release) lastDay() data.Date {
	t := r.ReleasedOn.Time()
	switch r.Precision {
	case "month":
		return data.DateOf(t.AddDate(0, 1, -1))
	case "year":
		return data.DateOf(t.AddDate(1, 0, -1))
	}
	return r.ReleasedOn
}

// readReleases reads the styles of the reference by style. A Grey Day's own day of release
// stands in where the style's is less exact, and its year where there is neither.
func readReleases(ctx context.Context, b *data.Book) ([]Release, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	rows, err := s.Query(ctx, `
		SELECT t.style_id, coalesce(t.style_code, ''), coalesce(t.model, ''), coalesce(t.version, ''), coalesce(t.colorway, ''), coalesce(t.made_in, ''),
		       coalesce(t.audience, ''), coalesce(t.collab, ''), g.style_id IS NOT NULL, coalesce(g.year, 0),
		       CASE WHEN g.date IS NOT NULL AND coalesce(t.release_precision, '') <> 'day' THEN g.date
		            ELSE coalesce(t.release_date, make_date(g.year, 1, 1)) END - DATE '1970-01-01' AS released,
		       CASE WHEN g.date IS NOT NULL THEN 'day' WHEN t.release_date IS NOT NULL THEN t.release_precision WHEN g.year IS NOT NULL THEN 'year' ELSE '' END
		FROM styles t LEFT JOIN grey_days g ON g.style_id = t.style_id
		ORDER BY t.style_id`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Release
	versioned := map[string]bool{}
	for rows.Next() {
		var r Release
		var released *int64
		if err := rows.Scan(&r.Style, &r.Code, &r.Model, &r.Version, &r.Colorway, &r.MadeIn, &r.Audience, &r.Collab, &r.GreyDay, &r.GreyDayYear, &released, &r.Precision); err != nil {
			return nil, err
		}
		if released != nil {
			r.ReleasedOn = data.Date(*released)
		}
		versioned[r.Model] = versioned[r.Model] || r.Version != ""
		out = append(out, r)
	}
	for i := range out {
		out[i].versioned = versioned[out[i].Model]
	}
	return out, rows.Err()
}
