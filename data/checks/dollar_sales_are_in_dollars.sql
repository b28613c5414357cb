-- A sale in US dollars has the same price in US dollars, and only a sale without a rate has none.
SELECT s.sale_key, v.currency, s.sale_price, s.sale_price_usd, s.flags
FROM store.sale s JOIN store.variant v ON v.variant_no = s.variant_no
WHERE v.currency = 'USD' AND s.sale_price_usd IS DISTINCT FROM s.sale_price
   OR v.currency <> 'USD' AND (s.sale_price_usd IS NULL) <> (s.flags & 64 <> 0)
ORDER BY s.sale_key
