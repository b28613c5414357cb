package ingest

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"github.com/amassable/greybook/data"
)

// size is a shoe size as far as its label tells. us is "" when it can't be said.
type size struct {
	us string // US size such as "8.5"
	// system is whose sizes these are: "men", "women", "kids"; "foot": men's, read off a
	// foot length, which is anybody's; "chart": men's, read off a UK or EU size; "" where
	// the label doesn't say.
	system string
	width  string
}

var (
	sizeRE  = regexp.MustCompile(`^(?:US )?(M|W|MEN'?S?|WOMEN'?S?)? ?(\d{1,2}(?:\.[05])?) ?(M|W|Y|J|C|K|T|MEN'?S?|WOMEN'?S?|GS|PS|TD)?(?: ?\(?(2A|B|D|2E|4E|6E|EE|EEEE|WIDE|X-WIDE|NARROW)\)?(?: WIDE)?)?$`)
	bothRE  = regexp.MustCompile(`^(?:US )?(?:M ?(\d{1,2}(?:\.5)?)|(\d{1,2}(?:\.5)?) ?M) ?/ ?(?:W ?\d{1,2}(?:\.5)?|\d{1,2}(?:\.5)? ?W)$`)
	both2RE = regexp.MustCompile(`^(?:US )?(?:W ?\d{1,2}(?:\.5)?|\d{1,2}(?:\.5)? ?W) ?/ ?(?:M ?(\d{1,2}(?:\.5)?)|(\d{1,2}(?:\.5)?) ?M)$`)

	// Sizes of other systems, named before or after the number; and bare, where the
	// profile names the system.
	namedSize = regexp.MustCompile(`^(?:(EU|UK|CM|MM|JP) ?)?(\d{1,3}(?:\.5|\.0)?)(?: ?(EU|UK|CM|MM))?(?: ?\(?(2A|B|D|2E|4E|6E|EE|EEEE|WIDE|X-WIDE|NARROW)\)?(?: WIDE)?)?$`)
)

// size reads a size label by the profile's form: one that names its system by that,
// any other by the profile's. Women's sizes are never read off the chart, which is
// men's, but foot lengths are everybody's.
func (p *Profile) size(label string, chart sizeChart) size {
	if p.sizeRE != nil {
		m := p.sizeRE.FindStringSubmatch(label)
		if m == nil {
			return size{}
		}
		label = strings.Join(m[1:], " ")
	}
	t := strings.ToUpper(strings.Join(strings.Fields(label), " "))
	system := orText(p.Size.System, "us")
	m := namedSize.FindStringSubmatch(t)
	if m != nil && m[1] != "" && m[3] != "" {
		return size{}
	}
	if m != nil && (m[1] != "" || m[3] != "") {
		system = strings.ToLower(m[1] + m[3])
	}
	if system == "us" {
		s := parseSize(label)
		if s.us != "" && s.system == "" {
			s.system = p.Size.Audience
		}
		return s
	}
	if m == nil {
		return size{}
	}
	number := strings.TrimSuffix(m[2], ".0")
	switch system {
	case "mm": // 265 is 26.5 cm
		n, err := strconv.Atoi(number)
		if err != nil || n%5 != 0 {
			return size{}
		}
		system, number = "cm", strings.TrimSuffix(strconv.Itoa(n/10)+"."+strconv.Itoa(n%10), ".0")
	case "jp":
		system = "cm"
	}
	if system != "cm" && p.Size.Audience != "" && p.Size.Audience != "men" {
		return size{}
	}
	us := chart[system+" "+number]
	if us == "" {
		return size{}
	}
	if system == "cm" {
		return size{us, "foot", m[4]}
	}
	return size{us, "chart", m[4]}
}

// sizeChart is the brand's: men's US sizes by those of another system, such as
// "eu 42.5". A size that stands for two of them is not in it.
type sizeChart map[string]string

// readSizes reads the chart of the book.
func readSizes(ctx context.Context, s *data.Session) (sizeChart, error) {
	rows, err := s.Query(ctx, "SELECT us::VARCHAR, coalesce(uk, ''), coalesce(eu, ''), coalesce(cm, '') FROM store.size WHERE audience = 'men' ORDER BY us")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	chart, twice := sizeChart{}, map[string]bool{}
	for rows.Next() {
		var us string
		var of [3]string
		if err := rows.Scan(&us, &of[0], &of[1], &of[2]); err != nil {
			return nil, err
		}
		for i, system := range []string{"uk ", "eu ", "cm "} {
			k := system + strings.TrimSuffix(of[i], ".0")
			twice[k] = twice[k] || chart[k] != ""
			chart[k] = strings.TrimSuffix(us, ".0")
		}
	}
	for k, is := range twice {
		if is {
			delete(chart, k)
		}
	}
	return chart, rows.Err()
}

// parseSize reads a US size label: "8.5", "8.5W", "6.5Y", "10C", "8.5 2E Wide",
// "4 Men", "12W / 10.5M". Other systems (EU 42, 265 mm) and sizes no shoe comes
// in are left unsaid rather than guessed.
func parseSize(label string) size {
	t := strings.ToUpper(strings.Join(strings.Fields(label), " "))
	for _, re := range []*regexp.Regexp{bothRE, both2RE} {
		if m := re.FindStringSubmatch(t); m != nil {
			return checkedSize(m[1]+m[2], "men", "")
		}
	}
	m := sizeRE.FindStringSubmatch(t)
	if m == nil {
		return size{}
	}
	system := ""
	for _, mark := range []string{m[1], m[3]} {
		switch {
		case mark == "":
		case strings.HasPrefix(mark, "M"):
			system = "men"
		case strings.HasPrefix(mark, "W"):
			system = "women"
		default:
			system = "kids"
		}
	}
	return checkedSize(m[2], system, m[4])
}

func checkedSize(us, system, width string) size {
	us = strings.TrimLeft(strings.TrimSuffix(us, ".0"), "0")
	v, err := strconv.ParseFloat(us, 64)
	if err != nil || v < 1 || v > 20 || system == "" && v < 3 {
		return size{}
	}
	return size{us, system, width}
}

// MenSize reads a size as people write it, in US sizes unless it says otherwise ("9.5",
// "W 11", "EU 43", "27.5 cm"), by the book's chart; in half US men's sizes. ok is false for
// what can't be said in men's.
func MenSize(ctx context.Context, s *data.Session, label string) (halves int, ok bool, err error) {
	chart, err := readSizes(ctx, s)
	if err != nil {
		return 0, false, err
	}
	z := (&Profile{}).size(label, chart)
	us, err := strconv.ParseFloat(z.us, 64)
	if err != nil || z.system == "kids" {
		return 0, false, nil
	}
	if z.system == "women" {
		us -= 1.5
	}
	return int(2 * us), true, nil
}
