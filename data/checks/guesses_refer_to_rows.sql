-- The item and the style of every guess exist, the item has no style yet, and a better guess stands before a worse one.
SELECT 'item of a guess' AS what, g.item_no AS no, count(*) AS n
FROM store.guess g ANTI JOIN store.item i ON i.item_no = g.item_no GROUP BY g.item_no
UNION ALL
SELECT 'style of a guess', g.style_no, count(*)
FROM store.guess g ANTI JOIN styles t ON t.style_no = g.style_no GROUP BY g.style_no
UNION ALL
SELECT 'guess of an item with a style', g.item_no, count(*)
FROM store.guess g JOIN store.item i ON i.item_no = g.item_no WHERE i.style_no IS NOT NULL GROUP BY g.item_no
UNION ALL
SELECT 'order of the guesses of an item', a.item_no, count(*)
FROM store.guess a JOIN store.guess b ON b.item_no = a.item_no
WHERE a.rank < b.rank AND a.score < b.score OR a.rank = b.rank AND a.style_no <> b.style_no GROUP BY a.item_no
ORDER BY ALL
