package reports

import (
	"cmp"
	"path"
	"strconv"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// explainReasons says what the reasons of a row mean, each with its code.
func explainReasons(codes []string) string {
	texts := make([]string, len(codes))
	for i, c := range codes {
		texts[i] = c
		if t := analysis.ReasonText(c); t != c {
			texts[i] += ", " + t
		}
	}
	return strings.Join(texts, "; ")
}

func (p *prose) basisWord() string {
	chain := p.x.Tree.Chain
	parent := "its parent"
	if len(chain) > 1 {
		parent = VisibleText(chain[len(chain)-2].Name)
	}
	if p.x.Result.Basis == "parent" {
		return "no sales of its own, all is borrowed from " + parent
	}
	return oneDecimal(*p.x.Result.Borrowed) + " of it is borrowed from " + parent
}

func classWord(r analysis.ExplainedResult) string {
	word := map[string]string{"n=0": "no sale in 28 days", "n=1-4": "1 to 4 sales in 28 days", "n=5-19": "5 to 19 sales in 28 days", "n>=20": "20 sales and more in 28 days"}[r.Class]
	return cmp.Or(word, r.Class)
}

func conditionWord(condition string) string {
	return VisibleText(strings.ReplaceAll(condition, "_", " with "))
}

func bandWord(band string) string {
	switch band {
	case "all":
		return "all sizes"
	case "unknown":
		return "sizes unknown"
	}
	return "US men's sizes " + band
}

func sizeWord(r analysis.SaleRecord) string { return cutTo(VisibleText(cmp.Or(r.Size, "?")), 8) }

func lineText(r analysis.SaleRecord) string { return strconv.FormatInt(r.Line, 10) }

// fileText is a record's file, without its folders.
func fileText(r analysis.SaleRecord) string {
	return VisibleText(path.Base(strings.ReplaceAll(r.File, `\`, "/")))
}

func after(word, s string) string {
	if s == "" {
		return ""
	}
	return word + s
}
