package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// dotCommand is a command to the shell itself.
type dotCommand struct {
	name     string
	args     string // as help writes them
	about    string // one line
	detail   string // more, for .help of it alone
	most     int    // most arguments; -1: any number
	least    int
	complete func(all names, text string) []candidate // of its first argument
	run      func(sh *shell, ctx context.Context, args []string) error
}

// dotCommands lists them in the order of .help, which is made of it.
func dotCommands() []dotCommand {
	onOff := func(names, string) []candidate { return []candidate{{"on", ""}, {"off", ""}} }
	tables := func(all names, text string) []candidate {
		c := completion{all: all, prefix: text}
		c.tables()
		return c.found
	}
	return []dotCommand{
		{name: "tables", args: "[PATTERN]", about: "list the tables and views", most: 1, complete: tables, run: (*shell).dotTables,
			detail: "Lists the tables and views of the book and those that you made, with what each is.\n% and * in the pattern stand for any letters, ? and _ for one: .tables multiples*"},
		{name: "schema", args: "[NAME]", about: "show the columns of a table, and what they mean", most: 1, complete: tables, run: (*shell).dotSchema,
			detail: "Without a name it shows the columns of all tables in brief."},
		{name: "mode", args: "[FORMAT]", about: "write results as table, csv, tsv, json, ndjson, markdown, parquet or arrow", most: 1, complete: formats, run: (*shell).dotMode,
			detail: "Without a format it says which one is set. parquet and arrow go into a file: .output FILE."},
		{name: "output", args: "[FILE]", about: "write results to a file; without one, here again", most: 1, run: (*shell).dotOutput,
			detail: "The file appears, whole, with the next .output or when you leave. Without .limit it gets all rows."},
		{name: "read", args: "FILE", about: "run the statements and commands of a file", least: 1, most: 1, run: (*shell).dotRead,
			detail: "It stops at the first error."},
		{name: "timer", args: "on|off", about: "say how long each statement took", least: 1, most: 1, complete: onOff, run: (*shell).dotTimer},
		{name: "limit", args: "[N]", about: "most rows of a result, 0 for all", most: 1, run: (*shell).dotLimit,
			detail: fmt.Sprintf("Without .limit a terminal gets %s rows and a file all of them. Without N it says what is set.", thousands(terminalRows))},
		{name: "pager", args: "on|off", about: "show long results in a pager", least: 1, most: 1, complete: onOff, run: (*shell).dotPager,
			detail: "The pager is $GREYBOOK_PAGER, else $PAGER, else less, else more."},
		{name: "saved", args: "[NAME [KEY=VALUE …]]", about: "list the saved queries, or run one", most: -1, complete: savedCandidates, run: (*shell).dotSaved},
		{name: "help", args: "[COMMAND]", about: "list the commands, or say more of one", most: 1, complete: dotCandidates, run: (*shell).dotHelp},
		{name: "quit", about: "leave, as Ctrl-D does (also .exit)", run: (*shell).dotQuit},
	}
}

// findDot finds a command by its name, without the dot.
func findDot(name string) (dotCommand, error) {
	if name == "exit" {
		name = "quit"
	}
	var known []string
	for _, c := range dotCommands() {
		if c.name == name {
			return c, nil
		}
		known = append(known, c.name)
	}
	err := usagef("unknown command .%s", name)
	if near := nearest(strings.ToLower(name), append(known, "exit")); near != "" {
		return dotCommand{}, withHint(err, "did you mean .%s?", near)
	}
	return dotCommand{}, withHint(err, ".help lists the commands")
}

// usage is how the command is called.
func (c dotCommand) usage() string { return strings.TrimSpace("." + c.name + " " + c.args) }

// parseDot reads a line such as .saved name key='a b', and finds its command.
func parseDot(line string) (c dotCommand, args []string, err error) {
	words, err := dotWords(strings.TrimSpace(line))
	if err != nil {
		return c, nil, err
	}
	if last := len(words) - 1; strings.HasSuffix(strings.TrimSpace(line), ";") {
		// Nobody means the semicolon that their fingers type.
		if words[last] = strings.TrimRight(words[last], ";"); words[last] == "" {
			words = words[:last]
		}
	}
	if c, err = findDot(strings.TrimPrefix(words[0], ".")); err != nil {
		return c, nil, err
	}
	args = words[1:]
	if len(args) < c.least || c.most >= 0 && len(args) > c.most {
		return c, nil, usagef("it is used so: %s", c.usage())
	}
	return c, args, nil
}

// dotWords cuts a line into words at blanks; quotes of either kind keep blanks.
func dotWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	open := false
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, open = r, true
		case r == ' ' || r == '\t' || r == '\n':
			if open {
				words = append(words, word.String())
				word.Reset()
				open = false
			}
		default:
			word.WriteRune(r)
			open = true
		}
	}
	if quote != 0 {
		return nil, usagef("a quote %c is not closed", quote)
	}
	if open {
		words = append(words, word.String())
	}
	return words, nil
}

// completeDot completes the commands and their first argument.
func completeDot(text string, at int, all names) (from int, found []candidate) {
	lead := len(text) - len(strings.TrimLeft(text, " \t\n"))
	if at < lead {
		return at, nil
	}
	name, rest, argument := strings.Cut(text[lead:at], " ")
	if !argument {
		return lead, matching(dotted(dotCandidates(all, "")), name)
	}
	c, err := findDot(strings.TrimPrefix(name, "."))
	word := strings.TrimLeft(rest, " ")
	if err != nil || c.complete == nil || strings.ContainsAny(word, " '\"") {
		return at, nil
	}
	return at - len(word), matching(c.complete(all, word), word)
}

// matching keeps the candidates that begin with a word.
func matching(candidates []candidate, word string) []candidate {
	return slices.DeleteFunc(candidates, func(c candidate) bool {
		return len(c.Text) < len(word) || !strings.EqualFold(c.Text[:len(word)], word)
	})
}

func dotted(candidates []candidate) []candidate {
	for i := range candidates {
		candidates[i].Text = "." + candidates[i].Text
	}
	return candidates
}

func dotCandidates(names, string) []candidate {
	var found []candidate
	for _, c := range dotCommands() {
		found = append(found, candidate{c.name, c.about})
	}
	return found
}

func savedCandidates(all names, _ string) []candidate {
	var found []candidate
	for _, name := range all.Saved {
		found = append(found, candidate{name, "saved query"})
	}
	return found
}

func formats(names, string) []candidate {
	var found []candidate
	for _, f := range define("format").choices {
		found = append(found, candidate{f, ""})
	}
	return found
}
