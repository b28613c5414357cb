-- A retail price stands where its basis says: none for 0, of a style for 1 and 2, the source's own for 3; in US dollars it is one amount.
SELECT s.sale_key, s.retail_basis, s.style_no, v.currency, s.retail_price, s.retail_price_usd, s.source_retail
FROM store.sale s JOIN store.variant v ON v.variant_no = s.variant_no
WHERE (s.retail_basis = 0) <> (s.retail_price IS NULL)
   OR s.retail_basis IN (1, 2) AND s.style_no IS NULL
   OR s.retail_basis = 2 AND (v.currency = 'USD' OR s.sale_price_usd IS NULL)
   OR s.retail_basis = 3 AND s.retail_price IS DISTINCT FROM s.source_retail
   OR v.currency = 'USD' AND s.retail_price_usd IS DISTINCT FROM s.retail_price
ORDER BY s.sale_key
