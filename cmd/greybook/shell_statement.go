package main

import (
	"strings"

	"github.com/amassable/greybook/data"
)

// isDotCommand reports whether a text is a command to the shell and not SQL.
func isDotCommand(text string) bool { return strings.HasPrefix(strings.TrimSpace(text), ".") }

// statementEnded reports whether Enter runs what has been typed: a dot-command, SQL
// whose last statement ends in a semicolon, or nothing at all. A semicolon in a
// string, a name, a comment or between dollars ends nothing.
func statementEnded(text string) bool {
	if isDotCommand(text) || strings.TrimSpace(text) == "" {
		return true
	}
	// Were the last statement still open, a word behind it would belong to it.
	before, after := data.SplitStatements(text), data.SplitStatements(text+"\nw")
	return len(after) == len(before)+1 && after[len(before)] == "w"
}

// shellEntries cuts a text into what a shell runs one after the other: statements,
// and dot-commands, each on a line of its own between statements.
func shellEntries(text string) []string {
	var entries []string
	text = strings.TrimPrefix(text, "\ufeff")
	for text != "" {
		if trimmed := strings.TrimLeft(text, " \t\r\n"); strings.HasPrefix(trimmed, ".") {
			line, rest, _ := strings.Cut(trimmed, "\n")
			entries = append(entries, strings.TrimSpace(line))
			text = rest
			continue
		}
		sql, rest := untilDotCommand(text)
		entries = append(entries, data.SplitStatements(sql)...)
		text = rest
	}
	return entries
}

// untilDotCommand cuts a text before the first line that begins with a dot where a
// statement has ended.
func untilDotCommand(text string) (sql, rest string) {
	for i := 0; i < len(text); {
		end := strings.IndexByte(text[i:], '\n')
		if end < 0 {
			break
		}
		i += end + 1
		if strings.HasPrefix(strings.TrimLeft(text[i:], " \t"), ".") && statementEnded(text[:i]) {
			return text[:i], text[i:]
		}
	}
	return text, ""
}
