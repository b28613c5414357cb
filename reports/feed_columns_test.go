package reports

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
)

// The README's table of the feed's columns is what the schema says of them.
func TestReadmeHasTheColumnsOfTheFeed(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(readme), "\n## The feed\n")
	_, table, _ := strings.Cut(section, "| column | type | unit | says |\n|---|---|---|---|\n")
	var rows []string
	for line := range strings.Lines(table) {
		if !strings.HasPrefix(line, "| ") {
			break
		}
		rows = append(rows, strings.TrimSuffix(line, "\n"))
	}
	if want := feedColumnsTable(t); strings.Join(rows, "\n") != want {
		t.Errorf("the README's table of columns is another than\n%s", want)
	}
}

// feedColumnsTable is the rows of a Markdown table of the columns.
func feedColumnsTable(t *testing.T) string {
	t.Helper()
	var doc struct {
		Defs struct {
			Estimate struct {
				Properties map[string]struct {
					Type                      any
					Format, Unit, Description string
				}
			}
		} `json:"$defs"`
	}
	if err := json.Unmarshal(estimatesSchema, &doc); err != nil {
		t.Fatal(err)
	}
	words := map[string]string{"string": "text", "<nil>": "text", "date": "day", "array": "list of texts"}
	var lines []string
	for _, f := range FeedSchema().Fields() {
		p := doc.Defs.Estimate.Properties[f.Name]
		kind, null := p.Type, ""
		if types, ok := p.Type.([]any); ok {
			kind, null = types[0], ", null"
		}
		word := fmt.Sprint(kind)
		if p.Format != "" {
			word = p.Format
		}
		if w := words[word]; w != "" {
			word = w
		}
		lines = append(lines, fmt.Sprintf("| `%s` | %s%s | %s | %s |", f.Name, word, null, p.Unit, p.Description))
	}
	return strings.Join(lines, "\n")
}
