-- A published estimate has grade X, and reasons, exactly where there is no number; a number rests on a retail price and on somebody's sales.
SELECT style_id, size_band, condition, estimate_minor, retail_price_minor, multiple, basis, grade, reasons
FROM estimates
WHERE (estimate_minor IS NULL) <> (grade = 'X') OR estimate_minor IS NULL AND len(reasons) = 0
   OR estimate_minor IS NOT NULL AND (retail_price_minor IS NULL OR currency IS NULL OR multiple IS NULL)
   OR (multiple IS NULL) <> (basis = 'none')
ORDER BY style_id, size_band, condition
