package ingest

import (
	"fmt"
	"slices"
	"sort"
	"strings"
)

// fits reports how many of the profile's needed columns a header lacks, and
// whether one of HeaderAny is there.
func (p Profile) fits(header []string) (missing []string) {
	for _, h := range p.Header {
		if !slices.Contains(header, h) {
			missing = append(missing, h)
		}
	}
	if len(p.HeaderAny) > 0 && !slices.ContainsFunc(p.HeaderAny, func(h string) bool { return slices.Contains(header, h) }) {
		missing = append(missing, strings.Join(p.HeaderAny, " or "))
	}
	return missing
}

// UnknownSourceError says that no profile, or more than one, fits a file.
type UnknownSourceError struct {
	File string
	Fits []string // more than one: ambiguous
	Near []string // none: the nearest profiles and what they miss
}

func (e *UnknownSourceError) Error() string {
	if len(e.Fits) > 0 {
		return fmt.Sprintf("%s: its header fits more than one source: %s", e.File, strings.Join(e.Fits, ", "))
	}
	if len(e.Near) == 0 {
		return fmt.Sprintf("%s: its header fits no source, and has none of the columns that the sources need", e.File)
	}
	return fmt.Sprintf("%s: its header fits no source; nearest: %s", e.File, strings.Join(e.Near, "; "))
}

// Recognise names the one profile that a file's header fits. Where several fit, one
// that asks for all the columns of the others and more wins. headerFor is the
// header that the file has when it is read as a profile says.
func Recognise(file string, headerFor func(*Profile) []string, profiles []Profile) (Profile, error) {
	var fit []Profile
	type near struct {
		name    string
		missing []string
		share   float64
	}
	var nears []near
	for _, p := range profiles {
		missing := p.fits(headerFor(&p))
		if len(missing) == 0 {
			fit = append(fit, p)
			continue
		}
		if len(missing) < len(p.Header)+min(1, len(p.HeaderAny)) {
			nears = append(nears, near{p.Name, missing, float64(len(missing)) / float64(len(p.Header)+1)})
		}
	}
	if len(fit) > 1 {
		for _, p := range fit {
			if p.asksForMore(fit) {
				fit = []Profile{p}
				break
			}
		}
	}
	switch len(fit) {
	case 1:
		return fit[0], nil
	case 0:
		sort.SliceStable(nears, func(i, j int) bool { return nears[i].share < nears[j].share })
		e := &UnknownSourceError{File: file}
		for _, n := range nears[:min(2, len(nears))] {
			e.Near = append(e.Near, fmt.Sprintf("%s (no column %s)", n.name, quoteList(n.missing)))
		}
		return Profile{}, e
	}
	e := &UnknownSourceError{File: file}
	for _, p := range fit {
		e.Fits = append(e.Fits, p.Name)
	}
	return Profile{}, e
}

// asksForMore reports whether a profile needs all columns that each of the others
// needs, and more.
func (p Profile) asksForMore(others []Profile) bool {
	for _, o := range others {
		if o.Name == p.Name {
			continue
		}
		if len(o.Header) >= len(p.Header) || slices.ContainsFunc(o.Header, func(h string) bool { return !slices.Contains(p.Header, h) }) {
			return false
		}
	}
	return true
}

// quoteList shows up to four names.
func quoteList(names []string) string {
	var q []string
	for i, n := range names {
		if i == 4 {
			q = append(q, fmt.Sprintf("and %d more", len(names)-4))
			break
		}
		q = append(q, fmt.Sprintf("%q", n))
	}
	return strings.Join(q, ", ")
}
