-- store.price_bucket counts the completed sales of known style and price in dollars, each once, and those that no other flag keeps out.
WITH others AS (
    SELECT bit_or((1::UINTEGER << bit)) AS mask FROM store.flag WHERE excludes AND flag <> 'price_outlier'
), counted AS (
    SELECT s.style_no, v.condition = 'used' AS used, floor(8 * log2(s.sale_price_usd::DOUBLE))::SMALLINT AS bucket,
           count(*) AS n, count(*) FILTER (s.flags & o.mask = 0) AS sound
    FROM store.sale s JOIN store.variant v ON v.variant_no = s.variant_no CROSS JOIN others o
    WHERE v.price_basis = 'sale' AND s.style_no IS NOT NULL AND s.sale_price_usd > 0
    GROUP BY ALL
)
SELECT style_no, used, bucket, c.n AS counted, b.n AS stored, c.sound AS counted_sound, b.sound AS stored_sound
FROM counted c FULL JOIN store.price_bucket b USING (style_no, used, bucket)
WHERE c.n IS DISTINCT FROM b.n OR c.sound IS DISTINCT FROM b.sound
UNION ALL
SELECT style_no, used, bucket, NULL, count(*), NULL, NULL FROM store.price_bucket GROUP BY ALL HAVING count(*) > 1
ORDER BY ALL
