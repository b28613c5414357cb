package reports

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The schema as it was when version 1 was released. It is never written anew: a change that
// the test below refuses is a version 2.
const version1 = "testdata/feed/estimates.v1.schema.json"

// version1Columns is the columns as they were then, for readers of csv, Parquet and Arrow:
// name, type, whether null, unit.
const version1Columns = `style_id utf8
style_code utf8?
model utf8?
version utf8?
colorway utf8?
grey_day_year int32? year
made_in utf8?
audience utf8?
size_band utf8? US men's sizes
condition utf8
as_of date32 day
currency utf8? ISO 4217
retail_price_minor int64? minor units of currency
estimate_minor int64? minor units of currency
lo_minor int64? minor units of currency
hi_minor int64? minor units of currency
level float64 probability
multiple float64? sale price over retail price
multiple_lo float64? sale price over retail price
multiple_hi float64? sale price over retail price
premium float64? share of the retail price
n_sales int64 sales
n_effective float64 sales
last_sold_on date32? day
basis utf8
grade utf8
reasons list<item: utf8>
method_version utf8`

func TestFeedSchemaKeepsVersion1(t *testing.T) {
	old, err := os.ReadFile(version1)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range schemaBreaks(readSchema(t, old), readSchema(t, estimatesSchema)) {
		t.Errorf("breaks readers of version 1: %s", p)
	}
	if p := columnBreaks(version1Columns, FeedSchema()); p != "" {
		t.Errorf("breaks readers of version 1: %s", p)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(feedSchemaID, readSchema(t, old)); err != nil {
		t.Fatal(err)
	}
	files, _ := sampleFiles(t, nil)
	if err := (feedChecker{c}).document("", feedFile{"estimates.json", fileOf(files, "estimates.json")}); err != nil {
		t.Errorf("a reader of version 1 refuses what is written now: %v", err)
	}
}

func readSchema(t *testing.T, body []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// schemaBreaks says what would break a reader of the old schema in the new one, by its place. A
// reader is a program that holds a copy of the old schema and reads new files, or has
// files of old and checks them against the new schema. So all that the old schema says stays
// as it is, but its prose, and only properties may be added that an old file need not
// have and that may be null; parts in $defs, too.
//
// Wider is as wrong as narrower: a value that is new in a closed list is one that a reader
// has no case for, and one that is gone makes old files wrong.
func schemaBreaks(old, now any) []string { return breaksAt("", "", old, now) }

// breaksAt compares what stands at a place; keyword is the schema keyword whose value it is
// part of, as the names in properties and $defs are names and no keywords.
func breaksAt(place, keyword string, old, now any) []string {
	a, isMap := old.(map[string]any)
	b, isMapNow := now.(map[string]any)
	if !isMap || !isMapNow {
		if !reflect.DeepEqual(sameOrder(keyword, old), sameOrder(keyword, now)) {
			return []string{fmt.Sprintf("%s was %s and is %s", place, shortJSON(old), shortJSON(now))}
		}
		return nil
	}
	named := keyword == "properties" || keyword == "$defs"
	var found []string
	for _, k := range sortedNames(a, b) {
		if !named && (k == "description" || k == "title") {
			continue
		}
		at, next := place+"/"+k, k
		if named {
			next = "" // a schema of its own
		}
		was, had := a[k]
		is, has := b[k]
		switch {
		case had && has:
			found = append(found, breaksAt(at, next, was, is)...)
		case had:
			found = append(found, at+" is gone")
		case keyword == "properties":
			if !mayBeNull(is) {
				found = append(found, at+" is new, and may not be null")
			}
		case keyword != "$defs":
			found = append(found, fmt.Sprintf("%s is new: %s", at, shortJSON(is)))
		}
	}
	return found
}

// sameOrder sorts a list whose order says nothing.
func sameOrder(keyword string, v any) any {
	list, ok := v.([]any)
	if !ok || !slices.Contains([]string{"type", "enum", "required"}, keyword) {
		return v
	}
	texts := make([]string, len(list))
	for i, item := range list {
		texts[i] = shortJSON(item)
	}
	slices.Sort(texts)
	return texts
}

// mayBeNull reports whether a schema is of values that may be null, as type says.
func mayBeNull(schema any) bool {
	s, _ := schema.(map[string]any)
	types, _ := s["type"].([]any)
	return slices.Contains(types, any("null"))
}

func sortedNames(a, b map[string]any) []string {
	var names []string
	for k := range a {
		names = append(names, k)
	}
	for k := range b {
		names = append(names, k)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func shortJSON(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b[:min(len(b), 100)])
}

// columnBreaks says what would break a reader by position, name or type: columns are added
// at the end, and may be null.
func columnBreaks(old string, s *arrow.Schema) string {
	lines := strings.Split(old, "\n")
	for i, f := range s.Fields() {
		unit, _ := f.Metadata.GetValue("unit")
		column := strings.TrimSpace(strings.Split(fmt.Sprint(f.Name, " ", f.Type), ", nullable")[0] + map[bool]string{true: "?"}[f.Nullable] + " " + unit)
		switch {
		case i >= len(lines) && !f.Nullable:
			return fmt.Sprintf("the new column %s may not be null", f.Name)
		case i < len(lines) && column != lines[i]:
			return fmt.Sprintf("column %d was %q and is %q", i+1, lines[i], column)
		}
	}
	if n := s.NumFields(); n < len(lines) {
		return fmt.Sprintf("column %d was %q and is gone", n+1, lines[n])
	}
	return ""
}

// TestFeedSchemaKeepsVersion1 can fail: each of these changes is found, and only those that
// break nobody pass.
func TestSchemaBreaksAreFound(t *testing.T) {
	for _, c := range []struct {
		name, from, to string
		want           string // part of what is found; "": nothing
	}{
		{"a field that may be null", `"grade": {`, `"demand": {"description": "d", "type": ["number", "null"]}, "grade": {`, ""},
		{"another prose", `"description": "The colorway's name; null where unknown."`, `"description": "Its name, or null."`, ""},
		{"another order", `"enum": ["own", "pooled", "parent", "none"]`, `"enum": ["none", "own", "pooled", "parent"]`, ""},
		{"another part", `"sha256": {"description"`, `"other": {"type": "string"}, "sha256": {"description"`, ""},
		{"a field that is always there", `"grade": {`, `"demand": {"type": "number"}, "grade": {`, "/demand is new, and may not be null"},
		{"a field that old files lack", `        "grade",`, `        "grade", "demand",`, "/$defs/estimate/required was"},
		{"a field gone", `        "premium": {`, `        "premia": {`, "/properties/premium is gone"},
		{"a field not always there", "        \"premium\",\n", "", "/$defs/estimate/required was"},
		{"another type", `"description": "The colorway's name; null where unknown.",
          "type": ["string", "null"]`, `"type": ["string", "integer", "null"]`, "/colorway/type was"},
		{"null where none was", `"description": "The condition of the pairs, as normalised in the book.",
          "type": "string"`, `"type": ["string", "null"]`, "/condition/type was"},
		{"null no more", `"description": "The model: 990, 992, 1300, …; null where unknown.",
          "type": ["string", "null"]`, `"type": "string"`, "/model/type was"},
		{"another unit", `"unit": "minor units of currency"`, `"unit": "currency"`, "/unit was"},
		{"no unit", `          "unit": "minor units of currency",` + "\n", "", "/unit is gone"},
		{"a value more in a closed list", `"enum": ["A", "B", "C", "D", "X"]`, `"enum": ["A", "B", "C", "D", "E", "X"]`, "/grade/enum was"},
		{"a value less", `"enum": ["A", "B", "C", "D", "X"]`, `"enum": ["A", "B", "C", "X"]`, "/grade/enum was"},
		{"a list that is open now", `          "enum": ["A", "B", "C", "D", "X"]`, `          "type": "string"`, "/grade/enum is gone"},
		{"a wider range", `"minimum": -1`, `"minimum": -2`, "/premium/minimum was"},
		{"a narrower range", `"minimum": 1980,`, `"minimum": 1980, "multipleOf": 2,`, "/multipleOf is new"},
		{"another form", `"pattern": "^[A-Z]{3}$"`, `"pattern": "^[A-Z]{3,4}$"`, "/currency/pattern was"},
		{"a promise less", `"lo_minor": {"type": "null"},`, ``, "/allOf was"},
		{"closed", `  "type": "object",`, `  "type": "object", "additionalProperties": false,`, "/additionalProperties is new"},
		{"another kind of change", `"enum": ["added", "changed", "withdrawn"]`, `"enum": ["added", "changed", "gone"]`, "/change/properties/change/enum was"},
		{"another name", `"$id": "urn:greybook:estimates:1"`, `"$id": "urn:greybook:estimates:2"`, "/$id was"},
	} {
		old := bytes.Clone(estimatesSchema)
		if !bytes.Contains(old, []byte(c.from)) {
			t.Errorf("%s: the schema has no %s", c.name, c.from)
		}
		now := bytes.Replace(old, []byte(c.from), []byte(c.to), 1)
		found := schemaBreaks(readSchema(t, old), readSchema(t, now))
		if c.want == "" && len(found) > 0 || c.want != "" && !strings.Contains(strings.Join(found, "\n"), c.want) {
			t.Errorf("%s: found %v, want %q", c.name, found, c.want)
		}
	}
}

func TestColumnBreaksAreFound(t *testing.T) {
	fields := func() []arrow.Field { return FeedSchema().Fields() }
	for want, change := range map[string]func(f []arrow.Field) []arrow.Field{
		"": func(f []arrow.Field) []arrow.Field {
			return append(f, arrow.Field{Name: "demand", Type: arrow.PrimitiveTypes.Float64, Nullable: true})
		},
		"the new column demand may not be null": func(f []arrow.Field) []arrow.Field {
			return append(f, arrow.Field{Name: "demand", Type: arrow.PrimitiveTypes.Float64})
		},
		`column 1 was "style_id utf8" and is "style_code utf8?"`:  func(f []arrow.Field) []arrow.Field { f[0], f[1] = f[1], f[0]; return f },
		`column 28 was "method_version utf8" and is gone`:         func(f []arrow.Field) []arrow.Field { return f[:27] },
		`column 10 was "condition utf8" and is "condition utf8?"`: func(f []arrow.Field) []arrow.Field { f[9].Nullable = true; return f },
		`column 22 was "n_sales int64 sales" and is "n_sales float64 sales"`: func(f []arrow.Field) []arrow.Field {
			f[21].Type = arrow.PrimitiveTypes.Float64
			return f
		},
		`and is "as_of date32"`: func(f []arrow.Field) []arrow.Field { f[10].Metadata = arrow.Metadata{}; return f },
	} {
		got := columnBreaks(version1Columns, arrow.NewSchema(change(fields()), nil))
		if want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("found %q, want %q", got, want)
		}
	}
}
