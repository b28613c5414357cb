package ingest

import (
	"context"
	"strings"

	"github.com/amassable/greybook/data"
)

// beginFile numbers the file, and the run if this is its first. Inside the file's
// transaction: a run of which nothing came leaves no trace.
func (j *Job) beginFile(ctx context.Context, s *data.Session, command string, runID *int64) (fileNo int64, err error) {
	if *runID == 0 {
		if err := s.Get(ctx, []any{runID}, "SELECT coalesce(max(run_id), 0) + 1 FROM runs"); err != nil {
			return 0, err
		}
		if err := s.Exec(ctx, "INSERT INTO runs VALUES (?, ?, ?, CAST(? AS DATE), ?, NULL)", *runID, command, j.Now.UTC(), j.AsOf.String(), j.Program); err != nil {
			return 0, err
		}
	}
	err = s.Get(ctx, []any{&fileNo}, "SELECT coalesce(max(file_no), 0) + 1 FROM run_files")
	return fileNo, err
}

func endFile(ctx context.Context, s *data.Session, fileNo, runID int64, r *FileReport) error {
	return s.Exec(ctx, "INSERT INTO run_files VALUES (?, ?, ?, ?, ?, ?, CAST(nullif(?, '') AS DATE), ?, ?, ?, ?, ?)",
		fileNo, runID, strings.ToValidUTF8(r.Path, "�"), r.Bytes, r.SHA256, r.Profile, r.ObservedOn.String(), r.Read, r.Added, r.Known, r.Rejected, r.Synthetic)
}

// again recognises a file that the book has read before, byte for byte, with the
// same profile and program: all it holds is known, and its rejects are the same.
// After a revert it must be read in full, for some of what it holds may be gone; so
// must a file with a profile of the user's, who may have changed it since, in an
// encoding that the user names, or of which the user says what it doesn't.
func (j *Job) again(ctx context.Context, s *data.Session, profile *Profile, f *file, rep *FileReport, runID *int64) (bool, error) {
	if profile.origin != builtIn || j.Encoding != "" || profile.Requires.ObservedOn || profile.Requires.Style {
		return false, nil
	}
	var before, sameSize int64
	err := s.Get(ctx, []any{&sameSize}, "SELECT count(*) FROM run_files WHERE bytes = ?", rep.Bytes)
	if err != nil || sameSize == 0 {
		return false, err // no need to wait for the hash
	}
	if rep.SHA256, err = f.sha256(); err != nil {
		return false, err
	}
	err = s.Get(ctx, []any{&before}, `
		SELECT coalesce(max(f.file_no), 0)
		FROM run_files f JOIN runs r ON r.run_id = f.run_id
		WHERE f.sha256 = ? AND f.profile = ? AND r.program = ? AND r.command = 'ingest sales'
		  AND NOT EXISTS (SELECT 1 FROM runs v WHERE v.reverted_at IS NOT NULL AND v.reverted_at >= r.started_at)`,
		rep.SHA256, rep.Profile, j.Program)
	if err != nil || before == 0 {
		return false, err
	}
	var observed string
	if err := s.Get(ctx, []any{&rep.Read, &rep.Rejected, &observed}, "SELECT read, rejected, coalesce(observed_on::VARCHAR, '') FROM run_files WHERE file_no = ?", before); err != nil {
		return false, err
	}
	_ = rep.ObservedOn.UnmarshalText([]byte(observed)) // the engine writes ISO 8601
	rep.Known = rep.Read - rep.Rejected
	if err := reasonsOf(ctx, s, before, rep); err != nil {
		return false, err
	}
	rep.Flags = []ReasonCount{}
	if j.TooMany != nil && j.TooMany(rep.Rejected, rep.Read) {
		return false, &TooManyRejectsError{*rep}
	}
	if j.DryRun {
		return true, nil
	}
	run := *runID
	err = s.Tx(ctx, func() error {
		fileNo, err := j.beginFile(ctx, s, "ingest sales", &run)
		if err != nil {
			return err
		}
		if err := s.Exec(ctx, "INSERT INTO store.reject SELECT CAST(? AS INTEGER), line, column_name, reason, value, raw_text FROM store.reject WHERE file_no = ?", fileNo, before); err != nil {
			return err
		}
		return endFile(ctx, s, fileNo, run, rep)
	})
	if err != nil {
		return false, err
	}
	*runID = run
	return true, written(ctx, s, rep.Path)
}

// reasonsOf puts the rejects of a file read before into a report: counts, and the
// first of each reason.
func reasonsOf(ctx context.Context, s *data.Session, fileNo int64, rep *FileReport) error {
	rows, err := s.Query(ctx, `SELECT reason, count(*) OVER (PARTITION BY reason), line, coalesce(column_name, ''), coalesce(value, '')
		FROM store.reject WHERE file_no = ?
		QUALIFY row_number() OVER (PARTITION BY reason ORDER BY line, value, column_name) <= ?
		ORDER BY line, value, column_name`, fileNo, mostSamples)
	if err != nil {
		return err
	}
	defer rows.Close()
	reasons := map[string]int64{}
	rep.Samples = map[string][]Example{}
	for rows.Next() {
		var r string
		var n int64
		var e Example
		if err := rows.Scan(&r, &n, &e.Line, &e.Column, &e.Value); err != nil {
			return err
		}
		reasons[r], rep.Samples[r] = n, append(rep.Samples[r], e)
	}
	rep.Reasons = count(reasons)
	return rows.Err()
}
