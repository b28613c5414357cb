package analysis

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"

	"github.com/amassable/greybook/data"
)

//go:embed models/*.sql
var modelFiles embed.FS

// modelOrder lists the models, inputs before what rests on them.
var modelOrder = []string{"observations", "version_observations", "multiples_by_version", "multiples_by_grey_day", "multiples_weekly"}

// Model is one SELECT that names a business idea and becomes a view of the book.
type Model struct {
	Name    string
	Comment string // what it is, with its grain
	Columns []ModelColumn
	Query   string // the SELECT, without the header
	Text    string // the whole file
}

// ModelColumn is a column as the model's header promises it.
type ModelColumn struct{ Name, Type, Comment string }

var columnLine = regexp.MustCompile(`^--   (\w+) ([A-Z]+(?:\(\d+,\d+\))?): (.+)$`)

// Models returns the models in the order of modelOrder.
func Models() ([]Model, error) {
	var out []Model
	for _, name := range modelOrder {
		b, err := modelFiles.ReadFile("models/" + name + ".sql")
		if err != nil {
			return nil, err
		}
		m, err := parseModel(name, string(b))
		if err != nil {
			return nil, err
		}
		out = append(out, m)
	}
	return out, nil
}

// parseModel reads the header: a sentence, the grain, the inputs, the columns.
func parseModel(name, text string) (Model, error) {
	m := Model{Name: name, Text: text}
	lines := strings.Split(text, "\n")
	i := 0
	for ; i < len(lines) && strings.HasPrefix(lines[i], "--"); i++ {
		l := lines[i]
		switch {
		case i == 0:
			m.Comment = strings.TrimPrefix(l, "-- ")
		case strings.HasPrefix(l, "-- grain: "):
			g := strings.TrimPrefix(l, "-- grain: ")
			m.Comment += " Grain: " + g + "."
		case strings.HasPrefix(l, "-- inputs: "), l == "-- columns:":
		default:
			c := columnLine.FindStringSubmatch(l)
			if c == nil {
				return m, fmt.Errorf("model %s:%d: no column line: %s", name, i+1, l)
			}
			m.Columns = append(m.Columns, ModelColumn{c[1], c[2], c[3]})
		}
	}
	m.Query = strings.TrimSpace(strings.Join(lines[i:], "\n"))
	if len(m.Columns) == 0 || m.Query == "" {
		return m, fmt.Errorf("model %s: no columns or no query", name)
	}
	return m, nil
}

// modelsSum identifies this program's copy of the models.
func modelsSum() (string, error) {
	h := sha256.New()
	for _, name := range modelOrder {
		b, err := modelFiles.ReadFile("models/" + name + ".sql")
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s %d\n", name, len(b))
		h.Write(b)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// Fresh reports whether the book's schema and models are this program's.
func Fresh(ctx context.Context, b *data.Book) (bool, error) {
	if current, err := b.Current(ctx); err != nil || !current {
		return false, err
	}
	want, err := modelsSum()
	if err != nil {
		return false, err
	}
	have, err := b.Meta(ctx, "models_sha256")
	return have == want, err
}

// Install makes the models views of the book, or renews them when they are
// another program's.
func Install(ctx context.Context, b *data.Book) error {
	fresh, err := Fresh(ctx, b)
	if err != nil || fresh {
		return err
	}
	models, err := Models()
	if err != nil {
		return err
	}
	sum, err := modelsSum()
	if err != nil {
		return err
	}
	s, err := b.Session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	err = s.Tx(ctx, func() error {
		for _, m := range models {
			if err := m.install(ctx, s); err != nil {
				return fmt.Errorf("model %s: %w", m.Name, err)
			}
		}
		return s.SetMeta(ctx, "models_sha256", sum)
	})
	if err != nil {
		return err
	}
	return s.Checkpoint(ctx)
}

func (m Model) install(ctx context.Context, s *data.Session) error {
	if err := s.Exec(ctx, "CREATE OR REPLACE VIEW "+m.Name+" AS\n"+m.Query); err != nil {
		return err
	}
	if err := s.Exec(ctx, "COMMENT ON VIEW "+m.Name+" IS "+quoteText(m.Comment)); err != nil {
		return err
	}
	for _, c := range m.Columns {
		if err := s.Exec(ctx, "COMMENT ON COLUMN "+m.Name+"."+c.Name+" IS "+quoteText(c.Comment)); err != nil {
			return err
		}
	}
	return nil
}

// quoteText writes a text of this program as an SQL literal: COMMENT binds nothing.
func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
