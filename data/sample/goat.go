package sample

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The kinds of rows in the file of GOAT. The first four are sound sales.
const (
	kindNew     = "sale_new"
	kindUsed    = "sale_used"
	kindSpelled = "code_spelling"       // the code in lower case, with a space or a hyphen, or with a width
	kindTitled  = "no_code_known_title" // no code, and a title that the aliases know

	kindLost       = "no_code_unknown_title" // a title that names no single style
	kindAsk        = "ask"
	kindSentinel   = "sentinel_price"  // 999999
	kindBadPrice   = "bad_price"       // N/A, nothing, -5, or $1,0O5 with a letter O
	kindImpossible = "impossible_date" // 2025-02-30
	kindAmbiguous  = "ambiguous_date"  // 03/04/2025
	kindShort      = "too_few_columns"
	kindDuplicate  = "duplicate" // a row once more, byte for byte, as from a second export
)

// dirt is how many rows of each kind there are at scale 1, made in this order.
var dirt = []struct {
	kind string
	n    int
}{
	{kindSpelled, 200}, {kindTitled, 60},
	{kindLost, 40}, {kindAsk, 150}, {kindSentinel, 5}, {kindBadPrice, 20},
	{kindImpossible, 6}, {kindAmbiguous, 6}, {kindShort, 4}, {kindDuplicate, 40},
}

// lostTitles name no single style: colours without a maker, or other shoes.
var lostTitles = []string{
	"New Balance 990 grey suede, great condition", "990 Sport Grey", "Form990 Black", "LG-U990 charger",
	"New Balance 327 Sea Salt 990.0", "NB 990v3 brown size 10", "New Balance Made in USA sneakers", "뉴발란스 990 그레이",
}

const goatHeader = "sale_id,sold_at,style_code,title,size,condition,price,currency,marketplace,price_basis,quantity,made_in,url"

// The columns of goatHeader that the dirt gets into.
const (
	goatSoldAt = 1
	goatCode   = 2
	goatTitle  = 3
	goatPrice  = 6
	goatBasis  = 9
	goatURL    = 12
)

type goatRow struct {
	kind   string
	deal   *deal
	fields []string
}

// goatFile writes GOAT's sales in greybook's own format, in order of time.
func (w *world) goatFile(deals []deal) ([]byte, map[string]int) {
	r := w.rng("goat")
	rows := make([]goatRow, 0, len(deals))
	for i := range deals {
		rows = append(rows, w.goatSale(r, &deals[i]))
	}
	// Dirt is made from sound sales of styles that sell often, so that the few
	// sales of the others stay as they are.
	var sound []int
	for i, row := range rows {
		if row.kind == kindNew && row.deal.shoe.Code != "" && row.deal.shoe.sales >= 100 {
			sound = append(sound, i)
		}
	}
	r.Shuffle(len(sound), func(i, j int) { sound[i], sound[j] = sound[j], sound[i] })
	extra := make(map[int][]goatRow) // rows to write after the i-th
	var again []goatRow
	for _, d := range dirt {
		n := int(math.Round(float64(d.n) * w.o.Scale))
		for k := 0; k < n && len(sound) > 0; k++ {
			i := sound[len(sound)-1]
			sound = sound[:len(sound)-1]
			if d.kind == kindTitled && len(rows[i].deal.shoe.names) == 0 {
				k-- // no alias would know its title
				continue
			}
			switch d.kind {
			case kindSpelled, kindTitled:
				rows[i] = w.soil(r, rows[i], d.kind, k)
			case kindDuplicate:
				again = append(again, goatRow{kindDuplicate, rows[i].deal, rows[i].fields})
			default:
				extra[i] = append(extra[i], w.soil(r, rows[i], d.kind, k))
			}
		}
	}
	all := make([]goatRow, 0, len(rows)+len(again))
	for i, row := range rows {
		all = append(append(all, row), extra[i]...)
	}
	return writeGOAT(append(all, again...))
}

// goatSale writes one sale. Ids and urls are given when all rows are in order.
func (w *world) goatSale(r *rand.Rand, d *deal) goatRow {
	kind, condition, usd := kindNew, "new", w.price(*d, "USD")
	if r.Float64() < usedShare && d.shoe.ID != fewStyle {
		kind, condition, usd = kindUsed, "used", usd*usedFactor
	}
	return goatRow{kind, d, []string{
		"", time.Unix(d.at, 0).UTC().Format(time.RFC3339), d.shoe.Code, d.shoe.goatName(), d.size, condition,
		strconv.Itoa(int(math.Round(usd))), "USD", "GOAT", "sale", "1", d.shoe.MadeIn, "",
	}}
}

// soil makes the k-th row of a kind of dirt from a sound sale.
func (w *world) soil(r *rand.Rand, sound goatRow, kind string, k int) goatRow {
	row := goatRow{kind, sound.deal, slices.Clone(sound.fields)}
	f, code := row.fields, sound.fields[goatCode]
	switch kind {
	case kindSpelled:
		cut := strings.IndexAny(code, "0123456789") + len(sound.deal.shoe.Model)
		f[goatCode] = []string{strings.ToLower(code), code[:cut] + " " + code[cut:], code[:cut] + "-" + code[cut:], code + " D", code + " 2E"}[k%5]
	case kindTitled:
		f[goatCode], f[goatTitle] = "", sound.deal.shoe.names[0]
	case kindLost:
		f[goatCode], f[goatTitle] = "", lostTitles[k%len(lostTitles)]
	case kindAsk:
		f[goatBasis] = "ask"
		f[goatPrice] = strconv.Itoa(int(math.Round(w.price(*sound.deal, "USD") * (1.1 + 0.2*r.Float64()))))
	case kindSentinel:
		f[goatPrice] = "999999"
	case kindBadPrice:
		f[goatPrice] = []string{"N/A", "", "-5", "$1,0O5"}[k%4]
	case kindImpossible:
		f[goatSoldAt] = "2025-02-30"
	case kindAmbiguous:
		f[goatSoldAt] = "03/04/2025"
	case kindShort:
		row.fields = f[:goatPrice]
	}
	return row
}

func writeGOAT(rows []goatRow) ([]byte, map[string]int) {
	var b bytes.Buffer
	b.WriteString(goatHeader + "\n")
	kinds := make(map[string]int)
	out := csv.NewWriter(&b)
	for i, row := range rows {
		kinds[row.kind]++
		if row.kind != kindDuplicate { // whose id its first row has set
			row.fields[0] = fmt.Sprintf("g%07d", i+1)
			if len(row.fields) > goatURL {
				row.fields[goatURL] = "synthetic:goat/" + row.fields[0]
			}
		}
		out.Write(row.fields) // into memory: it cannot fail
	}
	out.Flush()
	return b.Bytes(), kinds
}
