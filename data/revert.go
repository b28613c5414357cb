package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
)

// RevertReport says what taking a run back removes from the book.
type RevertReport struct {
	RunID   int64
	Command string // of the run: "ingest sales"
	Files   int64  // that the run read
	Sales   int64  // records of those files
	Facts   []FactCount

	// Later lists standing runs after this one that counted records as known.
	// Some of them may be the ones removed; reading those files again adds them.
	Later []int64
}

// FactCount is a number of rows of a reference table.
type FactCount struct {
	Table string
	N     int64
}

// ChangesReference reports whether facts go, so that styles and retail prices of
// other runs' sales must be looked up again.
func (r RevertReport) ChangesReference() bool {
	for _, f := range r.Facts {
		if f.N > 0 {
			return true
		}
	}
	return false
}

// NoRunError says that the book's ledger has no run of that number.
type NoRunError struct{ RunID, Last int64 } // Last is 0 when there is no run at all

func (e *NoRunError) Error() string {
	if e.Last == 0 {
		return fmt.Sprintf("run %d: the book has no runs yet", e.RunID)
	}
	return fmt.Sprintf("run %d: there is no such run; the last is %d", e.RunID, e.Last)
}

// RevertedError says that a run was taken back before.
type RevertedError struct {
	RunID int64
	At    time.Time
}

func (e *RevertedError) Error() string {
	return fmt.Sprintf("run %d: it was taken back already, on %s", e.RunID, e.At.UTC().Format("2006-01-02 15:04:05 UTC"))
}

// BuiltOnError says that facts of later runs are about styles that a run loaded:
// without it they would be about nothing.
type BuiltOnError struct {
	RunID int64
	By    []int64
}

func (e *BuiltOnError) Error() string {
	return fmt.Sprintf("run %d: it loaded styles that facts of run %s are about", e.RunID, joinRuns(e.By))
}

// Hint says what to try.
func (e *BuiltOnError) Hint() string {
	return fmt.Sprintf("take back run %d first", e.By[len(e.By)-1])
}

func joinRuns(runs []int64) string {
	var s []string
	for _, r := range runs {
		s = append(s, fmt.Sprint(r))
	}
	return strings.Join(s, ", ")
}

// factTables are the tables whose rows name the run that loaded them.
var factTables = []string{"styles", "retail_prices", "grey_days", "aliases", "fx_rates"}

// PlanRevert says what Revert would remove, and changes nothing. Errors:
// *NoRunError, *RevertedError, *BuiltOnError.
func (b *Book) PlanRevert(ctx context.Context, runID int64) (RevertReport, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return RevertReport{}, err
	}
	defer s.Close()
	return planRevert(ctx, s, runID)
}

func planRevert(ctx context.Context, s *Session, runID int64) (RevertReport, error) {
	r := RevertReport{RunID: runID}
	command, reverted, err := findRun(ctx, s, runID)
	if err != nil {
		return r, err
	}
	r.Command = command
	if reverted.Valid {
		return r, &RevertedError{runID, reverted.Time}
	}
	err = s.Get(ctx, []any{&r.Files, &r.Sales}, `SELECT
		(SELECT count(*) FROM run_files WHERE run_id = ?),
		(SELECT count(*) FROM store.sale WHERE file_no IN (SELECT file_no FROM run_files WHERE run_id = ?))`, runID, runID)
	if err != nil {
		return r, err
	}
	for _, table := range factTables {
		f := FactCount{Table: table}
		if err := s.Get(ctx, []any{&f.N}, "SELECT count(*) FROM "+table+" WHERE run_id = ?", runID); err != nil {
			return r, err
		}
		r.Facts = append(r.Facts, f)
	}
	by, err := runNumbers(ctx, s, `
		WITH own AS (SELECT style_id FROM styles WHERE run_id = ?),
		facts AS (
			SELECT style_id, run_id FROM retail_prices UNION ALL
			SELECT style_id, run_id FROM grey_days UNION ALL
			SELECT style_id, run_id FROM aliases)
		SELECT DISTINCT f.run_id FROM facts f JOIN own ON own.style_id = f.style_id WHERE f.run_id <> ? ORDER BY 1`, runID, runID)
	if err != nil {
		return r, err
	}
	if len(by) > 0 {
		return r, &BuiltOnError{runID, by}
	}
	if r.Sales > 0 {
		r.Later, err = runNumbers(ctx, s, `
			SELECT DISTINCT r.run_id FROM runs r JOIN run_files f ON f.run_id = r.run_id
			WHERE r.run_id > ? AND r.reverted_at IS NULL AND r.command = 'ingest sales' AND f.known > 0 ORDER BY 1`, runID)
	}
	return r, err
}

// FindRun returns nil when the ledger has a run of that number, taken back or not,
// and else a *NoRunError.
func (b *Book) FindRun(ctx context.Context, runID int64) error {
	s, err := b.Session(ctx)
	if err != nil {
		return err
	}
	defer s.Close()
	_, _, err = findRun(ctx, s, runID)
	return err
}

func findRun(ctx context.Context, s *Session, runID int64) (command string, reverted sql.NullTime, err error) {
	err = s.Get(ctx, []any{&command, &reverted}, "SELECT command, reverted_at FROM runs WHERE run_id = ?", runID)
	if !errors.Is(err, sql.ErrNoRows) {
		return command, reverted, err
	}
	e := &NoRunError{RunID: runID}
	if err := s.Get(ctx, []any{&e.Last}, "SELECT coalesce(max(run_id), 0) FROM runs"); err != nil {
		return "", reverted, err
	}
	return "", reverted, e
}

func runNumbers(ctx context.Context, s *Session, query string, args ...any) ([]int64, error) {
	rows, err := s.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []int64
	for rows.Next() {
		var n int64
		if err := rows.Scan(&n); err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, rows.Err()
}

// Revert takes back exactly what one run added: the sales of its files and the
// facts that it loaded, also where later runs saw the same records as known. The
// run, its files and its rejects stay in the ledger, marked with now. All of it
// happens in one transaction. Items and variants that no sale uses any more stay.
// Releases of its sales go; rules that release whole kinds stay. The prices that
// are left are judged by each other anew.
//
// Sales of other runs that were matched to a style of the run lose the style and
// the prices that came with it. Whether they have another one, and what they cost
// at the prices that are left, is for resolve to look up, in the same transaction: a
// run that was taken back can't be taken back again to finish the work. Errors as of
// PlanRevert.
func (b *Book) Revert(ctx context.Context, runID int64, now time.Time, resolve func(context.Context, *Session) error) (RevertReport, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return RevertReport{}, err
	}
	defer s.Close()
	var r RevertReport
	err = s.Tx(ctx, func() error {
		if r, err = planRevert(ctx, s, runID); err != nil {
			return err
		}
		if err := removeRun(ctx, s, r, now); err != nil || !r.ChangesReference() {
			return err
		}
		// A built-in fact that a fact of the run stood in for comes back.
		sum, err := builtinSum()
		if err != nil {
			return err
		}
		if err := replaceBuiltin(ctx, s, sum); err != nil {
			return err
		}
		return resolve(ctx, s)
	})
	if err != nil {
		return r, err
	}
	return r, s.Checkpoint(context.WithoutCancel(ctx)) // the run is taken back
}

// removeRun deletes what the report lists. Inside the transaction.
func removeRun(ctx context.Context, s *Session, r RevertReport, now time.Time) error {
	if err := s.Exec(ctx, `DELETE FROM store.release WHERE sale_key IN
		(SELECT sale_key FROM store.sale WHERE file_no IN (SELECT file_no FROM run_files WHERE run_id = ?))`, r.RunID); err != nil {
		return err
	}
	n, err := s.ExecCount(ctx, "DELETE FROM store.sale WHERE file_no IN (SELECT file_no FROM run_files WHERE run_id = ?)", r.RunID)
	if err != nil {
		return err
	}
	if n != r.Sales {
		return fmt.Errorf("run %d: %d sales counted, %d removed: a fault of greybook's, nothing was changed", r.RunID, r.Sales, n)
	}
	for _, f := range r.Facts {
		if f.N == 0 {
			continue
		}
		if err := s.Exec(ctx, "DELETE FROM "+f.Table+" WHERE run_id = ?", r.RunID); err != nil {
			return err
		}
	}
	var queries []string
	if r.ChangesReference() {
		queries = append(queries, unlinkItems, unlinkSales, dropGuesses)
	}
	for _, q := range queries {
		if err := s.Exec(ctx, q); err != nil {
			return err
		}
	}
	if r.Sales > 0 || r.ChangesReference() {
		if err := JudgeAll(ctx, s); err != nil {
			return err
		}
	}
	return s.Exec(ctx, "UPDATE runs SET reverted_at = ? WHERE run_id = ?", now.UTC(), r.RunID)
}

// A number of a style that is gone may be given to another one: nothing must
// point to it, not even until the items are matched again.
const (
	unlinkItems = `
UPDATE store.item SET style_no = NULL, match_method = 'none', match_score = 0
WHERE style_no IS NOT NULL AND style_no NOT IN (SELECT style_no FROM styles)`

	dropGuesses = `DELETE FROM store.guess WHERE style_no NOT IN (SELECT style_no FROM styles)`

	// 2 is before_release; 170 adds multiple_implausible, retail_doubtful and
	// retail_conflict, which rest on the style's retail price.
	unlinkSales = `
UPDATE store.sale SET style_no = NULL,
    retail_price     = CASE WHEN retail_basis = 3 THEN retail_price END,
    retail_price_usd = CASE WHEN retail_basis = 3 THEN retail_price_usd END,
    multiple         = CASE WHEN retail_basis = 3 THEN multiple END,
    flags            = flags - (flags & CASE WHEN retail_basis = 3 THEN 2 ELSE 170 END::UINTEGER),
    retail_basis     = CASE WHEN retail_basis = 3 THEN 3 ELSE 0 END
WHERE style_no IS NOT NULL AND style_no NOT IN (SELECT style_no FROM styles)`
)
