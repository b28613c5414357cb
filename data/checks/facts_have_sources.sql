-- Every fact of the reference says where it is from and how sure it is, and the run that it names stands.
WITH facts AS (
    SELECT 'styles' AS fact, style_id AS name, source, confidence, run_id FROM styles
    UNION ALL SELECT 'retail_prices', style_id, source, confidence, run_id FROM retail_prices
    UNION ALL SELECT 'grey_days', style_id, source, confidence, run_id FROM grey_days
    UNION ALL SELECT 'aliases', alias, source, confidence, run_id FROM aliases
    UNION ALL SELECT 'fx_rates', currency || ' ' || date::VARCHAR, source, confidence, run_id FROM fx_rates
    UNION ALL SELECT 'sizes', audience || ' ' || us::VARCHAR, source, confidence, NULL FROM store.size
)
SELECT f.fact, f.name, f.source, f.confidence, f.run_id
FROM facts f LEFT JOIN runs r ON r.run_id = f.run_id
WHERE trim(coalesce(f.source, '')) = ''
   OR coalesce(f.confidence, '') NOT IN ('high', 'medium', 'low')
   OR f.run_id IS NOT NULL AND (r.run_id IS NULL OR r.reverted_at IS NOT NULL)
ORDER BY ALL
