package sample

import (
	"bytes"
	"fmt"
	"math"
	"time"

	"github.com/amassable/greybook/data"
)

// rates are invented exchange rates of business days, in ten-millionths of a
// dollar per unit, so that the file and the prices use the very same numbers.
type rates struct {
	from, to data.Date
}

// newRates covers the days from one Monday to a later day.
func newRates(from, to data.Date) rates { return rates{from, to} }

// at is the rate of a day, in dollars per unit: on a weekend, that of the Friday.
func (rates) at(currency string, day data.Date) float64 {
	for !businessDay(day) {
		day--
	}
	return float64(tenMillionths(currency, day)) / 1e7
}

func tenMillionths(currency string, day data.Date) int64 {
	t := float64(day)
	switch currency {
	case "EUR":
		return int64(math.Round((1.10+0.04*math.Sin(t/170)+0.01*math.Sin(t/23))*1e4)) * 1000
	case "KRW":
		return int64(math.Round(7300 * (1 + 0.035*math.Sin(t/210+1) + 0.01*math.Sin(t/31))))
	}
	return 1e7
}

func businessDay(d data.Date) bool {
	wd := d.Time().Weekday()
	return wd != time.Saturday && wd != time.Sunday
}

// file writes the rates, one row per business day and currency.
func (f rates) file() ([]byte, map[string]int) {
	var b bytes.Buffer
	n := 0
	b.WriteString("date,currency,usd_per_unit\n")
	for d := f.from; d <= f.to; d++ {
		if !businessDay(d) {
			continue
		}
		for _, c := range []string{"EUR", "KRW"} {
			r := tenMillionths(c, d)
			fmt.Fprintf(&b, "%s,%s,%d.%07d\n", d, c, r/1e7, r%1e7)
			n++
		}
	}
	return b.Bytes(), map[string]int{"rate": n}
}
