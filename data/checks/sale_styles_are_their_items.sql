-- A sale has the style that its item was matched to.
SELECT s.item_no, s.style_no AS style_of_sale, i.style_no AS style_of_item, count(*) AS n
FROM store.sale s JOIN store.item i ON i.item_no = s.item_no
WHERE s.style_no IS DISTINCT FROM i.style_no
GROUP BY s.item_no, s.style_no, i.style_no
ORDER BY s.item_no, s.style_no
