-- The item, variant, file and style of every sale exist, and so does the style of every item.
SELECT 'item of a sale' AS what, s.item_no AS no, count(*) AS n
FROM store.sale s ANTI JOIN store.item i ON i.item_no = s.item_no GROUP BY s.item_no
UNION ALL
SELECT 'variant of a sale', s.variant_no, count(*)
FROM store.sale s ANTI JOIN store.variant v ON v.variant_no = s.variant_no GROUP BY s.variant_no
UNION ALL
SELECT 'file of a sale', s.file_no, count(*)
FROM store.sale s ANTI JOIN run_files f ON f.file_no = s.file_no GROUP BY s.file_no
UNION ALL
SELECT 'style of a sale', s.style_no, count(*)
FROM store.sale s ANTI JOIN styles t ON t.style_no = s.style_no WHERE s.style_no IS NOT NULL GROUP BY s.style_no
UNION ALL
SELECT 'style of an item', i.style_no, count(*)
FROM store.item i ANTI JOIN styles t ON t.style_no = i.style_no WHERE i.style_no IS NOT NULL GROUP BY i.style_no
ORDER BY ALL
