package data

import "strings"

// SplitStatements cuts a text at the semicolons that end statements, and takes
// blanks, comments and empty statements around them away. It knows strings,
// quoted names, dollar quotes and comments; what is left open goes on to the end
// of the text. The engine has the last word on what a statement is.
func SplitStatements(text string) []string {
	var statements []string
	add := func(from, to int) {
		s := text[from:to]
		if s = s[len(s)-len(skipBlanks(s)):]; s != "" {
			statements = append(statements, s)
		}
	}
	from, end := 0, 0 // of the statement; end is behind its last token
	for i := 0; i < len(text); {
		n, blank := token(text[i:])
		i += n
		switch {
		case blank:
		case text[i-n] == ';':
			add(from, end)
			from, end = i, i
		default:
			end = i
		}
		if end < from {
			end = from
		}
	}
	if end > from {
		add(from, end)
	}
	return statements
}

// token returns the length of the token that s begins with, as far as cutting a
// text needs tokens, and whether it is blank: white space or a comment.
func token(s string) (n int, blank bool) {
	switch c := s[0]; {
	case strings.IndexByte(" \t\r\n\f\v", c) >= 0:
		return 1, true
	case strings.HasPrefix(s, "--"):
		if i := strings.IndexByte(s, '\n'); i >= 0 {
			return i + 1, true
		}
		return len(s), true
	case strings.HasPrefix(s, "/*"):
		return blockComment(s)
	case (c == 'e' || c == 'E') && strings.HasPrefix(s[1:], "'"):
		return 1 + quoted(s[1:], true), false
	case c == '\'' || c == '"':
		return quoted(s, false), false
	case c == '$':
		return dollarQuoted(s), false
	case letter(c):
		n := 1
		for n < len(s) && (letter(s[n]) || s[n] == '$') {
			n++
		}
		return n, false
	}
	return 1, false
}

// letter reports whether a name may have the byte in it.
func letter(c byte) bool {
	return c == '_' || c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

// blockComment is the length of a comment; comments nest. One left open is no
// blank: the engine shall see it.
func blockComment(s string) (n int, closed bool) {
	depth := 0
	for i := 0; i < len(s); i++ {
		switch {
		case strings.HasPrefix(s[i:], "/*"):
			depth++
			i++
		case strings.HasPrefix(s[i:], "*/"):
			depth--
			i++
			if depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(s), false
}

// quoted is the length of a string or a quoted name. A quote in it is doubled, or
// comes after a backslash where there are such escapes.
func quoted(s string, escapes bool) int {
	for i := 1; i < len(s); i++ {
		switch {
		case escapes && s[i] == '\\':
			i++
		case s[i] != s[0]:
		case i+1 < len(s) && s[i+1] == s[0]:
			i++
		default:
			return i + 1
		}
	}
	return len(s)
}

// dollarQuoted is the length of $tag$…$tag$, or 1 where s begins with no such tag
// but, say, with a parameter.
func dollarQuoted(s string) int {
	n := 1
	for n < len(s) && letter(s[n]) {
		n++
	}
	if n == len(s) || s[n] != '$' || n > 1 && '0' <= s[1] && s[1] <= '9' {
		return 1
	}
	tag := s[:n+1]
	if i := strings.Index(s[len(tag):], tag); i >= 0 {
		return len(tag) + i + len(tag)
	}
	return len(s)
}

// skipBlanks returns s from its first token on.
func skipBlanks(s string) string {
	for s != "" {
		n, blank := token(s)
		if !blank {
			return s
		}
		s = s[n:]
	}
	return ""
}

// afterWord returns what follows the first token of s, if that is the word.
func afterWord(s, word string) (rest string, ok bool) {
	s = skipBlanks(s)
	if s == "" {
		return "", false
	}
	n, _ := token(s)
	if !strings.EqualFold(s[:n], word) {
		return "", false
	}
	return skipBlanks(s[n:]), true
}

// afterParentheses returns what follows a pair of parentheses that s begins with.
func afterParentheses(s string) (rest string, ok bool) {
	depth := 0
	for i := 0; i < len(s); {
		n, _ := token(s[i:])
		switch s[i : i+n] {
		case "(":
			depth++
		case ")":
			depth--
		}
		i += n
		if depth == 0 {
			return skipBlanks(s[i:]), s[0] == '('
		}
	}
	return "", false
}
