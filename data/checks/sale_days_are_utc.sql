-- The day of a sale is the UTC day of its time.
SELECT sale_key, sold_at, sold_on
FROM store.sale
WHERE sold_on <> (sold_at AT TIME ZONE 'UTC')::DATE
ORDER BY sale_key
