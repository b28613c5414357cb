package data

import (
	"fmt"
	"strconv"
)

// Amount is an exact decimal number in hundredths: 18550 is 185.50. It holds
// money in its currency's main unit and half sizes alike, and is stored as
// DECIMAL(12,2). No float is met on the way in.
type Amount int64

// String writes the amount with two decimals: "185.50".
func (a Amount) String() string {
	sign := ""
	u := uint64(a)
	if a < 0 {
		sign, u = "-", uint64(-a)
	}
	return sign + strconv.FormatUint(u/100, 10) + fmt.Sprintf(".%02d", u%100)
}
