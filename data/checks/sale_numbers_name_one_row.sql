-- The numbers that sales refer to name one item, one variant and one style each.
SELECT 'item' AS what, item_no AS no, count(*) AS n FROM store.item GROUP BY item_no HAVING count(*) > 1
UNION ALL
SELECT 'variant', variant_no, count(*) FROM store.variant GROUP BY variant_no HAVING count(*) > 1
UNION ALL
SELECT 'style', style_no, count(*) FROM styles GROUP BY style_no HAVING count(*) > 1
ORDER BY ALL
