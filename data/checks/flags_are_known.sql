-- A sale has only flags that store.flag explains.
WITH known AS (
    SELECT bit_or((1::UINTEGER << bit)) AS mask FROM store.flag
)
SELECT s.flags, count(*) AS n
FROM store.sale s CROSS JOIN known k
WHERE s.flags | k.mask <> k.mask
GROUP BY s.flags
ORDER BY s.flags
