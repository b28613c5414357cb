package data

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ClaimVerdict is what was said of a claim as of a day. A nil figure is one that the
// sales did not carry.
type ClaimVerdict struct {
	Claim, Text, Source string
	AsOf                Date
	About               string // what the verdict names, such as the version that leads; "" for nothing
	Statistic           string // what Value is
	Value, Lo, Hi       *float64
	N, Synthetic        int
	Level               float64
	Verdict             string // holds, does not hold, too few sales
	Why                 string
}

// ClaimStanding is the newest verdict on a claim, and the one before it where that
// said something else.
type ClaimStanding struct {
	Now     ClaimVerdict
	Changed bool         // the verdict, or what it names, is another than Before's
	Before  ClaimVerdict // the newest as of an earlier day; zero where there is none
}

// StoreClaims writes verdicts into the book and returns how many were new. A verdict
// that says what the newest vintage of its claim and day says is there already; one
// that says something else, as late sales or another level make it, becomes the next
// vintage: nothing is overwritten. With dryRun nothing is written.
func (b *Book) StoreClaims(ctx context.Context, verdicts []ClaimVerdict, at time.Time, program string, dryRun bool) (stored int64, err error) {
	s, err := b.Session(ctx)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	err = s.Tx(ctx, func() error {
		for _, v := range verdicts {
			n, err := s.ExecCount(ctx, `INSERT INTO claim_verdicts
				WITH newest AS (
				    SELECT * FROM claim_verdicts WHERE claim = ?1 AND as_of = CAST(?2 AS DATE) ORDER BY vintage DESC LIMIT 1
				), given AS (
				    SELECT ?3 AS text, ?4 AS source, nullif(?5, '') AS about, ?6 AS statistic, ?7::DOUBLE AS value, ?8::DOUBLE AS lo, ?9::DOUBLE AS hi,
				           ?10::BIGINT AS n, ?11::DOUBLE AS level, ?12 AS verdict, ?13 AS why, ?14::BIGINT AS synthetic
				)
				SELECT ?1, CAST(?2 AS DATE), coalesce(e.vintage, 0) + 1, g.text, g.source, g.about, g.statistic, g.value, g.lo, g.hi, g.n, g.level, g.verdict, g.why, g.synthetic,
				       ?15::TIMESTAMPTZ, ?16
				FROM given g LEFT JOIN newest e ON true
				WHERE e.vintage IS NULL OR (e.text, e.source, e.about, e.statistic, e.value, e.lo, e.hi, e.n, e.level, e.verdict, e.why, e.synthetic)
				    IS DISTINCT FROM (g.text, g.source, g.about, g.statistic, g.value, g.lo, g.hi, g.n, g.level, g.verdict, g.why, g.synthetic)`,
				v.Claim, v.AsOf.String(), v.Text, v.Source, v.About, v.Statistic, v.Value, v.Lo, v.Hi, v.N, v.Level, v.Verdict, v.Why, v.Synthetic, at.UTC(), program)
			if err != nil {
				return fmt.Errorf("store claim %s: %w", v.Claim, err)
			}
			stored += n
		}
		if dryRun {
			return errDryRun
		}
		return nil
	})
	switch {
	case errors.Is(err, errDryRun):
		return stored, nil
	case err != nil:
		return 0, err
	}
	// It is in the book: an interruption from here on must not be told as one.
	return stored, s.Checkpoint(context.WithoutCancel(ctx))
}

// ClaimStandings returns the newest stored verdict on each claim up to asOf, by claim,
// with the one before it. It is empty where none is stored.
func (b *Book) ClaimStandings(ctx context.Context, asOf Date) ([]ClaimStanding, error) {
	s, err := b.Session(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	rows, err := s.Query(ctx, `
		WITH said AS (
		    SELECT *, row_number() OVER (PARTITION BY claim ORDER BY as_of DESC) AS back
		    FROM (SELECT * FROM claim_verdicts WHERE as_of <= CAST(? AS DATE) QUALIFY row_number() OVER (PARTITION BY claim, as_of ORDER BY vintage DESC) = 1)
		)
		SELECT claim, text, source, (as_of - DATE '1970-01-01')::INTEGER, coalesce(about, ''), statistic, value, lo, hi, n, synthetic, level, verdict, why, back
		FROM said WHERE back <= 2 ORDER BY claim, back`, asOf.String())
	if err != nil {
		return nil, fmt.Errorf("stored claims: %w", err)
	}
	defer rows.Close()
	var out []ClaimStanding
	for rows.Next() {
		var v ClaimVerdict
		var back int
		var figures [3]sql.NullFloat64
		if err := rows.Scan(&v.Claim, &v.Text, &v.Source, &v.AsOf, &v.About, &v.Statistic, &figures[0], &figures[1], &figures[2],
			&v.N, &v.Synthetic, &v.Level, &v.Verdict, &v.Why, &back); err != nil {
			return nil, err
		}
		for i, to := range []**float64{&v.Value, &v.Lo, &v.Hi} {
			if figures[i].Valid {
				*to = &figures[i].Float64
			}
		}
		if back == 1 {
			out = append(out, ClaimStanding{Now: v})
			continue
		}
		last := &out[len(out)-1]
		last.Before = v
		last.Changed = v.Verdict != last.Now.Verdict || v.About != last.Now.About
	}
	return out, rows.Err()
}
