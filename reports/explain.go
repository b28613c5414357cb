package reports

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/amassable/greybook/analysis"
)

// WriteExplanationJSON writes all of an explanation, floats in full precision. Characters
// that act on a terminal are escaped: it is the same JSON.
func WriteExplanationJSON(w io.Writer, x analysis.Explanation) error {
	var text strings.Builder
	e := json.NewEncoder(&text)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(x); err != nil {
		return err
	}
	b := bufio.NewWriter(w)
	for _, r := range text.String() {
		switch {
		case r == '\n' || rowPlain(r):
			b.WriteRune(r)
		case r > 0xFFFF:
			r -= 0x10000
			fmt.Fprintf(b, `\u%04x\u%04x`, 0xD800+r>>10, 0xDC00+r&0x3FF)
		default:
			fmt.Fprintf(b, `\u%04x`, r)
		}
	}
	return b.Flush()
}

// WriteExplanation writes an explanation as text for a terminal of 80 columns, in numbered
// steps, each with its formula and the figures put in. Of sales and days it lists the
// newest, most of each (0: all), and says how many there are.
func WriteExplanation(w io.Writer, x analysis.Explanation, most int) error {
	p := &prose{x: x, most: most}
	p.head()
	p.retail()
	p.sales()
	p.level()
	p.cells()
	p.tree()
	p.result()
	p.grade()
	_, err := io.WriteString(w, p.b.String())
	return err
}

func (p *prose) head() {
	x, r := p.x, p.x.Result
	name := VisibleText(x.Style)
	if more := strings.TrimSpace(x.Model + x.Version + " " + x.Colorway); more != "" {
		name += ": " + VisibleText(more)
	}
	if x.GreyDayYear > 0 && !strings.Contains(name, "Grey Day") {
		name += fmt.Sprintf(", Grey Day %d", x.GreyDayYear)
	}
	p.wrap("", name)
	p.wrap("", fmt.Sprintf("%s pairs of %s, as of %s (method %s)", conditionWord(x.Condition), bandWord(x.SizeBand), x.AsOf, x.MethodVersion))
	if x.BookSynthetic > 0 {
		p.wrap("", fmt.Sprintf("SYNTHETIC: %s of its %s sales and %s of the book's %s are made up.",
			countText(x.Synthetic), countText(x.Sales.Used), countText(x.BookSynthetic), countText(x.BookSales)))
	}
	p.line("")
	if r.Multiple == nil {
		p.wrap("   ", "No number, grade X: "+explainReasons(r.Reasons)+".")
	} else {
		rows := [][]string{{"", "estimate", "the market, " + percent(x.BandLevel), "the next sale, " + percent(x.BandLevel)},
			{"multiple", fixed(*r.Multiple, 4), bandText(r.Lo, r.Hi, 4), bandText(r.SaleLo, r.SaleHi, 4)}}
		if r.EstimateUSD != nil {
			rows = append(rows, []string{"US dollars", fixed(*r.EstimateUSD, 2), bandText(r.LoUSD, r.HiUSD, 2), bandText(r.SaleLoUSD, r.SaleHiUSD, 2)})
		}
		p.table("lrrr", rows)
		p.line("")
		p.wrap("   ", fmt.Sprintf("Grade %s, basis %s: %s.", r.Grade, r.Basis, p.basisWord()))
	}
	p.line("")
	p.wrap("", "Below, ln is the natural logarithm of a multiple, sale price over retail price: 0 is retail, 0.10 some 10 % above it. "+
		"The steps work in ln and the last turns it back. --format json has every figure in full.")
}

func (p *prose) retail() {
	p.step("1. Retail price")
	undated, more := false, false
	for _, f := range p.x.Retail.Prices {
		if f.Used {
			p.wrap("   ", fmt.Sprintf("%s %s%s, confidence %s: %s.", fixed(f.Price, 2), f.Currency, after(" from ", f.EffectiveFrom), f.Confidence, p.x.Retail.Why))
			p.wrap("   ", "Source: "+VisibleText(f.Source))
			continue
		}
		undated, more = undated || f.EffectiveFrom == "", true
	}
	if p.x.Retail.Price == nil {
		p.wrap("   ", "None: "+p.x.Retail.Why+". The estimate is a multiple, without dollars.")
	}
	if more {
		p.line("")
		p.line("   Also on record:")
	}
	for _, f := range p.x.Retail.Prices {
		if !f.Used {
			p.wrap("   ", fmt.Sprintf("%s %s%s, confidence %s, %s", fixed(f.Price, 2), VisibleText(f.Currency), cmp.Or(after(" from ", f.EffectiveFrom), " without a day"), f.Confidence, VisibleText(f.Source)))
		}
	}
	if more {
		p.line("")
	}
	if undated && p.x.Retail.Price != nil {
		p.wrap("   ", "A price without a day is used only where its currency has none with one.")
	}
	p.wrap("   ", "Each sale's own multiple is at the retail price in force on its day.")
}

func (p *prose) sales() {
	p.step("2. Sales")
	s := p.x.Sales
	rows := [][]string{{"completed sales of the style, all sizes and conditions", countText(s.Records)},
		{"set aside", countText(s.SetAside)}, {"used, for the level of the style", countText(s.Used)},
		{"of these: " + conditionWord(p.x.Condition) + " pairs of " + bandWord(p.x.SizeBand) + ", for the row", countText(s.InRow)}}
	p.table("lr", rows)
	for _, r := range s.Reasons {
		p.wrap("   ", fmt.Sprintf("%s, %s: %s.", r.Reason, countText(r.N), strings.TrimSuffix(VisibleText(r.Meaning), ".")))
	}
	if n := p.vouched(); n > 0 {
		p.wrap("   ", fmt.Sprintf("Vouched for, of those used: %s. A sale released by its key counts in full, however far off it is.", countText(n)))
	}
	if len(s.Warnings) > 0 {
		p.wrap("   ", "Of those in the row: "+warningsText(s.Warnings)+".")
	}
	if s.SetAside > 0 {
		p.line("")
		rows := newest(s.Aside, p.most)
		table := [][]string{{"sold on", "size", "condition", "price", "", "line", "file"}}
		for _, r := range rows {
			table = append(table, []string{r.SoldOn.String(), sizeWord(r.SaleRecord), VisibleText(r.Condition), fixed(r.Price, 2), VisibleText(r.Currency), lineText(r.SaleRecord), fileText(r.SaleRecord)},
				[]string{"           " + strings.Join(r.Reasons, ", ")})
		}
		p.wrap("   ", "Set aside, "+newestOf(len(rows), s.SetAside)+":")
		p.table("lrlrlrl", table)
	}
	if s.InRow > 0 {
		p.line("")
		rows := newest(p.inRow(), p.most)
		table := [][]string{{"sold on", "size", "price", "", "multiple", "ln", "line", "file"}}
		for _, r := range rows {
			table = append(table, []string{r.SoldOn.String(), sizeWord(r.SaleRecord), fixed(r.Price, 2), VisibleText(r.Currency), fixed(r.Multiple, 4), fixed(r.LnMultiple, 4), lineText(r.SaleRecord), fileText(r.SaleRecord)})
			if r.Vouched {
				table = append(table, []string{"           vouched for"})
			}
		}
		p.wrap("   ", "Used for the row, "+newestOf(len(rows), s.InRow)+":")
		p.table("lrrlrrrl", table)
	}
}

func (p *prose) level() {
	p.step("3. Level of the style")
	l := p.x.Level
	if l.Now == nil {
		p.wrap("   ", "It was never sold: it has none.")
		return
	}
	p.wrap("   ", "Day by day the level follows the sales. Predicted is the level of the last day of sale, carried on by its slope and by what is usual at the "+
		"style's age, and, after 28 days without a sale, by the market. A sale says where the level is: at its ln, less how far its size and condition is "+
		"expected to be from it. Seen is the mean of what the day's sales say; one further than reach from the level that results weighs less, unless it is "+
		"vouched for. Reach is twice the sd of a sale about its forecast. sd is how unsure the level then is.")
	p.formula("weight = min(1, reach / |sale − level|), 1 for a sale vouched for", "seen   = Σ weight × sale / Σ weight, its variance a sale's / Σ weight",
		"gain   = predicted variance / (predicted variance + that of seen)", "level  = predicted + gain × (seen − predicted)")
	days := newest(l.Days, p.most)
	table := [][]string{{"day", "sales", "predicted", "seen", "reach", "gain", "level", "exp", "sd"}}
	for _, d := range days {
		predicted, seen, reach := noFigure, noFigure, noFigure
		if !d.First {
			predicted = fixed(d.Predicted.Level, 4)
		}
		if d.Seen != nil {
			seen, reach = fixed(*d.Seen, 4), fixed(d.SeenReach, 3)
		}
		table = append(table, []string{d.Day.String(), countText(d.N), predicted, seen, reach, fixed(d.Gain, 4), fixed(d.After.Level, 4), fixed(math.Exp(d.After.Level), 3), fixed(math.Sqrt(d.After.Variance), 4)})
	}
	p.wrap("   ", "Days of sale, "+newestOf(len(days), len(l.Days))+":")
	p.table("lrrrrrrrr", table)
	if d := l.Days[len(l.Days)-1]; d.Seen != nil && !d.First {
		p.line("")
		p.wrap("   ", fmt.Sprintf("%s: %s + %s × (%s − %s) = %s", d.Day, fixed(d.Predicted.Level, 4), fixed(d.Gain, 4), fixed(*d.Seen, 4), term(d.Predicted.Level), fixed(d.After.Level, 4)))
	}
	n := l.Now
	p.wrap("   ", fmt.Sprintf("Carried %s to %s: %s + market %s + release %s + slope %s = %s", countOf(n.Days, "day", "days"), n.Day,
		fixed(n.Before.Level, 4), fixed(n.MarketMove, 4), fixed(n.ReleaseJump, 4), fixed(n.Predicted.Level-n.Before.Level-n.MarketMove-n.ReleaseJump, 4), fixed(n.Predicted.Level, 4)))
}

func (p *prose) cells() {
	p.step("4. The cells: sizes of the row")
	if p.x.Sales.InRow == 0 {
		p.wrap("   ", "None was sold.")
		return
	}
	p.wrap("   ", "28 d is the sales of the last 28 days, half the half-life in days, Kish n (Σ weight)² / Σ weight². A sale's distance is its ln less the style's level of its day, far ones held back unless vouched for; now it would be exp(level now + distance). "+
		"Weights halve with age, the sooner the more the cell sold in 28 days.")
	p.formula("weight = 2^(−age / half-life)", "own    = Σ weight × distance / Σ weight",
		fmt.Sprintf("mean   = level now %s + own − usual, what the tree is given", fixed(p.x.Level.Now.Predicted.Level, 4)),
		fmt.Sprintf("sd     = sale sd %s / √(Σ weight)", fixed(p.x.Result.SaleSD, 4)))
	table := [][]string{{"size", "n", "28 d", "half", "Σ weight", "Kish n", "own", "usual", "mean", "sd"}}
	lent := true
	for _, c := range p.x.Cells {
		if !c.InRow {
			continue
		}
		size, mean, sd := "unknown", noFigure, noFigure
		if c.SizeUSMen != nil {
			size = strconv.FormatFloat(*c.SizeUSMen, 'f', -1, 64)
		}
		if lent = lent && c.Lends; c.Lends {
			mean, sd = fixed(c.Mean, 4), fixed(math.Sqrt(*c.Variance), 4)
		}
		table = append(table, []string{size, countText(c.N), countText(c.Recent), fixed(c.HalfLife, 0), fixed(c.WeightSum, 2), fixed(c.Kish, 1), fixed(c.Own, 4), fixed(c.Usual, 4), mean, sd})
	}
	p.table("rrrrrrrrrr", table)
	if !lent {
		p.wrap("   ", "A size without a mean lends nothing: its sales are too old, or too few styles tell how far pairs of this condition are from new ones.")
	}
	rows := newest(p.inRow(), p.most)
	table = [][]string{{"sold on", "size", "ln", "level", "expected", "distance", "weight", "carried"}}
	for _, r := range rows {
		table = append(table, []string{r.SoldOn.String(), sizeWord(r.SaleRecord), fixed(r.LnMultiple, 4), fixed(r.Level, 4), fixed(r.Expected, 4), fixed(r.Distance, 4), fixed(r.Weight, 4), fixed(r.CarriedMultiple, 4)})
	}
	p.line("")
	p.wrap("   ", "The sales carried to "+p.x.Level.Now.Day.String()+", "+newestOf(len(rows), p.x.Sales.InRow)+":")
	p.table("lrrrrrrr", table)
}

// vouched is how many of the sales used the user vouches for.
func (p *prose) vouched() int {
	n := 0
	for _, r := range p.x.Sales.Rows {
		if r.Vouched {
			n++
		}
	}
	return n
}

func (p *prose) inRow() []analysis.ExplainedSale {
	var rows []analysis.ExplainedSale
	for _, r := range p.x.Sales.Rows {
		if r.InRow {
			rows = append(rows, r)
		}
	}
	return rows
}

func (p *prose) tree() {
	p.step("5. Borrowing")
	chain := p.x.Tree.Chain
	if len(chain) == 0 {
		p.wrap("   ", "Nothing was ever sold: there is nobody to borrow from.")
		return
	}
	p.wrap("   ", "From all styles down to the row, each takes from its parent the more, the less its own sales say (V, the variance of own) beside how far apart such "+
		"neighbours usually are (tau). Own is the mean of the children by 1 / (V + tau²).")
	p.formula("borrowed = V / (V + tau²)", "estimate = own + borrowed × (the parent's estimate − own)")
	table := [][]string{{"", "tau", "own", "√V", "borrowed", "estimate", "sd"}}
	for i, n := range chain {
		tau, own, sd := noFigure, noFigure, noFigure
		if i > 0 {
			tau = fixed(math.Sqrt(n.Tau2), 4)
		}
		if n.OwnVariance != nil {
			own, sd = fixed(n.Own, 4), fixed(math.Sqrt(*n.OwnVariance), 4)
		}
		table = append(table, []string{cutTo(VisibleText(n.Name), 20), tau, own, sd, fixed(n.Borrowed, 4), fixed(n.Estimate, 4), fixed(math.Sqrt(n.Variance), 4)})
	}
	p.table("lrrrrrr", table)
	last := chain[len(chain)-1]
	if len(chain) > 1 && last.OwnVariance != nil {
		p.line("")
		p.wrap("   ", fmt.Sprintf("%s: %s + %s × (%s − %s) = %s", VisibleText(last.Name), fixed(last.Own, 4), fixed(last.Borrowed, 4), fixed(chain[len(chain)-2].Estimate, 4), term(last.Own), fixed(last.Estimate, 4)))
	}
	if len(last.Children) > 0 {
		table = [][]string{{"own of " + cutTo(VisibleText(last.Name), 28) + " is of", "mean", "√V", "tau", "weighs"}}
		total := 0.0
		for _, c := range last.Children {
			total += 1 / (c.Variance + c.Tau2)
		}
		for _, c := range last.Children {
			table = append(table, []string{VisibleText(c.Name), fixed(c.Own, 4), fixed(math.Sqrt(c.Variance), 4), fixed(math.Sqrt(c.Tau2), 4), oneDecimal(1 / (c.Variance + c.Tau2) / total)})
		}
		p.line("")
		p.table("lrrrr", table)
	}
}

func (p *prose) result() {
	p.step("6. Result")
	r := p.x.Result
	if r.LnMultiple == nil {
		p.wrap("   ", "None: "+explainReasons(r.Reasons)+".")
		return
	}
	last := p.x.Tree.Chain[len(p.x.Tree.Chain)-1]
	p.table("llr", [][]string{{"", "estimate of " + cutTo(VisibleText(last.Name), 24), fixed(last.Estimate, 4)},
		{"+", fmt.Sprintf("trend to the middle of the week: share %s × %s", fixed(r.TrendShare, 2), term(r.Trend)), fixed(r.TrendShare*r.Trend, 4)},
		{"+", "usual distance of these sizes, by effective sales", fixed(r.Usual, 4)},
		{"=", "ln multiple", fixed(*r.LnMultiple, 4)}})
	p.line("")
	sd := math.Sqrt(*r.Variance)
	p.wrap("   ", fmt.Sprintf("sd = √(variance of %s %s + of the level, days ahead, %s) = %s", VisibleText(last.Name), fixed(last.Variance, 6), fixed(r.LevelVariance, 6), fixed(sd, 4)))
	if r.Multiple == nil {
		return
	}
	p.wrap("   ", fmt.Sprintf("multiple = exp(%s) = %s, a premium of %s", fixed(*r.LnMultiple, 4), fixed(*r.Multiple, 4), oneDecimal(*r.Premium)))
	if r.EstimateUSD != nil {
		p.wrap("   ", fmt.Sprintf("dollars  = %s × %s = %s", fixed(*r.Multiple, 4), fixed(*p.x.Retail.Price, 2), fixed(*r.EstimateUSD, 2)))
	}
	p.wrap("   ", fmt.Sprintf("market, %s: exp(%s ∓ %s × %s) = %s", percent(p.x.BandLevel), fixed(*r.LnMultiple, 4), fixed(r.Z, 3), fixed(sd, 4), bandText(r.Lo, r.Hi, 4)))
	if r.SaleHalfWidth == nil {
		p.wrap("   ", "next sale: no band yet, for no past forecasts of its class tell how far off the next sale is")
		return
	}
	saleSD := math.Sqrt(*r.SaleVariance)
	p.wrap("   ", fmt.Sprintf("next sale: sd = √(%s + %s²) = %s, the second that of a sale about its cell", fixed(*r.Variance, 6), fixed(r.SaleSD, 4), fixed(saleSD, 4)))
	p.wrap("   ", fmt.Sprintf("next sale, %s: exp(%s ∓ %s × %s) = %s; the %s is what the errors of the last weeks' forecasts of its class (%s) come to, in sds",
		percent(p.x.BandLevel), fixed(*r.LnMultiple, 4), fixed(*r.SaleHalfWidth, 3), fixed(saleSD, 4), bandText(r.SaleLo, r.SaleHi, 4), fixed(*r.SaleHalfWidth, 3), classWord(r)))
}

func (p *prose) grade() {
	r := p.x.Result
	if r.GradeHalf != nil {
		p.line("")
		which := "the first that both allow"
		if r.Multiple == nil {
			which = "none is allowed by both"
		}
		p.wrap("   ", fmt.Sprintf("Grade %s: %s, the upper half of the 95 %% band, exp(1.96 sd) − 1 = %s, and the effective sales, Σ weight = %s.",
			r.Grade, which, oneDecimal(*r.GradeHalf), fixed(r.NEffective, 2)))
		table := [][]string{{"grade", "half at most", "sales at least", "met"}}
		for _, g := range r.Grades {
			met := "no"
			if g.Met {
				met = "yes"
			}
			table = append(table, []string{g.Grade, oneDecimal(g.Half), fixed(g.Sales, 0), met})
		}
		p.table("lrrl", append(table, []string{"X", "", "", "no number, where none is met"}))
	}
	if len(r.Reasons) > 0 {
		p.wrap("   ", "Reasons: "+explainReasons(r.Reasons)+".")
	}
}
