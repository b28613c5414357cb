package sample

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"

	"github.com/amassable/greybook/data"
)

// kreamHeader is that of the product table: name, URL, brand, number of trades,
// price of the last one, style code, release, days since it, retail, colour,
// number of colours, highest trade and its day, lowest trade and its day, saves, posts.
const kreamHeader = "상품명,상품URL,브랜드,거래량,최근거래가,모델번호,발매일,발매일로부터현재까지일,발매가,색상,색상개수," +
	"최고거래가,최고거래성사일,최저거래가,최저거래성사일,관심,스타일"

// The kinds of rows in KREAM's product table.
const (
	kindProduct    = "product"     // a sound one
	kindRetailTypo = "retail_typo" // a retail price with digits lost: 8300
	kindTwoCodes   = "two_codes"   // codes joined by a slash
	kindOtherBrand = "other_brand" // not New Balance
)

// wide are the styles that KREAM lists by width, each width a product.
var wide = []string{"M990GL5", "M990GL6", "M992GR", "MR993GL"}

var kreamWidths = []string{" - D 스탠다드", " - 2E 와이드"}

// korean writes the words of a colorway as KREAM does.
var korean = strings.NewReplacer(
	" (Grey Day 2023)", "", "Grey Day", "그레이 데이",
	"Grey", "그레이", "Castlerock", "캐슬락", "Silver", "실버", "Black", "블랙", "Brown", "브라운", "Olive", "올리브",
	"Navy", "네이비", "Green", "그린", "Sulphur", "설퍼", "Sea Salt", "씨 솔트", "Marblehead", "마블헤드", "Incense", "인센스",
	"Vintage Indigo", "빈티지 인디고", "Core", "코어", "JJJJound", "JJJ자운드", "Action Bronson", "액션 브론슨", "Baklava", "바클라바",
	"Lapis Lazuli", "라피스 라줄리", "Carhartt", "칼하트", "Dark", "다크", "Patta", "파타", "Red Label", "레드 라벨",
	"Teddy Santis ", "", " (W)", "", " / ", " ", "/", " ",
)

// trade is a deal on KREAM, which trades in thousands of won.
type trade struct {
	day data.Date
	won int
}

// kreamFile writes KREAM's products as of the end of the sample: of each, the
// last trade, which has no date there, and the highest and lowest ever. Its
// trades are not among the sample's sales.
func (w *world) kreamFile() ([]byte, map[string]int) {
	r := w.rng("kream")
	kinds := make(map[string]int)
	var rows [][]string
	put := func(kind string, fields []string) {
		kinds[kind]++
		fields[1] = fmt.Sprintf("synthetic:kream/%d", 990001+len(rows))
		rows = append(rows, fields)
	}
	for i := range w.shoes {
		s := &w.shoes[i]
		if s.Code == "" || s.ID == fewStyle {
			continue
		}
		widths := []string{""}
		if slices.Contains(wide, s.ID) {
			widths = kreamWidths
		}
		for _, width := range widths {
			kind := kindProduct
			row := w.kreamRow(s, width, w.trades(w.rng("kream "+s.ID+width), s, max(3, s.sales/(4*len(widths)))))
			switch s.ID {
			case "M990CH1":
				kind, row[8] = kindRetailTypo, "8300"
			case "U992NC":
				kind, row[5] = kindTwoCodes, s.Code+"/"+s.Code+"S"
			}
			put(kind, row)
		}
	}
	for _, p := range [][2]string{{"나이키 합성 샘플 그레이", "Nike"}, {"아디다스 합성 샘플 블랙", "Adidas"}} {
		name, brand := p[0], p[1]
		price := strconv.Itoa(1000 * (90 + r.IntN(60)))
		day := kreamDay(w.o.End.AddDays(-30))
		put(kindOtherBrand, []string{name, "", brand, "1", price, "SYNTHETIC-" + strings.ToUpper(brand), "-", "", "119000", "Grey", "1", price, day, price, day, "3", "0"})
	}
	var b bytes.Buffer
	b.WriteString(kreamHeader + "\n")
	out := csv.NewWriter(&b)
	out.WriteAll(rows) // into memory: it cannot fail
	return b.Bytes(), kinds
}

// trades simulates n trades of a shoe, in order of time.
func (w *world) trades(r *rand.Rand, s *shoe, n int) []trade {
	deals := w.deals(r, s, s.first, w.o.End, n)
	slices.SortStableFunc(deals, func(a, b deal) int { return cmp.Compare(a.at, b.at) })
	out := make([]trade, 0, n)
	for _, d := range deals {
		out = append(out, trade{d.day, thousands(w.price(d, "KRW"))})
	}
	return out
}

// kreamRow describes a product by its trades, which are in order of time.
func (w *world) kreamRow(s *shoe, width string, trades []trade) []string {
	last := trades[len(trades)-1]
	high, low := trades[0], trades[0]
	for _, t := range trades {
		if t.won > high.won {
			high = t
		}
		if t.won < low.won {
			low = t
		}
	}
	name := "뉴발란스 " + s.Model + s.Version + " "
	if s.MadeIn != "" {
		name += "메이드 인 " + s.MadeIn + " "
	}
	name = strings.TrimSpace(map[string]string{"women": "(W) ", "kids": "(GS) "}[s.Audience] + name + korean.Replace(s.Colorway))
	release, age := "-", ""
	if s.Precision == "day" {
		release, age = kreamDay(s.ReleaseDate), strconv.Itoa(int(w.o.End-s.ReleaseDate))
	}
	return []string{
		name + width, "", "New Balance", strconv.Itoa(len(trades)), strconv.Itoa(last.won), s.Code, release, age, w.kreamRetail(s),
		s.Colorway, strconv.Itoa(1 + strings.Count(s.Colorway, "/")),
		strconv.Itoa(high.won), kreamDay(high.day), strconv.Itoa(low.won), kreamDay(low.day),
		strconv.Itoa(3 * len(trades)), strconv.Itoa(len(trades) / 5),
	}
}

// kreamRetail is the retail price in won on the first day of sale: the sourced
// one, else the dollar price at the rate of that day, else nothing.
func (w *world) kreamRetail(s *shoe) string {
	if p, ok := w.ref.RetailAt(s.ID, "KRW", s.first); ok {
		return strconv.Itoa(int(p.Price / 100))
	}
	if !s.priced {
		return ""
	}
	return strconv.Itoa(thousands(w.retail(s, "KRW", s.first)))
}

// kreamDay writes a day as 2024/05/20.
func kreamDay(d data.Date) string { return d.Time().Format("2006/01/02") }

// thousands rounds won to what KREAM trades in.
func thousands(won float64) int { return 1000 * int(math.Round(won/1000)) }
