package data

import (
	"context"
	"fmt"
)

// BuildIntervals makes the temporary tables retail_interval and fx_interval of the
// session: dated prices and rates as half-open intervals of days, which a join
// reads ten times faster than "the last one before".
//
// A style's first dated price also holds before its day: a shoe sold early is
// judged by its release price. More than 90 days early that is doubtful. A price
// without a day is used only where the style has none with a day in its currency.
// An exchange rate holds until the next one, for seven days at most, so that a
// weekend takes Friday's and a gap in the file takes nothing.
func BuildIntervals(ctx context.Context, s *Session) error {
	for _, q := range []string{retailIntervals, fxIntervals} {
		if err := s.Exec(ctx, q); err != nil {
			return err
		}
	}
	return nil
}

const retailIntervals = `
CREATE OR REPLACE TEMP TABLE retail_interval AS
WITH priced AS (
    SELECT t.style_no, r.currency, r.effective_from, r.retail_price, r.confidence = 'low' AS doubtful, r.confidence
    FROM retail_prices r JOIN styles t ON t.style_id = r.style_id
), dated AS (
    SELECT *, row_number() OVER w AS place, lead(effective_from) OVER w AS next_from
    FROM priced WHERE effective_from IS NOT NULL
    WINDOW w AS (PARTITION BY style_no, currency ORDER BY effective_from)
), undated AS (
    SELECT p.* FROM priced p
    WHERE p.effective_from IS NULL
      AND NOT EXISTS (SELECT 1 FROM dated d WHERE d.style_no = p.style_no AND d.currency = p.currency)
    QUALIFY row_number() OVER (PARTITION BY p.style_no, p.currency
        ORDER BY CASE p.confidence WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END, p.retail_price) = 1
)
SELECT style_no, currency, effective_from AS valid_from, coalesce(next_from, DATE '9999-12-31') AS valid_to, retail_price, doubtful FROM dated
UNION ALL
SELECT style_no, currency, effective_from - 90, effective_from, retail_price, doubtful FROM dated WHERE place = 1
UNION ALL
SELECT style_no, currency, DATE '0001-01-01', effective_from - 90, retail_price, true FROM dated WHERE place = 1
UNION ALL
SELECT style_no, currency, DATE '0001-01-01', DATE '9999-12-31', retail_price, doubtful FROM undated`

const fxIntervals = `
CREATE OR REPLACE TEMP TABLE fx_interval AS
SELECT currency, date AS valid_from,
       least(coalesce(lead(date) OVER (PARTITION BY currency ORDER BY date), DATE '9999-12-31'), date + 8) AS valid_to,
       usd_per_unit
FROM fx_rates`

// PriceSales makes the temporary view priced over the session's to_price (a table
// or view), which has at least the columns style_no, currency, sold_on, sale_price,
// source_retail and base_flags. priced has all columns of to_price but currency, and
// those that follow from a price: retail_price, retail_basis, multiple, flags
// (base_flags and those of multiple_implausible, retail_doubtful, no_usd_rate,
// retail_conflict), and, where foreign says that there are other currencies than the
// dollar, sale_price_usd and retail_price_usd. BuildIntervals comes first.
//
// The retail price is the reference's in the currency of the sale; else the
// reference's in US dollars at the rate of the day; else the record's own.
//
// A record's own price is in conflict with the reference's in its currency when it is
// another one. A reference price in dollars at the rate of the day is no price of
// that country: brands set prices there for years, and value-added tax is in them and
// not in American ones. So the record's may be 15 % less or 40 % more.
func PriceSales(ctx context.Context, s *Session, foreign bool) error {
	if foreign {
		return s.Exec(ctx, fmt.Sprintf(priceSales, foreignColumns, foreignJoins, foreignPrices))
	}
	return s.Exec(ctx, fmt.Sprintf(priceSales, dollarColumns, "", ""))
}

// Sales in dollars alone need neither rates nor a second look at retail prices: at
// ten million rows that is a tenth of the pricing.
const (
	dollarColumns  = `1 AS rate, NULL::DECIMAL(12,2) AS usd_retail, NULL::BOOLEAN AS usd_doubtful`
	foreignColumns = `CASE WHEN p.currency = 'USD' THEN 1 ELSE fx.usd_per_unit END AS rate, usd.retail_price AS usd_retail, usd.doubtful AS usd_doubtful`
	foreignJoins   = `
    LEFT JOIN retail_interval usd ON usd.style_no = p.foreign_style_no AND usd.currency = 'USD'
         AND p.sold_on >= usd.valid_from AND p.sold_on < usd.valid_to
    LEFT JOIN fx_interval fx ON fx.currency = p.currency
         AND p.sold_on >= fx.valid_from AND p.sold_on < fx.valid_to`
	foreignPrices = `
    CASE WHEN is_usd THEN sale_price ELSE TRY_CAST(round(sale_price * rate, 2) AS DECIMAL(12,2)) END AS sale_price_usd,
    CASE WHEN is_usd THEN retail_price
         ELSE coalesce(usd_retail, TRY_CAST(round(retail_price * rate, 2) AS DECIMAL(12,2))) END AS retail_price_usd,`
)

const priceSales = `
CREATE OR REPLACE TEMP VIEW priced AS
WITH asked AS (
    -- A join on this column is a hash join; "AND currency <> 'USD'" would make it a
    -- nested loop over all intervals, at four times the cost of the whole ingest.
    SELECT *, CASE WHEN currency <> 'USD' THEN style_no END AS foreign_style_no
    FROM to_price
), joined AS (
    SELECT p.*, p.currency = 'USD' AS is_usd, own.retail_price AS own_retail, own.doubtful AS own_doubtful, %s
    FROM asked p
    LEFT JOIN retail_interval own ON own.style_no = p.style_no AND own.currency = p.currency
         AND p.sold_on >= own.valid_from AND p.sold_on < own.valid_to%s
), based AS (
    SELECT *,
        CASE WHEN own_retail IS NOT NULL THEN 1
             WHEN usd_retail IS NOT NULL AND rate IS NOT NULL THEN 2
             WHEN source_retail IS NOT NULL THEN 3
             ELSE 0 END::UTINYINT AS retail_basis
    FROM joined
), retailed AS (
    SELECT *,
        CASE retail_basis WHEN 1 THEN own_retail
                          WHEN 2 THEN TRY_CAST(round(usd_retail / rate, 2) AS DECIMAL(12,2))
                          WHEN 3 THEN source_retail END AS retail_price
    FROM based
), divided AS (
    SELECT *, TRY_CAST(sale_price / retail_price AS DECIMAL(12,6)) AS multiple
    FROM retailed
)
SELECT * EXCLUDE (foreign_style_no, currency, is_usd, rate, own_retail, usd_retail, own_doubtful, usd_doubtful, base_flags),%s
    (base_flags
     + CASE WHEN retail_price IS NOT NULL AND (multiple IS NULL OR multiple < 0.05 OR multiple > 50) THEN 8 ELSE 0 END
     + CASE WHEN retail_basis = 1 AND own_doubtful OR retail_basis = 2 AND usd_doubtful THEN 32 ELSE 0 END
     + CASE WHEN rate IS NULL THEN 64 ELSE 0 END
     + CASE WHEN retail_basis = 1 AND source_retail <> own_retail
              OR retail_basis = 2 AND source_retail NOT BETWEEN retail_price * 0.85 AND retail_price * 1.40 THEN 128 ELSE 0 END)::UINTEGER AS flags
FROM divided`
