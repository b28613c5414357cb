package data

import (
	"slices"
	"testing"
)

func TestParameters(t *testing.T) {
	for query, want := range map[string][]Parameter{
		"":                                    nil,
		"SELECT $a, $B_2 + $a":                {{"a", 1}, {"B_2", 1}, {"a", 1}},
		"SELECT\n\n$a::DATE\n- $größe":        {{"a", 3}, {"größe", 4}},
		"SELECT ?, $1, $2x":                   {{"", 1}, {"", 1}, {"", 1}},
		"SELECT '$a ''$b', \"$c?\", E'\\'$d'": nil,
		"-- $a ?\n/* $b /* $c */ */ SELECT $d -- $e": {{"d", 2}},
		"SELECT $$ $a\n$$, $t$ $b $$ $t$, $c":        {{"c", 2}},
		"SELECT a$b, $ + 1, $":                       nil,
		"SELECT '\n$a\n', $b":                        {{"b", 3}},
		"SELECT '$a":                                 nil,
	} {
		if got := Parameters(query); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
	}
}
