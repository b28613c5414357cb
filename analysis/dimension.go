package analysis

import (
	"fmt"
	"slices"
	"strings"
)

// Dimensions lists what sales can be grouped by, in the order of the contract.
func Dimensions() []Dimension {
	return []Dimension{ByModel, ByVersion, ByStyle, ByColorway, ByGreyDay, ByGreyDayYear, ByMadeIn, ByAudience, BySizeBand, ByCondition,
		ByMarketplace, ByPriceBasis, ByWeek, ByMonth, ByYear}
}

// UnknownDimensionError says that a text names no dimension.
type UnknownDimensionError struct{ Name string }

func (e *UnknownDimensionError) Error() string {
	return fmt.Sprintf("no dimension %q; there are %s", e.Name, strings.Join(DimensionNames(), ", "))
}

// DimensionNames lists the names of the dimensions.
func DimensionNames() []string {
	var names []string
	for _, d := range Dimensions() {
		names = append(names, string(d))
	}
	return names
}

// ParseDimension reads the name of a dimension.
func ParseDimension(name string) (Dimension, error) {
	if d := Dimension(strings.TrimSpace(name)); slices.Contains(Dimensions(), d) {
		return d, nil
	}
	return "", &UnknownDimensionError{name}
}

// ParseFilter reads DIM=VALUE; an empty value keeps what is unknown.
func ParseFilter(text string) (Filter, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return Filter{}, fmt.Errorf("%q is not of the form DIM=VALUE", text)
	}
	d, err := ParseDimension(name)
	return Filter{d, value}, err
}

// column is the dimension's column of observations, as text: the allow-list that
// every GROUP BY is built from.
func (d Dimension) column() string {
	switch d {
	case byAge:
		return ageColumn
	case ByGreyDayYear, ByWeek, ByMonth, ByYear:
		return string(d) + "::VARCHAR"
	}
	if !slices.Contains(Dimensions(), d) {
		panic("no dimension " + string(d)) // parsed before it came here
	}
	return string(d)
}

// shown turns a stored key into the one that is shown: weeks as ISO weeks, months
// without a day.
func (d Dimension) shown(key string) string {
	switch d {
	case ByMonth:
		return strings.TrimSuffix(key, "-01")
	case byAge:
		return ageName(key)
	}
	return key
}

// PriceBases lists the kinds of price a record can have, completed sales first,
// then by how near they come to one.
func PriceBases() []string {
	return []string{"sale", "last_sale", "average", "highest_sale", "lowest_sale", "ask", "bid"}
}
