package sample

import (
	"bytes"
	"fmt"
	"math"

	"github.com/amassable/greybook/data"
)

// Truth is what is known of a sample because it was made up. It is written as
// truth.json, and its weeks as truth.csv.
type Truth struct {
	Note       string               `json:"note"`
	Seed       uint64               `json:"seed"`
	Scale      float64              `json:"scale"`
	Weeks      int                  `json:"weeks"`
	Start      data.Date            `json:"start"` // a Monday
	End        data.Date            `json:"end"`   // a Sunday
	Parameters map[string]float64   `json:"parameters"`
	Styles     []StyleTruth         `json:"styles"`
	Files      map[string]FileTruth `json:"files"`
	Multiples  []WeekTruth          `json:"-"` // by style, in the order of Styles, then week
}

// StyleTruth is one style of the sample.
type StyleTruth struct {
	StyleID     string    `json:"style_id"`
	Level       float64   `json:"level"`        // ln of the multiple, before market and drift
	RetailKnown bool      `json:"retail_known"` // in USD; without it there is no multiple to find
	FirstDay    data.Date `json:"first_day"`    // no sale before it
	Sales       int       `json:"sales"`        // on GOAT and StockX together, dirt aside
}

// WeekTruth is the true multiple of a style in the week of a Monday: the median
// of the multiples that its sales are drawn from. Styles of unknown retail price
// have none.
type WeekTruth struct {
	StyleID  string
	Week     data.Date
	Multiple float64
}

// FileTruth counts the rows of a file by kind; every row, but for the header,
// is of one kind. The kinds are explained beside the maker of each file.
type FileTruth struct {
	Rows  int            `json:"rows"`
	Kinds map[string]int `json:"kinds"`
}

func (w *world) truth() Truth {
	t := Truth{
		Note: "synthetic: every sale, price and exchange rate of this sample is invented",
		Seed: w.o.Seed, Scale: w.o.Scale, Weeks: w.o.Weeks, Start: w.start, End: w.o.End,
		Parameters: map[string]float64{
			"noise_sd": noise, "size_effect_per_half_size": sizeStep,
			"market_amplitude_156_weeks": slowMarket, "market_amplitude_52_weeks": yearMarket,
			"release_drift": releaseRise, "release_drift_weeks": releaseFade,
			"used_factor": usedFactor, "used_share_goat": usedShare, "goat_share": goatShare,
		},
		Files: make(map[string]FileTruth),
	}
	for _, s := range w.shoes {
		t.Styles = append(t.Styles, StyleTruth{
			StyleID: s.ID, Level: math.Round(s.level*1e6) / 1e6, RetailKnown: s.priced, FirstDay: s.first, Sales: s.sales,
		})
		if !s.priced {
			continue
		}
		for m := s.first.Monday(); m <= w.o.End; m = m.AddDays(7) {
			t.Multiples = append(t.Multiples, WeekTruth{s.ID, m, math.Exp(w.trueLog(s, m))})
		}
	}
	return t
}

func (t Truth) csv() []byte {
	var b bytes.Buffer
	b.WriteString("style_id,week,true_multiple\n")
	for _, m := range t.Multiples {
		fmt.Fprintf(&b, "%s,%s,%.6f\n", m.StyleID, m.Week, m.Multiple)
	}
	return b.Bytes()
}
