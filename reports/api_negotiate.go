package reports

import (
	"strconv"
	"strings"
)

// The types that rows are served as.
const (
	apiJSON   = "application/json"
	apiNDJSON = "application/x-ndjson"
	apiArrow  = "application/vnd.apache.arrow.stream"
)

// rowTypes is what there is of rows, what is preferred first.
var rowTypes = []string{apiJSON, apiNDJSON, apiArrow}

// chooseType picks of the types offered the one that an Accept header likes best, of
// equals the first; ok is false where it takes none. What can't be read of a header is
// passed over.
func chooseType(accept []string, offered []string) (chosen string, ok bool) {
	header := strings.Join(accept, ",")
	if header == "" || header == "*/*" {
		return offered[0], true
	}
	best := 0.0
	for _, o := range offered {
		if q := typeQuality(header, o); q > best {
			chosen, best = o, q
		}
	}
	return chosen, best > 0
}

// typeQuality is what a header thinks of a type: the quality of the most specific range
// that it is in, 0 where it is in none.
func typeQuality(header, offered string) float64 {
	quality, specific := 0.0, -1
	kind, _, _ := strings.Cut(offered, "/")
	for part := range strings.SplitSeq(header, ",") {
		name, q := quality1(part)
		rank := -1
		switch {
		case name == offered, offered == apiNDJSON && (name == "application/ndjson" || name == "application/jsonl"):
			rank = 2
		case name == kind+"/*":
			rank = 1
		case name == "*/*":
			rank = 0
		}
		if rank > specific || rank == specific && rank >= 0 && q > quality {
			quality, specific = q, rank
		}
	}
	return quality
}

// quality1 reads one item of Accept or Accept-Encoding: its name in lower case, and its
// quality. One whose quality is no number from 0 to 1 counts as not wanted.
func quality1(part string) (name string, q float64) {
	name, rest, _ := strings.Cut(part, ";")
	name, q = strings.ToLower(strings.TrimSpace(name)), 1
	for param := range strings.SplitSeq(rest, ";") {
		key, value, found := strings.Cut(param, "=")
		if !found || !strings.EqualFold(strings.TrimSpace(key), "q") {
			continue
		}
		v, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
		if err != nil || !(v >= 0 && v <= 1) {
			v = 0
		}
		q = v
	}
	return name, q
}

// codings is what replies may be packed with, what is preferred first.
var codings = []string{"zstd", "gzip"}

// chooseCoding picks the coding that an Accept-Encoding header likes best, "" for none.
// A client that likes identity better than any gets that; one that takes nothing that
// there is gets it too, as RFC 9110 12.5.3 has it.
func chooseCoding(accept []string) string {
	if len(accept) == 0 {
		return ""
	}
	said := map[string]float64{}
	for part := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		if name, q := quality1(part); name != "" {
			if name == "x-gzip" {
				name = "gzip"
			}
			said[name] = max(said[name], q)
		}
	}
	chosen, best := "", 0.0
	for _, c := range codings {
		q, ok := said[c]
		if !ok {
			q = said["*"]
		}
		if q > best {
			chosen, best = c, q
		}
	}
	if said["identity"] > best {
		return ""
	}
	return chosen
}

// matchesTag reports whether an If-None-Match header names the entity tag; weakly, as
// RFC 9110 13.1.2 says.
func matchesTag(header []string, tag string) bool {
	rest := strings.Join(header, ",")
	if strings.TrimSpace(rest) == "*" {
		return true
	}
	for rest != "" {
		rest = strings.TrimLeft(rest, " \t,")
		rest = strings.TrimPrefix(rest, "W/")
		if !strings.HasPrefix(rest, `"`) {
			_, rest, _ = strings.Cut(rest, ",") // no tag: passed over
			continue
		}
		end := strings.IndexByte(rest[1:], '"')
		if end < 0 {
			return false
		}
		if rest[:end+2] == tag {
			return true
		}
		rest = rest[end+2:]
	}
	return false
}
