package ingest

import (
	"strconv"

	"github.com/amassable/greybook/data"
)

// guess is a style that an unmatched item may be.
type guess struct {
	styleID string
	score   float64 // the fit of its words: see wordIndex
}

const (
	mostGuesses = 3
	leastGuess  = 0.1 // below that it is no guess
)

// topGuesses keeps the best of a ranking, each style once.
func topGuesses(ranked []ranking) []guess {
	var out []guess
	seen := map[*refStyle]bool{}
	for _, r := range ranked {
		if len(out) == mostGuesses || r.score < leastGuess {
			break
		}
		if !seen[r.style] {
			seen[r.style] = true
			out = append(out, guess{r.style.ID, r.score})
		}
	}
	return out
}

// scoreText writes a score so that the engine reads the same number.
func scoreText(score float64) string { return strconv.FormatFloat(score, 'g', -1, 64) }

// guessColumns are those of a temporary table of guesses, as guessCells fills it.
const guessColumns = "item_no BIGINT, rank BIGINT, style_no BIGINT, score VARCHAR"

// guessCells are the rows of an item's guesses.
func (l *load) guessCells(itemNo int64, guesses []guess) [][]data.Cell {
	var out [][]data.Cell
	for i, g := range guesses {
		out = append(out, []data.Cell{data.BigInt(itemNo), data.BigInt(int64(i + 1)), data.BigInt(l.styleNo[g.styleID]), data.Text(scoreText(g.score))})
	}
	return out
}

// insertGuesses adds those of the items that a file brings, inside its transaction.
const insertGuesses = `
INSERT INTO store.guess
SELECT g.item_no::INTEGER, g.rank::UTINYINT, g.style_no::INTEGER, g.score::DOUBLE
FROM file_guess g JOIN file_item i ON i.item_no = g.item_no
WHERE i.reason IS NULL
ORDER BY g.item_no, g.rank`
