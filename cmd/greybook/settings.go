package main

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/amassable/greybook/data"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// kind says what values a setting takes.
type kind int

const (
	kindPath     kind = iota // string
	kindFolders              // []string; in the environment separated as in $PATH
	kindDay                  // data.Date; "" is a zero date
	kindCount                // int, not negative
	kindShare                // float64, above 0 and below 1
	kindChoice               // string, one of choices
	kindDuration             // time.Duration, not negative
	kindMemory               // string that DuckDB reads as an amount of memory
	kindLimit                // limit
)

// definition describes one setting. Its environment variable, its place in the
// file, its check and its line in `config show` all follow from here.
type definition struct {
	key     string
	kind    kind
	def     string
	arg     string // what its flag takes, in help
	doc     string
	choices []string
}

// env returns the name of the setting's environment variable.
func (d definition) env() string { return "GREYBOOK_" + strings.ToUpper(d.key) }

// definitions lists the settings in the order of `config show`.
func definitions() []definition {
	return []definition{
		{key: "book", kind: kindPath, def: "greybook.duckdb", arg: "PATH", doc: "the book, a DuckDB file"},
		{key: "as_of", kind: kindDay, arg: "DATE", doc: "the day that results are of, such as 2026-11-20; today in UTC when empty"},
		{key: "level", kind: kindShare, def: "0.95", arg: "LEVEL", doc: "confidence level of intervals"},
		{key: "min_n", kind: kindCount, def: "0", arg: "N", doc: "fewest sales that carry a figure; 0 is the fewest that carry an interval at the level"},
		{key: "format", kind: kindChoice, def: "table", arg: "FORMAT", doc: "format of rows: table, csv, tsv, json, ndjson, markdown, parquet or arrow",
			choices: []string{"table", "csv", "tsv", "json", "ndjson", "markdown", "parquet", "arrow"}},
		{key: "color", kind: kindChoice, def: "auto", arg: "WHEN", doc: "color output: auto, always or never",
			choices: []string{"auto", "always", "never"}},
		{key: "log_level", kind: kindChoice, def: "warn", arg: "LEVEL", doc: "log on stderr from this level on: debug, info, warn or error",
			choices: []string{"debug", "info", "warn", "error"}},
		{key: "log_format", kind: kindChoice, def: "text", arg: "FORMAT", doc: "format of the log: text or json",
			choices: []string{"text", "json"}},
		{key: "max_rejects", kind: kindLimit, arg: "LIMIT", doc: "most rows of a file that may be refused, such as 100 or 1%; any number when empty"},
		{key: "sources", kind: kindFolders, arg: "FOLDER", doc: "folders with source profiles of your own"},
		{key: "saved_queries", kind: kindPath, def: "queries", arg: "FOLDER", doc: "folder of saved queries, one .sql file each"},
		{key: "report_dir", kind: kindPath, def: "out/report", arg: "FOLDER", doc: "where the weekly pages go"},
		{key: "feed_dir", kind: kindPath, def: "out/feed", arg: "FOLDER", doc: "where the catalog feed goes"},
		{key: "sql_timeout", kind: kindDuration, def: "30s", arg: "DURATION", doc: "longest time for one query of sql; 0s is no end"},
		{key: "sql_memory", kind: kindMemory, def: "1GB", arg: "SIZE", doc: "most memory for one query of sql"},
		{key: "sql_temp", kind: kindMemory, def: "8GB", arg: "SIZE", doc: "most of the disk for one query of sql, where memory is not enough; 0B is none"},
		{key: "memory_limit", kind: kindMemory, arg: "SIZE", doc: "most memory for DuckDB in all other commands; when empty DuckDB's own limit, to write to a book 1.5 GiB"},
		{key: "threads", kind: kindCount, def: "0", arg: "N", doc: "threads for DuckDB; 0 is one per processor"},
	}
}

// define returns the definition of a key. An unknown key is a bug.
func define(key string) definition {
	for _, d := range definitions() {
		if d.key == key {
			return d
		}
	}
	panic("no setting " + key)
}

// memoryText is what DuckDB accepts for an amount of memory, less its spellings without a unit.
var memoryText = regexp.MustCompile(`(?i)^[0-9]+(\.[0-9]+)? ?([KMGT]i?B|B)$`)

// parse checks a text and returns it as the type of the setting's kind.
func (d definition) parse(s string) (any, error) {
	switch d.kind {
	case kindFolders:
		return filepath.SplitList(s), nil
	case kindDay:
		if s == "" {
			return data.Date(0), nil
		}
		return data.ParseDate(s)
	case kindCount:
		n, err := strconv.Atoi(s)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is not a whole number from 0 up", s)
		}
		return n, nil
	case kindShare:
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || !(f > 0 && f < 1) { // NaN is neither
			return nil, fmt.Errorf("%q is not a number between 0 and 1", s)
		}
		return f, nil
	case kindChoice:
		if slices.Contains(d.choices, s) {
			return s, nil
		}
		err := fmt.Errorf("%q is none of %s", s, strings.Join(d.choices, ", "))
		if near := nearest(s, d.choices); near != "" {
			return nil, withHint(err, "did you mean %s?", near)
		}
		return nil, err
	case kindDuration:
		t, err := time.ParseDuration(s)
		if err != nil || t < 0 {
			return nil, fmt.Errorf("%q is not a duration such as 30s", s)
		}
		return t, nil
	case kindMemory:
		if s != "" && !memoryText.MatchString(s) {
			return nil, fmt.Errorf("%q is not an amount of memory such as 2GB", s)
		}
		return s, nil
	case kindLimit:
		return parseLimit(s)
	}
	if s == "" {
		return nil, fmt.Errorf("the path is empty")
	}
	return s, nil
}

// limit is the most rejects that a file may have: a number of rows, a share of
// the rows read, or no limit.
type limit struct {
	none     bool
	relative bool    // share counts, not rows
	rows     int     // of one file
	share    float64 // of the rows read, in 0..1
}

// parseLimit reads "", "100" or "1.5%".
func parseLimit(s string) (limit, error) {
	if s == "" {
		return limit{none: true}, nil
	}
	if number, ok := strings.CutSuffix(s, "%"); ok {
		if f, err := strconv.ParseFloat(number, 64); err == nil && f >= 0 && f <= 100 {
			return limit{relative: true, share: f / 100}, nil
		}
	} else if n, err := strconv.Atoi(s); err == nil && n >= 0 {
		return limit{rows: n}, nil
	}
	return limit{}, fmt.Errorf("%q is not a limit such as 100 or 1%%", s)
}

// exceededBy reports whether so many rejects, of so many rows read, are too many.
func (l limit) exceededBy(rejected, read int) bool {
	switch {
	case l.none:
		return false
	case l.relative:
		return float64(rejected) > l.share*float64(read)
	}
	return rejected > l.rows
}

// settingOf is the annotation that ties a flag to the setting it stands for.
const settingOf = "greybook_setting"

// settingValue is the pflag.Value of a setting's flag: it checks as it parses.
type settingValue struct {
	definition
	text string
}

func (v *settingValue) String() string { return v.text }
func (v *settingValue) Type() string   { return v.arg }
func (v *settingValue) Set(s string) error {
	_, err := v.parse(s)
	v.text = s
	return err
}

// settingFlag gives cmd a flag that stands for a setting, so that it comes
// before the environment and the file; the value is read from s.Settings. A name
// such as "output,o" has a letter too.
func (p *program) settingFlag(cmd *cobra.Command, key, name string) {
	d := define(key)
	name, letter, _ := strings.Cut(name, ",")
	flags := cmd.Flags()
	if cmd == p.root {
		flags = cmd.PersistentFlags()
	}
	flags.AddFlag(&pflag.Flag{
		Name:        name,
		Shorthand:   letter,
		Usage:       d.doc,
		Value:       &settingValue{d, d.def},
		DefValue:    d.def,
		Annotations: map[string][]string{settingOf: {key}},
	})
	if d.kind == kindChoice {
		err := cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(d.choices, cobra.ShellCompDirectiveNoFileComp))
		if err != nil {
			panic(err) // only if the flag did not exist
		}
	}
}
