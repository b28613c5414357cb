package reports

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/amassable/greybook/analysis"
	"github.com/amassable/greybook/data"
	"pgregory.net/rapid"
)

// catalogRow is a row as a catalog's program has it.
type catalogRow = map[string]any

// catalogKey is the key of a row or of a change.
func catalogKey(r catalogRow) string {
	b, _ := json.Marshal([]any{r["style_id"], r["size_band"], r["condition"]})
	return string(b)
}

func catalogRows(t rapid.TB, ndjson []byte) []catalogRow {
	t.Helper()
	var rows []catalogRow
	for line := range bytes.Lines(ndjson) {
		d := json.NewDecoder(bytes.NewReader(line))
		d.UseNumber()
		row := catalogRow{}
		if err := d.Decode(&row); err != nil {
			t.Fatal(err)
		}
		rows = append(rows, row)
	}
	return rows
}

// apply makes new rows of old ones and changes, by what the schema says of a change and
// nothing else.
func apply(old, changes []catalogRow, m Manifest) map[string]catalogRow {
	rows := map[string]catalogRow{}
	for _, r := range old {
		rows[catalogKey(r)] = r
	}
	for _, c := range changes {
		switch key := catalogKey(c); c["change"] {
		case "withdrawn":
			delete(rows, key)
		case "added":
			rows[key] = c["estimate"].(catalogRow)
		case "changed":
			maps.Copy(rows[key], c["estimate"].(catalogRow))
		}
	}
	for _, r := range rows {
		r["as_of"], r["method_version"] = m.AsOf.String(), m.MethodVersion
	}
	return rows
}

// drawEstimate is any row of a key, unrounded.
func drawEstimate(t *rapid.T, e analysis.Estimate) analysis.Estimate {
	e.NSales, e.NEffective = rapid.IntRange(0, 2).Draw(t, "n"), rapid.Float64Range(0, 0.02).Draw(t, "n_effective")
	e.Reasons = rapid.SliceOfDistinct(rapid.SampledFrom([]string{"stale", "one_size", "no_sales"}), rapid.ID).Draw(t, "reasons")
	e.Colorway = rapid.SampledFrom([]string{"", "Grey", "=grey", `a"b`}).Draw(t, "colorway")
	e.Basis, e.Grade = "none", "X"
	if rapid.Bool().Draw(t, "bare") {
		e.Reasons = append(e.Reasons, "too_wide")
		return e
	}
	retail := int64(20000)
	multiple := 1 + rapid.Float64Range(0, 0.0003).Draw(t, "multiple")
	e.Basis, e.Grade, e.Currency = "own", "B", "USD"
	e.Multiple, e.MultipleLo, e.MultipleHi, e.Premium = figure(multiple), figure(0.9), figure(1.5), figure(multiple-1)
	e.RetailPriceMinor, e.EstimateMinor, e.LoMinor, e.HiMinor = &retail, amount(20000+int64(multiple*10000-10000)), amount(18000), amount(30000)
	return e
}

// drawFeeds is two feeds of which the second came of the first: rows stay, move by less than
// is written or by more, come and go.
func drawFeeds(t *rapid.T) (old, now []analysis.Estimate) {
	asOf := data.Date(20000)
	for _, style := range []string{"M990GL6", "M993GL", "a-slug"} {
		for _, size := range []string{"", "7-8.5", "9-10.5"} {
			for _, condition := range []string{"new", "used"} {
				e := analysis.Estimate{StyleID: style, SizeBand: size, Condition: condition, AsOf: asOf, Level: 0.95, MethodVersion: "m1"}
				before := drawEstimate(t, e)
				after := before
				fate := rapid.SampledFrom([]string{"absent", "stays", "moves a little", "moves", "added", "withdrawn"}).Draw(t, "fate")
				switch fate {
				case "absent":
					continue
				case "moves a little":
					after.NEffective += 1e-9
				case "moves":
					after = drawEstimate(t, e)
				}
				after.AsOf, after.MethodVersion = asOf+7, "m2"
				if fate != "added" {
					old = append(old, before)
				}
				if fate != "withdrawn" {
					now = append(now, after)
				}
			}
		}
	}
	return old, now
}

// Old rows and changes make the new rows; and there is a line for what differs and for
// nothing else.
func TestFeedChangesMakeTheNewRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, now := drawFeeds(t)
		oldFiles, oldManifest, err := feedFiles(FeedMeta{AsOf: 20000, MethodVersion: "m1", BookID: "b"}, before)
		if err != nil {
			t.Fatal(err)
		}
		oldRows := fileOf(oldFiles, feedRowsName)
		lines, err := parseFeedLines(oldRows)
		if err != nil {
			t.Fatal(err)
		}
		files, m, err := feedFiles(FeedMeta{AsOf: 20007, MethodVersion: "m2", BookID: "b", Since: &OldFeed{Manifest: oldManifest, rows: lines}}, now)
		if err != nil {
			t.Fatal(err)
		}
		changes, rows := catalogRows(t, fileOf(files, feedChangesName)), catalogRows(t, fileOf(files, feedRowsName))
		applied := apply(catalogRows(t, oldRows), changes, m)
		if len(applied) != len(rows) {
			t.Fatalf("%d rows, want %d", len(applied), len(rows))
		}
		for _, want := range rows {
			if got := applied[catalogKey(want)]; !reflect.DeepEqual(got, want) {
				t.Fatalf("changes make\n%v\nwant\n%v", got, want)
			}
		}
		count := holdChanges(t, catalogRows(t, oldRows), rows, changes)
		if c := m.Changes; c.Added != count["added"] || c.Changed != count["changed"] || c.Withdrawn != count["withdrawn"] ||
			c.Since.Generation != oldManifest.Generation || c.Since.Estimates != len(before) {
			t.Fatalf("the manifest says %+v, there are %v", c, count)
		}
	})
}

// holdChanges wants a line for each key whose rows differ, in the order of the feed, and
// counts them by kind.
func holdChanges(t rapid.TB, old, now, changes []catalogRow) map[string]int {
	t.Helper()
	byKey := func(rows []catalogRow) map[string]catalogRow {
		m := map[string]catalogRow{}
		for _, r := range rows {
			delete(r, "as_of")
			delete(r, "method_version")
			m[catalogKey(r)] = r
		}
		return m
	}
	a, b := byKey(old), byKey(now)
	count := map[string]int{}
	for _, c := range changes {
		kind, key := c["change"].(string), catalogKey(c)
		count[kind]++
		before, _ := c["before"].(catalogRow)
		is, _ := c["estimate"].(catalogRow)
		var differs, now catalogRow
		for field, v := range a[key] {
			if b[key] != nil && !reflect.DeepEqual(v, b[key][field]) {
				if differs == nil {
					differs, now = catalogRow{}, catalogRow{}
				}
				differs[field], now[field] = v, b[key][field]
			}
		}
		right := map[string]bool{
			"added":     a[key] == nil && b[key] != nil && before == nil,
			"withdrawn": a[key] != nil && b[key] == nil && before["basis"] == a[key]["basis"] && before["as_of"] != nil,
			"changed":   differs != nil && reflect.DeepEqual(before, differs) && reflect.DeepEqual(is, now),
		}
		if !right[kind] {
			t.Fatalf("%v is %s: the rows are\n%v\n%v", c, kind, a[key], b[key])
		}
		delete(a, key)
		delete(b, key)
	}
	if !reflect.DeepEqual(a, b) {
		t.Fatalf("rows without a change differ:\n%v\n%v", a, b)
	}
	sorted := slices.IsSortedFunc(changes, func(c, d catalogRow) int {
		text := func(r catalogRow) []string {
			size, _ := r["size_band"].(string)
			return []string{r["style_id"].(string), size, r["condition"].(string)}
		}
		return slices.Compare(text(c), text(d))
	})
	if !sorted {
		t.Fatalf("the changes are not in order: %v", changes)
	}
	return count
}

func fileOf(files []feedFile, name string) []byte {
	i := slices.IndexFunc(files, func(f feedFile) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return files[i].body
}

// oldFeedOf writes a feed and reads it back by its manifest.
func oldFeedOf(t *testing.T, dir string, meta FeedMeta, est []analysis.Estimate) *OldFeed {
	t.Helper()
	if _, err := WriteFeed(dir, meta, est); err != nil {
		t.Fatal(err)
	}
	old, err := ReadOldFeed(filepath.Join(dir, "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	return old
}

// One change of each kind, by file; a day, a method and what rounding hides are none.
func TestFeedChangesGolden(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "feed")
	meta := sampleMeta(t)
	est := sampleEstimates(meta.AsOf)
	old := oldFeedOf(t, dir, meta, est)

	next := meta
	next.AsOf, next.MethodVersion, next.Since = meta.AsOf.AddDays(1), "m4.2", old
	later := sampleEstimates(meta.AsOf)
	for i := range later {
		later[i].AsOf, later[i].MethodVersion = next.AsOf, next.MethodVersion
		later[i].LastSoldOn = est[i].LastSoldOn
	}
	later[2].Multiple, later[2].NEffective = figure(1.23004), 7.1249 // 1.23 and 7.12, as before
	m, err := WriteFeed(dir, next, later)
	if err != nil {
		t.Fatal(err)
	}
	if got := readFeed(t, dir, feedChangesName); len(got) > 0 || m.Changes.Added+m.Changes.Changed+m.Changes.Withdrawn > 0 || m.Changes.Since.AsOf != meta.AsOf {
		t.Errorf("a day later, without a change: %+v\n%s", m.Changes, got)
	}
	checkGeneration(t, dir)

	moved := later[2]
	moved.EstimateMinor, moved.Multiple, moved.Premium, moved.LastSoldOn = amount(24601), figure(1.23005), figure(0.23005), next.AsOf
	moved.Reasons = []string{"one_size"}
	added := later[0]
	added.SizeBand = "11–12.5"
	if m, err = WriteFeed(dir, next, []analysis.Estimate{moved, later[1], added}); err != nil {
		t.Fatal(err)
	}
	checkGolden(t, "feed/changes.ndjson", readFeed(t, dir, feedChangesName))
	if c := m.Changes; c.Added != 1 || c.Changed != 1 || c.Withdrawn != 1 {
		t.Errorf("%+v", c)
	}
	if m.Files[0].Name != feedChangesName {
		t.Errorf("files %v", m.Files)
	}
	// The generation names the estimates, with changes beside them or without.
	next.Since = nil
	if plain, err := WriteFeed(dir, next, []analysis.Estimate{moved, later[1], added}); err != nil || plain.Generation != m.Generation || plain.Changes != nil {
		t.Errorf("without changes: generation %s, want %s (%v)", plain.Generation, m.Generation, err)
	}
	if _, err := os.Stat(filepath.Join(dir, feedChangesName)); err == nil {
		t.Error("there are changes since nothing")
	}
}

// A feed of an older program, that had fewer columns, is one whose rows had null there.
func TestFeedChangesSinceFewerColumns(t *testing.T) {
	files, _ := sampleFiles(t, nil)
	rows := fileOf(files, feedRowsName)
	fewer := bytes.ReplaceAll(rows, []byte(`"colorway":"Grey",`), nil)
	a, err := parseFeedLines(rows)
	if err != nil {
		t.Fatal(err)
	}
	b, err := parseFeedLines(fewer)
	if err != nil {
		t.Fatal(err)
	}
	if is, was := changedCells(b[1], a[1]); string(is) != `{"colorway":"Grey"}` || string(was) != `{"colorway":null}` {
		t.Errorf("changed: %s, %s", is, was)
	}
}

// Each way in which an old feed can't be told changes since.
func TestReadOldFeedRefuses(t *testing.T) {
	meta := sampleMeta(t)
	for name, c := range map[string]struct {
		change func(t *testing.T, dir string)
		want   string
	}{
		"no manifest":    {func(t *testing.T, dir string) { remove(t, dir, "manifest.json") }, "no such file"},
		"not JSON":       {func(t *testing.T, dir string) { rewrite(t, dir, "manifest.json", "", "x") }, "no manifest of a feed"},
		"another schema": {func(t *testing.T, dir string) { rewrite(t, dir, "manifest.json", "estimates:1", "estimates:2") }, "no manifest of a feed of urn:greybook:estimates:1"},
		"another file":   {func(t *testing.T, dir string) { rewrite(t, dir, "manifest.json", "estimates.ndjson", "rows.ndjson") }, "with an estimates.ndjson"},
		"another sum":    {func(t *testing.T, dir string) { rewrite(t, dir, "manifest.json", `"sha256": "`, `"sha256": "0`) }, "its generation is not that of its files"},
		"no rows":        {func(t *testing.T, dir string) { remove(t, dir, "estimates.ndjson") }, "there is no estimates.ndjson beside it"},
		"other rows":     {func(t *testing.T, dir string) { rewrite(t, dir, "estimates.ndjson", "24600", "24601") }, "is another than its own"},
		"fewer rows":     {func(t *testing.T, dir string) { rewrite(t, dir, "manifest.json", `"estimates": 3`, `"estimates": 4`) }, "3 rows, and the manifest says 4"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "feed")
			if _, err := WriteFeed(dir, meta, sampleEstimates(meta.AsOf)); err != nil {
				t.Fatal(err)
			}
			c.change(t, dir)
			if _, err := ReadOldFeed(filepath.Join(dir, "manifest.json")); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want an error with %q", err, c.want)
			}
		})
	}
	for text, want := range map[string]string{
		"{}\n":                 "it has no style_id",
		`{"style_id":1}`:       "cannot unmarshal number",
		`{"style_id":"a"` + "": "unexpected end",
	} {
		if _, err := parseFeedLines([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	files, _ := sampleFiles(t, nil)
	rows := fileOf(files, feedRowsName)
	if _, err := parseFeedLines(bytes.Replace(rows, []byte(`{"`), []byte(`{"colour":1,"`), 1)); err == nil || !strings.Contains(err.Error(), `a column "colour"`) {
		t.Errorf("a column of a newer greybook: %v", err)
	}
	if _, err := parseFeedLines(append(rows, rows...)); err == nil || !strings.Contains(err.Error(), "line 4: is not after the row before it") {
		t.Errorf("rows out of order: %v", err)
	}
	old := &OldFeed{Manifest: Manifest{AsOf: meta.AsOf, BookID: "b1"}}
	if err := old.Fits(meta.AsOf, "b1"); err != nil {
		t.Error(err)
	}
	if err := old.Fits(meta.AsOf.AddDays(-1), "b1"); err == nil || !strings.Contains(err.Error(), "later than") {
		t.Errorf("an earlier day: %v", err)
	}
	if err := old.Fits(meta.AsOf, "b2"); err == nil || !strings.Contains(err.Error(), "another book") {
		t.Errorf("another book: %v", err)
	}
}

func remove(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// rewrite puts a text in the place of another in a file; of all of it where from is "".
func rewrite(t *testing.T, dir, name, from, to string) {
	t.Helper()
	text := strings.Replace(string(readFeed(t, dir, name)), from, to, 1)
	if from == "" {
		text = to
	}
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
