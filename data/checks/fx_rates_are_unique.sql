-- A currency has one exchange rate a day.
SELECT date, currency, count(*) AS n
FROM fx_rates
GROUP BY date, currency
HAVING count(*) > 1
ORDER BY date, currency
