package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/spf13/pflag"
)

// setting is one resolved setting.
type setting struct {
	definition
	text   string // as given; folders joined as in $PATH
	value  any    // of the type of its kind
	origin string // "flag --book", "env GREYBOOK_BOOK", "file greybook.toml:3", "default"
}

// settings are all settings of a run, in the order of definitions.
type settings []setting

// get returns a setting's value; T must be the type of its kind. An unknown
// key or another type is a bug, and panics.
//
//	level := get[float64](s.Settings, "level")
func get[T any](all settings, key string) T {
	return all.find(key).value.(T)
}

func (all settings) find(key string) setting {
	i := slices.IndexFunc(all, func(s setting) bool { return s.key == key })
	if i < 0 {
		panic("no setting " + key)
	}
	return all[i]
}

// resolve finds every setting: flag, then environment, then file, then default.
// An empty environment variable counts as not set.
func resolve(e env, flags *pflag.FlagSet, file configFile) (settings, error) {
	fromFlag := map[string]*pflag.Flag{}
	flags.Visit(func(f *pflag.Flag) {
		if key := f.Annotations[settingOf]; len(key) == 1 {
			fromFlag[key[0]] = f
		}
	})
	var all settings
	for _, d := range definitions() {
		s := setting{definition: d, text: d.def, origin: "default"}
		name := "" // what an error is about
		if entry, ok := file.entries[d.key]; ok {
			name = fmt.Sprintf("%s:%d", file.path, entry.line)
			s.text, s.origin = entry.text, "file "+name
			name += ": " + d.key
		}
		if v := e.Getenv(d.env()); v != "" {
			name = d.env()
			s.text, s.origin = v, "env "+name
		}
		if f := fromFlag[d.key]; f != nil {
			name = "--" + f.Name
			s.text, s.origin = f.Value.String(), "flag "+name
		}
		var err error
		if s.value, err = d.parse(s.text); err != nil {
			return nil, usagef("%s: %w", name, err)
		}
		all = append(all, s)
	}
	return all, nil
}

// configFile is a configuration file that was read; the zero value is none.
type configFile struct {
	path    string
	entries map[string]configEntry // by key
}

// configEntry is one setting of a file.
type configEntry struct {
	text string
	line int
}

// configPaths lists where a configuration file is looked for when none is named.
func configPaths(e env) []string {
	paths := []string{"greybook.toml"}
	// The XDG specification says to ignore a path that is not absolute.
	if dir := e.Getenv("XDG_CONFIG_HOME"); filepath.IsAbs(dir) {
		return append(paths, filepath.Join(dir, "greybook", "config.toml"))
	}
	if home := e.Getenv("HOME"); home != "" {
		paths = append(paths, filepath.Join(home, ".config", "greybook", "config.toml"))
	}
	return paths
}

// findConfig returns the path and the content of the configuration file: the
// named one, which must exist, or the first that exists of configPaths. Where
// there is none it returns "".
func findConfig(e env, named string) (string, []byte, error) {
	if named != "" {
		text, err := os.ReadFile(absolute(e, named))
		if err != nil {
			return "", nil, withHint(usagef("read configuration %s: %w", named, cause(err)),
				"leave --config out to use the default configuration")
		}
		return named, text, nil
	}
	for _, path := range configPaths(e) {
		text, err := os.ReadFile(absolute(e, path))
		switch {
		case err == nil:
			return path, text, nil
		case !errors.Is(err, fs.ErrNotExist):
			return "", nil, usagef("read configuration %s: %w", path, cause(err))
		}
	}
	return "", nil, nil
}

// readConfig reads a configuration file's text. Every key must be known and of
// the right type; errors name file, line and the nearest key.
func readConfig(e env, path string, text []byte) (configFile, error) {
	file := configFile{path: path, entries: map[string]configEntry{}}
	values := map[string]any{}
	if err := toml.Unmarshal(text, &values); err != nil {
		var at *toml.DecodeError
		if errors.As(err, &at) {
			line, _ := at.Position()
			return file, usagef("%s:%d: %s", path, line, strings.TrimPrefix(at.Error(), "toml: "))
		}
		return file, usagef("%s: %s", path, strings.TrimPrefix(err.Error(), "toml: "))
	}
	lines := keyLines(text)
	if len(lines) != len(values) { // every key is checked below, or none is
		panic("positions of keys are missing")
	}
	for _, key := range lines {
		d, known := lookUp(key.name)
		if !known {
			return file, unknownKey(path, key)
		}
		text, err := d.fromTOML(values[key.name], func(p string) string { return fromFile(e, path, p) })
		if err != nil {
			return file, usagef("%s:%d: %s: %w", path, key.line, key.name, err)
		}
		file.entries[key.name] = configEntry{text, key.line}
	}
	return file, nil
}

// keyLine is a key at the top level of a TOML file, and its line.
type keyLine struct {
	name string
	line int
}

// keyLines lists the top-level keys and tables of a TOML text, in its order.
//
// Note: the decoder tells positions only of keys that it has no use for, so it
// is given a target that has use for none.
func keyLines(text []byte) []keyLine {
	var nothing struct{}
	var missing *toml.StrictMissingError
	err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&nothing)
	if !errors.As(err, &missing) {
		return nil
	}
	var keys []keyLine
	for _, m := range missing.Errors {
		line, _ := m.Position()
		name := m.Key()[0]
		if !slices.ContainsFunc(keys, func(k keyLine) bool { return k.name == name }) {
			keys = append(keys, keyLine{name, line})
		}
	}
	return keys
}

// lookUp is define for a key that a user wrote.
func lookUp(key string) (definition, bool) {
	all := definitions()
	i := slices.IndexFunc(all, func(d definition) bool { return d.key == key })
	if i < 0 {
		return definition{}, false
	}
	return all[i], true
}

func unknownKey(path string, key keyLine) error {
	var known []string
	for _, d := range definitions() {
		known = append(known, d.key)
	}
	err := usagef("%s:%d: unknown key %q", path, key.line, key.name)
	if near := nearest(strings.ToLower(strings.ReplaceAll(key.name, "-", "_")), known); near != "" {
		return withHint(err, "did you mean %s?", near)
	}
	slices.Sort(known)
	return withHint(err, "the keys are %s", strings.Join(known, ", "))
}

// fromTOML returns the text of a value read from a file, or an error when the
// file has another type there. Paths go through place.
func (d definition) fromTOML(v any, place func(string) string) (string, error) {
	switch v := v.(type) {
	case string:
		switch d.kind {
		case kindPath:
			if v == "" {
				return "", nil // refused with the name of the key, by parse
			}
			return place(v), nil
		case kindFolders, kindCount, kindShare:
		default:
			return v, nil
		}
	case toml.LocalDate:
		if d.kind == kindDay {
			return v.String(), nil
		}
	case int64:
		if d.kind == kindCount || d.kind == kindShare || d.kind == kindLimit {
			return strconv.FormatInt(v, 10), nil
		}
	case float64:
		if d.kind == kindShare {
			return strconv.FormatFloat(v, 'g', -1, 64), nil
		}
	case []any:
		if d.kind == kindFolders {
			return d.folderList(v, place)
		}
	}
	return "", fmt.Errorf("want %s", map[kind]string{
		kindPath:     `a path in quotes, such as "weekly.duckdb"`,
		kindFolders:  `a list of folders, such as ["profiles"]`,
		kindDay:      "a day, such as 2026-11-20",
		kindCount:    "a whole number",
		kindShare:    "a number, such as 0.95",
		kindChoice:   "one of " + strings.Join(d.choices, ", ") + ", in quotes",
		kindDuration: `a duration in quotes, such as "30s"`,
		kindMemory:   `an amount of memory in quotes, such as "2GB"`,
		kindLimit:    `a number of rows, or a share in quotes, such as "1%"`,
	}[d.kind])
}

func (d definition) folderList(list []any, place func(string) string) (string, error) {
	var folders []string
	for _, item := range list {
		folder, ok := item.(string)
		if !ok || folder == "" {
			return "", fmt.Errorf(`want a list of folders, such as ["profiles"]`)
		}
		if strings.ContainsRune(folder, filepath.ListSeparator) {
			return "", fmt.Errorf("%q: a folder's name cannot hold %q", folder, filepath.ListSeparator)
		}
		folders = append(folders, place(folder))
	}
	return strings.Join(folders, string(filepath.ListSeparator)), nil
}

// fromFile places a path written in a configuration file: ~/ is the home
// folder, and a relative path is relative to the file, so that it means the same
// wherever greybook is called.
func fromFile(e env, file, path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok && e.Getenv("HOME") != "" {
		return filepath.Join(e.Getenv("HOME"), rest)
	}
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(file), path)
}

// absolute places a path that was given on the command line or in the environment.
func absolute(e env, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(e.Dir, path)
}

// cause strips the operation and the path from a file error, where the message has them already.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
