package data

import "strings"

// Parameter is a place in a query where a value is to be bound.
type Parameter struct {
	Name string // of $name, as it is written; "" for ? and $1, which have none
	Line int    // from 1
}

// Parameters finds the parameters of a query in their order, again where one comes
// again. What looks like one in a string, a quoted name or a comment is none.
func Parameters(query string) []Parameter {
	var out []Parameter
	line := 1
	for i := 0; i < len(query); {
		n, _ := token(query[i:])
		switch rest := query[i:]; {
		case rest[:n] == "?":
			out = append(out, Parameter{"", line})
		case rest[:n] == "$":
			for n < len(rest) && letter(rest[n]) {
				n++
			}
			switch {
			case n == 1: // an operator's
			case '0' <= rest[1] && rest[1] <= '9':
				out = append(out, Parameter{"", line})
			default:
				out = append(out, Parameter{rest[1:n], line})
			}
		}
		line += strings.Count(query[i:i+n], "\n")
		i += n
	}
	return out
}
