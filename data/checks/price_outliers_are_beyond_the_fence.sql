-- A sale is price_outlier exactly where its bucket lies beyond the fence of its style: 16 buckets, or three times the quartiles' range, from the median of 30 sales or more.
WITH ranked AS (
    SELECT style_no, used, bucket, outlier, sum(sound) OVER (PARTITION BY style_no, used) AS total,
           sum(sound) OVER (PARTITION BY style_no, used ORDER BY bucket) AS upto
    FROM store.price_bucket
), fence AS (
    SELECT style_no, used, min(bucket) FILTER (4 * upto >= total) AS q1, min(bucket) FILTER (2 * upto >= total) AS median,
           min(bucket) FILTER (4 * upto >= 3 * total) AS q3
    FROM ranked WHERE total >= 30 GROUP BY style_no, used
), judged AS (
    SELECT r.style_no, r.used, r.bucket, r.outlier, coalesce(abs(r.bucket - f.median) > greatest(16, 3 * (f.q3 - f.q1)), false) AS beyond
    FROM ranked r LEFT JOIN fence f ON f.style_no = r.style_no AND f.used = r.used
)
SELECT 'bucket' AS what, style_no, used, bucket, 1 AS n FROM judged WHERE outlier <> beyond
UNION ALL
SELECT 'sales', s.style_no, v.condition = 'used', j.bucket, count(*)
FROM store.sale s
JOIN store.variant v ON v.variant_no = s.variant_no
LEFT JOIN judged j ON j.beyond AND v.price_basis = 'sale' AND j.style_no = s.style_no AND j.used = (v.condition = 'used')
     AND j.bucket = CASE WHEN s.sale_price_usd > 0 THEN floor(8 * log2(s.sale_price_usd::DOUBLE))::SMALLINT END
WHERE (s.flags & 256 <> 0) <> (j.bucket IS NOT NULL)
GROUP BY ALL
ORDER BY ALL
