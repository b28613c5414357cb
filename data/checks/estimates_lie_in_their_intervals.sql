-- A published estimate, and its multiple, lies inside its interval.
SELECT style_id, size_band, condition, estimate_minor, lo_minor, hi_minor, multiple, multiple_lo, multiple_hi
FROM estimates
WHERE (estimate_minor IS NULL) <> (lo_minor IS NULL) OR (estimate_minor IS NULL) <> (hi_minor IS NULL)
   OR (multiple IS NULL) <> (multiple_lo IS NULL) OR (multiple IS NULL) <> (multiple_hi IS NULL)
   OR estimate_minor NOT BETWEEN lo_minor AND hi_minor OR multiple NOT BETWEEN multiple_lo AND multiple_hi
ORDER BY style_id, size_band, condition
