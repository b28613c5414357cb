-- A multiple is sale_price over retail_price, rounded to six decimals, and there is one wherever there is a retail price.
WITH units AS (
    SELECT sale_key, sale_price, retail_price, multiple,
           (sale_price * 100)::HUGEINT AS sale, (retail_price * 100)::HUGEINT AS retail, (multiple * 1000000)::HUGEINT AS ratio
    FROM store.sale
)
SELECT sale_key, sale_price, retail_price, multiple
FROM units
WHERE CASE
    WHEN retail IS NULL THEN multiple IS NOT NULL
    -- Too large for the column; such a sale is flagged.
    WHEN multiple IS NULL THEN sale < retail * 999999
    -- Whole numbers, so that rounding here can't hide a wrong digit there.
    ELSE 2 * abs(ratio * retail - sale * 1000000) > retail END
ORDER BY sale_key
