package analysis

import (
	"context"
	"testing"
)

// TestModelHeaders holds what each model's header promises against what the
// engine says of the view: names, types, order, comments.
func TestModelHeaders(t *testing.T) {
	ctx := context.Background()
	b := newBook(t, nil)
	s, err := b.Session(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	models, err := Models()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		rows, err := s.Query(ctx, `SELECT column_name, data_type, coalesce(comment, '') FROM duckdb_columns()
			WHERE schema_name = 'main' AND table_name = ? ORDER BY column_index`, m.Name)
		if err != nil {
			t.Fatal(err)
		}
		var got []ModelColumn
		for rows.Next() {
			var c ModelColumn
			if err := rows.Scan(&c.Name, &c.Type, &c.Comment); err != nil {
				t.Fatal(err)
			}
			got = append(got, c)
		}
		rows.Close()
		if len(got) != len(m.Columns) {
			t.Errorf("model %s: the view has %d columns, the header %d", m.Name, len(got), len(m.Columns))
			continue
		}
		for i, c := range got {
			if c != m.Columns[i] {
				t.Errorf("model %s, column %d:\n view   %+v\n header %+v", m.Name, i+1, c, m.Columns[i])
			}
		}
	}
}

// TestInstallRenews makes sure that a book is never read through an old definition.
func TestInstallRenews(t *testing.T) {
	ctx := context.Background()
	b := newBook(t, nil)
	s, err := b.Session(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{"CREATE OR REPLACE VIEW multiples_weekly AS SELECT 1 AS old", "UPDATE store.meta SET value = 'old' WHERE name = 'models_sha256'"} {
		if err := s.Exec(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	if fresh, err := Fresh(ctx, b); err != nil || fresh {
		t.Fatalf("Fresh = %v, %v after another program's install; want false", fresh, err)
	}
	if err := Install(ctx, b); err != nil {
		t.Fatal(err)
	}
	s, err = b.Session(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var n int
	if err := s.Get(ctx, []any{&n}, "SELECT count(*) FROM duckdb_columns() WHERE table_name = 'multiples_weekly' AND column_name = 'median_multiple'"); err != nil || n != 1 {
		t.Fatalf("the view was not renewed: %d, %v", n, err)
	}
}
