-- Every currency of a variant, a retail price and an exchange rate is three capital letters.
SELECT 'variant' AS what, currency, count(*) AS n FROM store.variant
WHERE NOT regexp_full_match(currency, '[A-Z]{3}') GROUP BY ALL
UNION ALL
SELECT 'retail_prices', currency, count(*) FROM retail_prices
WHERE NOT regexp_full_match(currency, '[A-Z]{3}') GROUP BY ALL
UNION ALL
SELECT 'fx_rates', currency, count(*) FROM fx_rates
WHERE NOT regexp_full_match(currency, '[A-Z]{3}') GROUP BY ALL
ORDER BY ALL
