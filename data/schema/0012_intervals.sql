-- Intervals in SQL, for any client of the book. Each macro stands alone: one that called
-- another would find it only where the book is the database in use.

-- The ranks are those of analysis/stat's MedianRanks. P(Bin(n, ½) ≤ j) starts at the middle,
-- where it is ½ or half a term more, and loses a term a step until it is at most a, half of
-- what the level leaves; by Hoeffding's bound exp(−2t²/n) that takes no more than t steps.
-- Below 49 sales all is exact; above, the middle term is the series of Γ(m+½)/Γ(m+1).
--
-- Note: n and a are carried in what is reduced. DuckDB 1.5.5 mixes up what the lambda of a
-- list_reduce takes from outside it when the lists of several rows have different lengths.
CREATE MACRO median_interval(x, level := 0.95) AS (
    list_transform(list_transform(list_transform(
        [list_sort(coalesce(list(x) FILTER (x IS NOT NULL), [])::DOUBLE[])],
        lambda s: {
            's': s, 'n': len(s)::DOUBLE, 'm': len(s) // 2,
            'a': CASE WHEN level::DOUBLE > 0 AND level::DOUBLE < 1 THEN (1 - level::DOUBLE) / 2 END}),
        lambda t: {
            's': t.s, 'n': len(t.s), 'k': CASE WHEN t.n > 0 AND t.a > 0 THEN
                list_reduce(
                    list_resize(
                        []::STRUCT(n DOUBLE, a DOUBLE, j DOUBLE, p DOUBLE, tail DOUBLE)[],
                        least(t.m + 2, ceil(sqrt(t.n * -ln(t.a) / 2))::BIGINT + 3),
                        list_transform(
                            [CASE WHEN t.n < 49
                                THEN coalesce(round(list_product(list_transform(range(1, t.m + 1), lambda i: (t.n - t.m + i) / i))), 1) / 2 ** t.n
                                ELSE list_transform([1 / ceil(t.n / 2)], lambda y:
                                    (1 + y * (-1 / 8 + y * (1 / 128 + y * (5 / 1024 + y * (-21 / 32768 + y * (-399 / 262144
                                    + y * (869 / 4194304 + y * (39325 / 33554432 + y * -334477 / 2147483648))))))))
                                    * sqrt(y / pi()))[1]
                                END],
                            lambda p: {'n': t.n, 'a': t.a, 'j': t.m, 'p': p, 'tail': CASE WHEN t.n % 2 = 0 THEN (1 + p) / 2 ELSE 0.5 END})[1]),
                    lambda here, i: CASE WHEN here.tail <= here.a THEN here ELSE
                        {'n': here.n, 'a': here.a, 'j': here.j - 1, 'p': here.p * here.j / (here.n - here.j + 1), 'tail': here.tail - here.p}
                        END).j::BIGINT + 1
                ELSE 0 END}),
        lambda r: {
            'n': r.n,
            'median': CASE WHEN r.k > 0 THEN r.s[(r.n + 1) // 2] + (r.s[r.n // 2 + 1] - r.s[(r.n + 1) // 2]) / 2 END,
            'lo': CASE WHEN r.k > 0 THEN r.s[r.k] END,
            'hi': CASE WHEN r.k > 0 THEN r.s[r.n - r.k + 1] END})[1]
);
