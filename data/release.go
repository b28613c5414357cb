package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// Flag is something doubtful about a record, or what the user said of it.
type Flag struct {
	Name     string
	Bit      int  // of sales.flags
	Excludes bool // it keeps a record out of observations unless it is released
	Meaning  string
}

// Flags lists the flags of the book, in the order of their bits.
func (b *Book) Flags(ctx context.Context) ([]Flag, error) {
	rows, err := b.db.QueryContext(ctx, "SELECT flag, bit, excludes, meaning FROM store.flag ORDER BY bit")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Flag
	for rows.Next() {
		var f Flag
		if err := rows.Scan(&f.Name, &f.Bit, &f.Excludes, &f.Meaning); err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, rows.Err()
}

// Release lets suspect records into observations, or with Undo no longer: either
// the records of Keys, or by a rule those that Flag keeps out, now and later. A record
// released by its key is vouched for: estimates count it in full, however far off its
// price is.
type Release struct {
	Keys     []string // sales.sale_key: 32 hexadecimal digits
	Doubtful []string // keys of records that no flag keeps out and that may be released all the same: their price is doubtful
	Flag     string   // a flag that excludes
	StyleID  string   // the rule is about this style; "": about all records
	Because  string   // the user's reason; needed unless Undo
	At       time.Time
	Program  string // "greybook 0.1.0"
	Undo     bool
	DryRun   bool // look what would happen
}

// ReleaseReport says what a release changed.
type ReleaseReport struct {
	Already  int64 // of the keys or rules asked for, those that were so before
	Released int64 // records that are released now and were not; of keys, also those that only a rule released
	Taken    int64 // records that were released and are not now
	NoFigure int64 // of Released, without a known style or retail price: no observations
}

// ReleaseError says why a release can't be. Nothing of it was done.
type ReleaseError struct{ Why, Try string }

func (e *ReleaseError) Error() string { return e.Why }

// Hint says what to try.
func (e *ReleaseError) Hint() string { return e.Try }

const listSuspects = "greybook suspects --rows lists the records that are kept out or doubtful, with their keys"

// errDryRun rolls a transaction back that went well.
var errDryRun = errors.New("dry run")

// Release does what r says, in one transaction. A record stays released through
// resolve and further ingests, until Undo or until its run is taken back; a rule
// until Undo. Errors: *ReleaseError.
func (b *Book) Release(ctx context.Context, r Release) (ReleaseReport, error) {
	var rep ReleaseReport
	s, err := b.Session(ctx)
	if err != nil {
		return rep, err
	}
	defer s.Close()
	err = s.Tx(ctx, func() error {
		if rep, err = r.apply(ctx, s); err == nil && r.DryRun {
			return errDryRun
		}
		return err
	})
	switch {
	case errors.Is(err, errDryRun):
		return rep, nil
	case err != nil:
		return ReleaseReport{}, err
	}
	return rep, s.Checkpoint(ctx)
}

func (r Release) apply(ctx context.Context, s *Session) (rep ReleaseReport, err error) {
	also := "false"
	if r.Flag != "" {
		rep.Already, err = r.rule(ctx, s)
	} else {
		also = "sale_key IN (SELECT sale_key FROM asked_key)"
		rep.Already, err = r.records(ctx, s)
	}
	if err != nil {
		return rep, err
	}
	if err := judgeReleases(ctx, s, also); err != nil {
		return rep, err
	}
	changed := "SELECT sale_rowid FROM flag_change"
	if r.Flag == "" && !r.Undo { // one that a rule had released is vouched for now
		changed = "SELECT s.rowid FROM store.sale s JOIN asked_key a ON a.sale_key = s.sale_key AND NOT a.alone"
	}
	err = s.Get(ctx, []any{&rep.Released, &rep.Taken, &rep.NoFigure}, fmt.Sprintf(`
		SELECT count(*) FILTER (flags & %[1]d <> 0), count(*) FILTER (flags & %[1]d = 0),
		       count(*) FILTER (flags & %[1]d <> 0 AND (style_no IS NULL OR multiple IS NULL))
		FROM store.sale WHERE rowid IN (%[2]s)`, FlagReleased, changed))
	return rep, err
}

// rule writes or removes the rule.
func (r Release) rule(ctx context.Context, s *Session) (already int64, err error) {
	var excludes sql.NullBool
	var styles, rules int64
	if err := s.Get(ctx, []any{&excludes, &styles, &rules}, `SELECT (SELECT excludes FROM store.flag WHERE flag = ?1),
		(SELECT count(*) FROM styles WHERE style_id = ?2), (SELECT count(*) FROM store.release_rule WHERE flag = ?1 AND style_id IS NOT DISTINCT FROM nullif(?2, ''))`,
		r.Flag, r.StyleID); err != nil {
		return 0, err
	}
	about := "all records"
	if r.StyleID != "" {
		about = "style " + r.StyleID
	}
	switch {
	case !excludes.Valid:
		return 0, &ReleaseError{fmt.Sprintf("there is no flag %q", r.Flag), "greybook suspects lists the flags that keep records out"}
	case !excludes.Bool:
		return 0, &ReleaseError{fmt.Sprintf("the flag %s keeps no record out: there is nothing to release", r.Flag), "greybook suspects lists the flags that do"}
	case r.Undo && rules == 0:
		return 0, &ReleaseError{fmt.Sprintf("no rule releases %s of %s", r.Flag, about), "greybook suspects releases lists the rules"}
	case r.Undo:
		return 0, s.Exec(ctx, "DELETE FROM store.release_rule WHERE flag = ? AND style_id IS NOT DISTINCT FROM nullif(?, '')", r.Flag, r.StyleID)
	case r.StyleID != "" && styles == 0:
		return 0, &ReleaseError{fmt.Sprintf("the reference has no style %q", r.StyleID), `greybook sql "SELECT style_id FROM styles" lists them`}
	case rules > 0:
		return rules, nil
	}
	return 0, s.Exec(ctx, "INSERT INTO store.release_rule VALUES (?, nullif(?, ''), ?, ?, ?)", r.Flag, r.StyleID, r.Because, r.At.UTC(), r.Program)
}

// records writes or removes the releases of single records. Each key is looked at
// before any is taken.
func (r Release) records(ctx context.Context, s *Session) (already int64, err error) {
	if err := loadKeys(ctx, s, "asked", r.Keys); err != nil {
		return 0, err
	}
	if err := loadKeys(ctx, s, "doubtful", r.Doubtful); err != nil {
		return 0, err
	}
	if err := s.Exec(ctx, `CREATE OR REPLACE TEMP TABLE asked_key AS SELECT DISTINCT a.number::UHUGEINT AS sale_key, a.key, s.flags, r.sale_key IS NOT NULL AS alone
		FROM asked a LEFT JOIN store.sale s ON s.sale_key = a.number::UHUGEINT LEFT JOIN store.release r ON r.sale_key = a.number::UHUGEINT`); err != nil {
		return 0, err
	}
	if err := r.refuse(ctx, s); err != nil {
		return 0, err
	}
	if r.Undo {
		return 0, s.Exec(ctx, "DELETE FROM store.release WHERE sale_key IN (SELECT sale_key FROM asked_key)")
	}
	if err := s.Get(ctx, []any{&already}, "SELECT count(*) FROM asked_key WHERE alone"); err != nil {
		return 0, err
	}
	return already, s.Exec(ctx, "INSERT INTO store.release SELECT sale_key, ?, ?, ? FROM asked_key WHERE NOT alone ORDER BY sale_key", r.Because, r.At.UTC(), r.Program)
}

// KeptOut says whether each key is one that Release takes without Doubtful, or refuses
// with it too: of a record that a flag keeps out, or that is released already, or of none.
func (b *Book) KeptOut(ctx context.Context, keys []string) (bool, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return false, err
	}
	defer s.Close()
	var cells [][]Cell
	for _, key := range keys {
		if n, ok := parseKey(key); ok {
			cells = append(cells, []Cell{Text(n)})
		}
	}
	if err := s.LoadTemp(ctx, "asked", "number VARCHAR", cells); err != nil {
		return false, err
	}
	var sound int64
	err = s.Get(ctx, []any{&sound}, fmt.Sprintf(`SELECT count(*) FROM store.sale WHERE flags & %d = 0 AND sale_key IN (SELECT number::UHUGEINT FROM asked)
		AND sale_key NOT IN (SELECT sale_key FROM store.release)`, FlagsExcluding))
	return sound == 0, err
}

// loadKeys makes a temporary table of keys, as decimal and as hexadecimal digits.
func loadKeys(ctx context.Context, s *Session, table string, keys []string) error {
	var cells [][]Cell
	for _, key := range keys {
		n, ok := parseKey(key)
		if !ok {
			return &ReleaseError{fmt.Sprintf("%q is no key of a record: a key has 32 hexadecimal digits", key), listSuspects}
		}
		cells = append(cells, []Cell{Text(n), Text(strings.ToLower(key))})
	}
	return s.LoadTemp(ctx, table, "number VARCHAR, key VARCHAR", cells)
}

// refuse returns an error about the first key that can't be released, or taken back.
func (r Release) refuse(ctx context.Context, s *Session) error {
	wrong := fmt.Sprintf("flags & %d = 0 AND NOT alone AND key NOT IN (SELECT key FROM doubtful)", FlagsExcluding)
	if r.Undo {
		wrong = "NOT alone"
	}
	var key string
	var there, byRule bool
	err := s.Get(ctx, []any{&key, &there, &byRule}, fmt.Sprintf(`SELECT key, flags IS NOT NULL, coalesce(flags & %d <> 0, false) FROM asked_key
		WHERE flags IS NULL OR %s ORDER BY flags IS NOT NULL, key LIMIT 1`, FlagReleased, wrong))
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil
	case err != nil:
		return err
	case !there:
		return &ReleaseError{fmt.Sprintf("sale %s: the book has no such record", key), listSuspects}
	case r.Undo && byRule:
		return &ReleaseError{fmt.Sprintf("sale %s: a rule releases it, with others of its kind", key), "greybook suspects releases lists the rules; release --flag FLAG --undo removes one"}
	case r.Undo:
		return &ReleaseError{fmt.Sprintf("sale %s: it is not released", key), "greybook suspects releases lists what is"}
	}
	return &ReleaseError{fmt.Sprintf("sale %s: no flag keeps it out and its price is not doubtful: there is nothing to release", key), listSuspects}
}

// parseKey turns the hexadecimal digits of a key into decimal ones.
func parseKey(key string) (string, bool) {
	if len(key) != 32 || strings.Trim(strings.ToLower(key), "0123456789abcdef") != "" {
		return "", false
	}
	n, ok := new(big.Int).SetString(key, 16)
	if !ok {
		return "", false
	}
	return n.String(), true
}
