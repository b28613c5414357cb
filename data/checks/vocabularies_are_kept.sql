-- Condition, price basis and size system of a variant, and the match of an item, are words of the glossary.
SELECT 'condition' AS what, condition AS word, count(*) AS n FROM store.variant
WHERE condition NOT IN ('new', 'new_defects', 'used', 'unknown') GROUP BY ALL
UNION ALL
SELECT 'price_basis', price_basis, count(*) FROM store.variant
WHERE price_basis NOT IN ('sale', 'last_sale', 'highest_sale', 'lowest_sale', 'ask', 'bid', 'average') GROUP BY ALL
UNION ALL
SELECT 'size_system', size_system, count(*) FROM store.variant
WHERE size_system NOT IN ('men', 'women', 'kids', 'foot', 'chart') GROUP BY ALL
UNION ALL
SELECT 'match_method', match_method, count(*) FROM store.item
WHERE match_method NOT IN ('code', 'code_in_title', 'alias', 'words', 'conflict', 'none') GROUP BY ALL
ORDER BY ALL
