-- A week of the published index that was frozen has the same value in every later vintage.
SELECT a.segment, a.weighting, a.week, a.vintage_no, a.index AS frozen_at, b.vintage_no AS later_vintage, b.index AS later_index
FROM store.index_value a
JOIN store.index_value b ON b.segment = a.segment AND b.weighting = a.weighting AND b.week = a.week AND b.vintage_no > a.vintage_no
WHERE a.frozen AND (b.index <> a.index OR NOT b.frozen)
ORDER BY ALL
