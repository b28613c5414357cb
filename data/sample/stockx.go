package sample

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/amassable/greybook/data"
)

// stockxHeader is that of the historical seller sales report of 2022 to 2025,
// all 44 columns of it.
const stockxHeader = "Seller Name,Seller Address (Billing),Seller VAT Number,Sold To Name,Sold To address,Sold to VAT Number," +
	"Fiscal Representative Name,Fiscal Representative Address,StockX Destination Address,Payout date,Invoice Date,Invoice Number," +
	"Item,Sku Name,Sku Size,Style,Order Number,Sale Date,Seller Tracking Number,Buyer Destination Country,Buyer Destination City," +
	"Buyer Tracking Number,Quantity,Ship From Address,Ship To Address,Seller Fee,Seller Fee Currency,Payment Processing," +
	"Payment Processing Currency,Shipping Fee,Shipping Fee Currency,VAT Rate,Total Net Amount (Payout Excluding VAT)," +
	"Total Net Amount (Payout Excluding VAT) Currency,Listing Price,Listing Price Currency,Total Gross Amount (Total Payout)," +
	"Total Gross Amount (Total Payout) Currency,Total VAT Amount,Total VAT Amount Currency,Payout ID,Special references," +
	"Provider Transaction ID,Total Invoice Amount"

// The kinds of rows in StockX's report.
const (
	kindSale       = "sale"        // a sound one
	kindStyleNA    = "style_na"    // sound, the style N/A: a pair without a code, or a gap
	kindStyleBlank = "style_blank" // sound, the style not there at all
	kindNoShoe     = "non_shoe"
)

// noShoes are invented goods that are no shoes.
var noShoes = [][2]string{
	{"New Balance Made in USA Core Crewneck Grey", "M"}, {"New Balance Made in USA Core Hoodie Navy", "L"},
	{"Grey Sneakers, a Picture Book", "N/A"}, {"Plush Toy Grey Elephant 400%", "N/A"},
}

const (
	sellerName = "SYNTHETIC SAMPLE (greybook)"
	// specialReferences fills the column of that name in two lines, as the real
	// report does, so that every record spans two lines of the file.
	specialReferences = "1) Synthetic sample: no supply of goods took place\n2) Invoice issued by nobody"
)

// stockxFile writes StockX's sales as a seller's report in euros. The sale price
// is the column Listing Price; the invoice's total is of up to four rows.
func (w *world) stockxFile(deals []deal) ([]byte, map[string]int) {
	r := w.rng("stockx")
	header := strings.Split(stockxHeader, ",")
	kinds := make(map[string]int)
	rows := make([]map[string]string, 0, len(deals))
	payout := make([]int, 0, len(deals)) // euro cents
	for _, d := range deals {
		price := int(math.Round(w.price(d, "EUR")))
		kind, style := kindSale, d.shoe.Code
		switch p := r.Float64(); {
		case style == "" || p < 0.005:
			kind, style = kindStyleNA, "N/A"
		case p < 0.007:
			kind, style = kindStyleBlank, ""
		}
		kinds[kind]++
		row, net := stockxRow(len(rows), d.at, d.shoe.stockxName(), d.size, style, price)
		rows, payout = append(rows, row), append(payout, net)
		if len(rows)%600 == 0 && kinds[kindNoShoe] < 12 {
			kinds[kindNoShoe]++
			good := noShoes[kinds[kindNoShoe]%len(noShoes)]
			row, net := stockxRow(len(rows), d.at+60, good[0], good[1], "N/A", 40+r.IntN(60))
			rows, payout = append(rows, row), append(payout, net)
		}
	}
	for i := 0; i < len(rows); {
		n := min(1+r.IntN(4), len(rows)-i)
		total := 0
		for _, p := range payout[i : i+n] {
			total += p
		}
		for _, row := range rows[i : i+n] {
			row["Total Invoice Amount"] = euros(total)
		}
		i += n
	}
	var b bytes.Buffer
	b.WriteString(stockxHeader + "\n")
	out := csv.NewWriter(&b)
	fields := make([]string, len(header))
	for _, row := range rows {
		for i, h := range header {
			fields[i] = row[h]
		}
		out.Write(fields) // into memory: it cannot fail
	}
	out.Flush()
	return b.Bytes(), kinds
}

// stockxRow is the i-th row of the report, and its payout in euro cents.
func stockxRow(i int, at int64, item, size, style string, price int) (map[string]string, int) {
	const stamp = "2006-01-02 15:04:05 +00"
	sold := time.Unix(at, 0).UTC()
	paid := sold.AddDate(0, 0, 4).Format(stamp)
	order := 70000000 + i
	fee, processing := price*7, price*3 // cents: 7 % and 3 %
	net := price*100 - fee - processing
	return map[string]string{
		"Seller Name": sellerName, "Payout date": paid, "Invoice Date": paid,
		"Invoice Number": fmt.Sprintf("99000990-%d", order), "Order Number": fmt.Sprintf("%d-%d", 10000000+(i*7919)%89999999, order),
		"Item": item, "Sku Name": skuName(item), "Sku Size": size, "Style": style, "Sale Date": sold.Format(stamp),
		"Buyer Destination Country": []string{"United States", "France", "Germany", "Japan"}[i%4], "Quantity": "1",
		"Seller Fee": euros(fee), "Seller Fee Currency": "EUR", "Payment Processing": euros(processing), "Payment Processing Currency": "EUR",
		"Shipping Fee Currency":                   "EUR",
		"Total Net Amount (Payout Excluding VAT)": euros(net), "Total Net Amount (Payout Excluding VAT) Currency": "EUR",
		"Listing Price": strconv.Itoa(price), "Listing Price Currency": "EUR",
		"Total Gross Amount (Total Payout)": euros(net), "Total Gross Amount (Total Payout) Currency": "EUR",
		"Payout ID": "0", "Special references": specialReferences,
	}, net
}

// skuName is the item without brand and model.
func skuName(item string) string {
	words := strings.SplitN(item, " ", 4)
	if len(words) == 4 && words[0] == "New" && words[1] == "Balance" {
		return words[3]
	}
	return item
}

// euros writes cents as the report does: 30.65, 5, 2.1.
func euros(cents int) string {
	return strings.TrimSuffix(strings.TrimRight(data.Amount(cents).String(), "0"), ".")
}
