package data

import (
	"fmt"
	"time"
)

// Date is a civil day, counted in days since 1970-01-01. The zero Date means
// "not given": nothing greybook knows of was sold on the first of January 1970.
type Date int32

// DateOf returns the civil day of t in t's own location.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date(time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86400)
}

// ParseDate reads an ISO 8601 calendar day, "2026-11-20". Anything else is an error.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return 0, fmt.Errorf("%q is not a day like 2026-11-20", s)
	}
	return DateOf(t), nil
}

// Time returns midnight UTC of the day.
func (d Date) Time() time.Time { return time.Unix(int64(d)*86400, 0).UTC() }

// IsZero reports whether the date is not given.
func (d Date) IsZero() bool { return d == 0 }

// String returns the day as 2026-11-20, or "" when it is not given.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format("2006-01-02")
}

// MarshalText writes the day as String does.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what MarshalText wrote; an empty text is a date not given.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := ParseDate(string(b))
	*d = v
	return err
}

// AddDays returns the day n days later (earlier when n is negative).
func (d Date) AddDays(n int) Date { return d + Date(n) }

// Monday returns the Monday of the date's ISO week.
func (d Date) Monday() Date {
	wd := int(d.Time().Weekday()+6) % 7
	return d.AddDays(-wd)
}

// ISOWeek returns the date's ISO 8601 week as "2026-W46".
func (d Date) ISOWeek() string {
	y, w := d.Time().ISOWeek()
	return fmt.Sprintf("%04d-W%02d", y, w)
}

// ParseISOWeek reads "2026-W46" and returns that week's Monday.
func ParseISOWeek(s string) (Date, error) {
	var y, w int
	if len(s) != 8 || s[4:6] != "-W" {
		return 0, fmt.Errorf("%q is not a week like 2026-W46", s)
	}
	if _, err := fmt.Sscanf(s, "%4d-W%2d", &y, &w); err != nil {
		return 0, fmt.Errorf("%q is not a week like 2026-W46", s)
	}
	// The fourth of January is always in week 1 (ISO 8601).
	d := DateOf(time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC)).Monday().AddDays(7 * (w - 1))
	if d.ISOWeek() != s {
		return 0, fmt.Errorf("%q is not a week of %d", s, y)
	}
	return d, nil
}
