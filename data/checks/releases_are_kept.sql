-- A sale has the flag released exactly where the user released it by its key, or released by rules all that keeps it out; each once, of sales that there are.
WITH excluding AS (
    SELECT bit_or((1::UINTEGER << bit)) AS mask FROM store.flag WHERE excludes
), rules AS (
    SELECT t.style_no, r.style_id IS NULL AS every, bit_or((1::UINTEGER << f.bit)) AS mask
    FROM store.release_rule r JOIN store.flag f ON f.flag = r.flag LEFT JOIN styles t ON t.style_id = r.style_id
    GROUP BY ALL
), every AS (
    SELECT coalesce(bit_or(mask) FILTER (every), 0::UINTEGER) AS mask FROM rules
)
SELECT 'flag of a sale' AS what, s.sale_key::VARCHAR AS name, 1 AS n
FROM store.sale s
CROSS JOIN excluding x
CROSS JOIN every e
LEFT JOIN rules own ON NOT own.every AND own.style_no = s.style_no
WHERE (s.flags & 2048 <> 0) <> (s.flags & x.mask <> 0 AND s.flags & x.mask & ~(e.mask | coalesce(own.mask, 0::UINTEGER)) = 0
                                OR s.sale_key IN (SELECT sale_key FROM store.release))
UNION ALL
SELECT 'release of no sale', r.sale_key::VARCHAR, 1 FROM store.release r ANTI JOIN store.sale s ON s.sale_key = r.sale_key
UNION ALL
SELECT 'release twice', sale_key::VARCHAR, count(*) FROM store.release GROUP BY sale_key HAVING count(*) > 1
UNION ALL
SELECT 'rule twice', concat_ws(' ', flag, style_id), count(*) FROM store.release_rule GROUP BY flag, style_id HAVING count(*) > 1
UNION ALL
SELECT 'rule about no flag that excludes', flag, 1 FROM store.release_rule WHERE flag NOT IN (SELECT flag FROM store.flag WHERE excludes)
ORDER BY ALL
