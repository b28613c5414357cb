-- Every retail price, Grey Day and alias is of a style that exists.
SELECT 'retail_prices' AS fact, style_id, count(*) AS n FROM retail_prices WHERE style_id NOT IN (SELECT style_id FROM styles) GROUP BY style_id
UNION ALL
SELECT 'grey_days', style_id, count(*) FROM grey_days WHERE style_id NOT IN (SELECT style_id FROM styles) GROUP BY style_id
UNION ALL
SELECT 'aliases', style_id, count(*) FROM aliases WHERE style_id NOT IN (SELECT style_id FROM styles) GROUP BY style_id
ORDER BY ALL
