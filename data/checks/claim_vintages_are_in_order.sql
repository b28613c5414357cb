-- The vintages of a claim and day are numbered from 1 without a gap.
SELECT claim, as_of, count(*) AS n, max(vintage) AS last_vintage
FROM claim_verdicts
GROUP BY claim, as_of
HAVING max(vintage) <> count(*) OR count(DISTINCT vintage) <> count(*)
ORDER BY claim, as_of
