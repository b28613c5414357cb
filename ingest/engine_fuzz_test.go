package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amassable/greybook/data"
)

// FuzzEngineAgrees lets both readers read any bytes that look clean: what the engine
// reads of CSV, of lines of JSON and of Parquet is, field by field, what this package
// reads. An engine that refuses such a file is no fault: it is read line by line then.
func FuzzEngineAgrees(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,2\n", "a,b\r\n\"1\",\"2\"\"\"\r\n", "\xef\xbb\xbfa\tb\n1\t\n", "a;b\n\"x;y\";\n", "a,b\n , \n", "a,b\n\\,\"\\\"\n", "a,b\n#,NULL\n", "a,b\n\u2028,\u0085\n",
		"{\"a\":1}\n{\"a\":2}\n", "{\"a\":1,\"b\":\"x\\n\\\"\\/\"}\n{\"b\":true,\"a\":null}\n", "{\"a\": 1.5, \"b\" : 0.10}\n{ \"c\":\"\" , \"a\":\"9.0\"}\n",
		"{\"a\":0.00001,\"b\":123456789012345}\n{\"a\":100000.0}\n", "{\"A\":1,\"b\":1}\n{\"a\":2,\"B\":3}\n", "{\"a\":\"é뉴\"}\n{\"a\":\"\\u00e9\"}\n",
		"{\"\":1}\n{\"\":2}\n", "{\"a.b\":1}\n{\"a\":{\"b\":2}}\n", "{\"a\":false}\n{\"a\":[1]}\n", "{\"a\":\"\\b\\f\\t\\r\"}\n{\"a'\":\"x\"}\n",
	} {
		f.Add([]byte(s))
	}
	for _, w := range []writer{jsonLines, parquet} {
		path := filepath.Join(f.TempDir(), "seed")
		w(f, path, []string{"sold_at", "price"}, [][]string{{"2026-01-01", "185.50"}, {"", "é"}})
		b, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	j := newJob(f)
	s, err := j.Book.Session(f.Context())
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { s.Close() })
	path := filepath.Join(f.TempDir(), "a")
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := openFile(t.Context(), path, nil, j.TempDir, "", nil)
		if err != nil {
			return
		}
		defer h.cleanup()
		if err := h.use(&Profile{}); err != nil || !h.forEngine() || len(h.header) == 0 || len(h.header) > len(fieldNames) {
			return
		}
		engine, ok := byTheEngine(t, s, h)
		if !ok {
			return
		}
		var lines []string
		bad, err := h.records(func(rec record) (reject, error) {
			lines = append(lines, fmt.Sprintf("%q", rec.fields))
			return reject{}, nil
		})
		if h.in == inParquet && (err != nil || len(bad) > 0) {
			return
		}
		if err != nil || len(bad) > 0 {
			t.Fatalf("clean, but %v, %+v", err, bad)
		}
		if got, want := strings.Join(engine, "\n"), strings.Join(lines, "\n"); got != want {
			t.Fatalf("the engine reads\n%.2000s\nthis package\n%.2000s", got, want)
		}
	})
}

// byTheEngine reads a file as fillByEngine does; false where the engine refuses it or
// counts other records.
func byTheEngine(t *testing.T, s *data.Session, h *file) ([]string, bool) {
	from, rows, err := h.engineSource(t.Context(), s, func(field string) string {
		for i := range h.header {
			if fieldNames[i] == field {
				return fmt.Sprintf("c%d", i)
			}
		}
		return noColumn
	})
	if err != nil {
		return nil, false
	}
	var cols []string
	for i := range h.header {
		cols = append(cols, fmt.Sprintf("c%d", i))
	}
	got, err := s.Query(t.Context(), "SELECT "+strings.Join(cols, ", ")+" FROM "+from)
	if err != nil {
		return nil, false
	}
	defer got.Close()
	var out []string
	for got.Next() {
		fields := make([]string, len(cols))
		dest := make([]any, len(cols))
		for i := range fields {
			dest[i] = &fields[i]
		}
		if err := got.Scan(dest...); err != nil {
			t.Fatalf("a field is NULL to the engine: %v", err)
		}
		out = append(out, fmt.Sprintf("%q", fields))
	}
	return out, got.Err() == nil && int64(len(out)) == rows
}

// leaves is flatten by other means: the fields of a JSON object as encoding/json
// decodes it, and whether a name comes up twice.
func leaves(name string, v any, out map[string]string) (twice bool) {
	set := func(text string) {
		_, had := out[name]
		out[name], twice = text, twice || had
	}
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if name != "" {
				k = name + "." + k
			}
			twice = leaves(k, x, out) || twice
		}
	case []any:
		if len(v) == 1 {
			return leaves(name, v[0], out)
		}
		b, _ := json.Marshal(v) // it was JSON before
		set(string(b))
	case nil:
		set("")
	case json.Number:
		set(v.String())
	default:
		set(fmt.Sprint(v))
	}
	return twice
}

// FuzzFlatten: what is accepted is what encoding/json decodes, leaf by leaf; what is
// refused has a reason.
func FuzzFlatten(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":1}`, ` {"a": [ {"b": "x"} ], "c": [1, 2], "d": null, "e": true, "f": -1.50e3}`, `{"a":1,"a":2}`, `{"a":{"b":1},"a.b":2}`, `{"a":[[["x"]]]}`,
		`{"a":[]}`, `{"a":{}}`, `[1]`, `"x"`, `{"a":"\ud800"}`, `{"a":"\u0000"}`, "{\"a\":\"\ufffd\\ud800\"}", `{"":{"":1}}`, `{"a":1} x`, strings.Repeat(`{"a":`, 50) + "1" + strings.Repeat("}", 50),
		strings.Repeat("[", 12000), `{"a":` + strings.Repeat("[", 11000) + strings.Repeat("]", 11000) + `}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got := map[string]string{}
		var header []string
		reason := flatten(b, func(name, value string) {
			if _, ok := got[name]; !ok {
				header = append(header, name)
			}
			got[name] = value
		})
		rec := objectRecord(1, b, header)
		if (rec.reason == "") != (rec.fields != nil) || reason != "" && rec.reason == "" {
			t.Fatalf("%q: %q, then %+v", b, reason, rec)
		}
		if reason != "" {
			return
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.UseNumber()
		var v map[string]any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%q is accepted, but %v", b, err)
		}
		want := map[string]string{}
		if twice := leaves("", v, want); twice != (rec.reason == "duplicate_key") {
			t.Fatalf("%q: a name comes up twice: %t, reason %q", b, twice, rec.reason)
		}
		if rec.reason != "" {
			return
		}
		for name, text := range want {
			if g, ok := got[name]; !ok || g != text && !sameJSON(g, text) {
				t.Fatalf("%q: %q is %q, want %q", b, name, g, text)
			}
		}
		if len(got) != len(want) {
			t.Fatalf("%q: %q, want %q", b, got, want)
		}
	})
}

// sameJSON compares the texts of two arrays.
func sameJSON(a, b string) bool {
	var x, y []any
	return decodeNumbers(a, &x) == nil && decodeNumbers(b, &y) == nil && fmt.Sprintf("%q", x) == fmt.Sprintf("%q", y)
}

func decodeNumbers(text string, v any) error {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// FuzzDocument: any bytes as a JSON document give records and at most one last reject
// for where it breaks off; a sound document gives exactly the values at the path.
func FuzzDocument(f *testing.F) {
	for _, s := range []string{
		`[]`, `[{"a":1},{"a":2}]`, `{"hits":[{"a":1}]}`, `{"results":[{"hits":[{"a":1},{"b":2}]},{"hits":[3]}]}`, `{"results":{"hits":{"a":1}}}`, `[{"a":1},`, `[{"a":1}] []`, `{"hits":7}`,
		`[[{"a":1}]]`, `{"hits":null,"hits":[1]}`, `7`, `{"results":{"hits":[[{"a":1}],"x"]}}`, "\xef\xbb\xbf[1]", `[{"hits":{"a":[1,{"b":2}]}}]`, `{"hits":{"a":1,"a":2}}`,
	} {
		f.Add([]byte(s), "")
		f.Add([]byte(s), "hits")
		f.Add([]byte(s), "results.hits")
	}
	f.Fuzz(func(t *testing.T, b []byte, at string) {
		r := newDocumentReader(io.NopCloser(bytes.NewReader(b)), at, []string{"a", "b"})
		n, broken := 0, 0
		for {
			rec, err := r.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if n++; n > len(b)+1 {
				t.Fatalf("%q: %d records, and no end", b, n)
			}
			if rec.line != int64(n) || (rec.reason == "") != (rec.fields != nil) || broken > 0 {
				t.Fatalf("%q: record %d is %+v", b, n, rec)
			}
			if rec.reason == "not_json" {
				broken++
			}
		}
		text := bytes.TrimPrefix(b, []byte(utf8BOM))
		if json.Valid(text) != (broken == 0) {
			t.Fatalf("%q: JSON %t, but %d rejects for breaking off", b, json.Valid(text), broken)
		}
		if want := valuesAt(text, at); broken == 0 && want >= 0 && n != want {
			t.Fatalf("%q at %q: %d records, want %d", b, at, n, want)
		}
	})
}

// valuesAt counts the values at a path by other means; -1 where an object on the way
// may hold a key twice, of which a map keeps one.
func valuesAt(text []byte, at string) int {
	var v any
	if json.Unmarshal(text, &v) != nil || bytes.Count(text, []byte(`"`)) != strings.Count(fmt.Sprintf("%q", text), `\"`) {
		return -1
	}
	var path []string
	if at != "" {
		path = strings.Split(at, ".")
		for _, key := range path {
			if key == "" || bytes.Count(text, []byte(key)) > 1 || bytes.IndexByte(text, '\\') >= 0 || strings.ToLower(key) != key {
				return -1
			}
		}
	}
	var count func(v any, depth int, inArray bool) int
	count = func(v any, depth int, inRecords bool) int {
		switch v := v.(type) {
		case []any:
			if inRecords {
				return 1
			}
			n := 0
			for _, x := range v {
				n += count(x, depth, depth == len(path))
			}
			return n
		case map[string]any:
			if depth == len(path) {
				return 1
			}
			if x, ok := v[path[depth]]; ok {
				return count(x, depth+1, false)
			}
			return 0
		}
		if depth == len(path) {
			return 1
		}
		return 0
	}
	return count(v, 0, false)
}
