-- Intervals in SQL, for any client of the book. Each macro stands alone: one that called
-- another would find it only where the book is the database in use. What the caller passes
-- stands outside all lambdas, and their parameters of several fields have names that no table has:
-- the engine would rather take t.n for a column n of the caller's table t.

-- The ranks are those of analysis/stat's MedianRanks. P(Bin(n, ½) ≤ j) starts at the middle,
-- where it is ½ or half a term more, and loses a term a step until it is at most a, half of
-- what the level leaves; by Hoeffding's bound exp(−2t²/n) that takes no more than t steps.
-- Below 49 sales all is exact; above, the middle term is the series of Γ(m+½)/Γ(m+1).
--
-- Note: n and a are carried in what is reduced. DuckDB 1.5.5 mixes up what the lambda of a
-- list_reduce takes from outside it when the lists of several rows have different lengths.
CREATE MACRO median_interval(x, level := 0.95) AS (
    list_transform(list_transform(list_transform(
        [{'s': list_sort(coalesce(list(x) FILTER (x IS NOT NULL), [])::DOUBLE[]), 'level': level::DOUBLE}],
        lambda _given: {
            's': _given.s, 'n': len(_given.s)::DOUBLE, 'm': len(_given.s) // 2,
            'a': CASE WHEN _given.level > 0 AND _given.level < 1 THEN (1 - _given.level) / 2 END}),
        lambda _sample: {
            's': _sample.s, 'n': len(_sample.s), 'k': CASE WHEN _sample.n > 0 AND _sample.a > 0 THEN
                list_reduce(
                    list_resize(
                        []::STRUCT(n DOUBLE, a DOUBLE, j DOUBLE, p DOUBLE, tail DOUBLE)[],
                        least(_sample.m + 2, ceil(sqrt(_sample.n * -ln(_sample.a) / 2))::BIGINT + 3),
                        list_transform(
                            [CASE WHEN _sample.n < 49
                                THEN coalesce(round(list_product(list_transform(range(1, _sample.m + 1), lambda i: (_sample.n - _sample.m + i) / i))), 1) / 2 ** _sample.n
                                ELSE list_transform([1 / ceil(_sample.n / 2)], lambda y:
                                    (1 + y * (-1 / 8 + y * (1 / 128 + y * (5 / 1024 + y * (-21 / 32768 + y * (-399 / 262144
                                    + y * (869 / 4194304 + y * (39325 / 33554432 + y * -334477 / 2147483648))))))))
                                    * sqrt(y / pi()))[1]
                                END],
                            lambda p: {'n': _sample.n, 'a': _sample.a, 'j': _sample.m, 'p': p, 'tail': CASE WHEN _sample.n % 2 = 0 THEN (1 + p) / 2 ELSE 0.5 END})[1]),
                    lambda _here, i: CASE WHEN _here.tail <= _here.a THEN _here ELSE
                        {'n': _here.n, 'a': _here.a, 'j': _here.j - 1, 'p': _here.p * _here.j / (_here.n - _here.j + 1), 'tail': _here.tail - _here.p}
                        END).j::BIGINT + 1
                ELSE 0 END}),
        lambda _ranked: {
            'n': _ranked.n,
            'median': CASE WHEN _ranked.k > 0 THEN _ranked.s[(_ranked.n + 1) // 2] + (_ranked.s[_ranked.n // 2 + 1] - _ranked.s[(_ranked.n + 1) // 2]) / 2 END,
            'lo': CASE WHEN _ranked.k > 0 THEN _ranked.s[_ranked.k] END,
            'hi': CASE WHEN _ranked.k > 0 THEN _ranked.s[_ranked.n - _ranked.k + 1] END})[1]
);

-- Both ends of the next two solve P(X ≤ c) = goal for what makes X: a Poisson mean, a binomial
-- share. They start at a normal approximation (Abramowitz & Stegun 26.2.23; Wilson & Hilferty
-- 1931; Wilson 1927) and go on by Newton's method, a rate in 8 steps, a share of few or none in
-- up to 24. Of P(X ≤ c) / P(X = c) only terms near c count. Sources of the intervals: Garwood
-- 1936; Clopper & Pearson 1934.
CREATE MACRO rate_interval(events, level := 0.95) AS (
    list_transform(list_transform(list_transform(
        [{'c': events::DOUBLE, 'a': CASE WHEN events >= 0 AND level::DOUBLE > 0 AND level::DOUBLE < 1 THEN (1 - level::DOUBLE) / 2 END}],
        lambda _of: {'c': _of.c, 'a': _of.a, 'z': CASE WHEN _of.a > 0 THEN list_transform([sqrt(-2 * ln(_of.a))], lambda t:
            t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))))[1] END}),
        lambda _of: list_transform([{'c': _of.c - 1, 'goal': 1 - _of.a, 'z': -_of.z}, {'c': _of.c, 'goal': _of.a, 'z': _of.z}], lambda _end:
            CASE WHEN _end.z IS NULL THEN NULL WHEN _end.c < 0 THEN 0 ELSE
                list_reduce(
                    list_resize([]::STRUCT(c DOUBLE, goal DOUBLE, mu DOUBLE)[], 9, {'c': _end.c, 'goal': _end.goal,
                        'mu': greatest(0.01, (_end.c + 1) * (1 - 1 / (9 * (_end.c + 1)) + _end.z / (3 * sqrt(_end.c + 1))) ** 3)}),
                    lambda _here, i: {'c': _here.c, 'goal': _here.goal, 'mu': greatest(1e-9, _here.mu
                        + list_sum(list_transform(
                            range(greatest(0, _here.c - 12 * sqrt(_here.c) - 40)::BIGINT, _here.c::BIGINT + 1),
                            lambda j: exp((j - _here.c) * ln(_here.mu) + lgamma(_here.c + 1) - lgamma(j + 1))))
                        - _here.goal / exp(_here.c * ln(_here.mu) - _here.mu - lgamma(_here.c + 1)))}).mu
                END)),
        lambda _ends: {'lo': _ends[1], 'hi': _ends[2]})[1]
);

CREATE MACRO share_interval(k, n, level := 0.95) AS (
    list_transform(list_transform(list_transform(
        [{'k': k::DOUBLE, 'n': n::DOUBLE, 'a': CASE WHEN n > 0 AND k BETWEEN 0 AND n AND level::DOUBLE > 0 AND level::DOUBLE < 1 THEN (1 - level::DOUBLE) / 2 END}],
        lambda _of: {'k': _of.k, 'n': _of.n, 'a': _of.a, 'z': CASE WHEN _of.a > 0 THEN list_transform([sqrt(-2 * ln(_of.a))], lambda t:
            t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))))[1] END}),
        lambda _of: list_transform([{'c': _of.k - 1, 'k': _of.k, 'goal': 1 - _of.a, 'z': -_of.z}, {'c': _of.k, 'k': _of.k, 'goal': _of.a, 'z': _of.z}], lambda _end:
            CASE WHEN _end.z IS NULL THEN NULL WHEN _end.c < 0 THEN 0 WHEN _end.c = _of.n THEN 1 ELSE
                list_reduce(
                    list_resize([]::STRUCT(c DOUBLE, n DOUBLE, goal DOUBLE, p DOUBLE)[], 25, {'c': _end.c, 'n': _of.n, 'goal': _end.goal,
                        'p': (_end.k + _end.z * _end.z / 2 + _end.z * sqrt(_end.k * (_of.n - _end.k) / _of.n + _end.z * _end.z / 4)) / (_of.n + _end.z * _end.z)}),
                    lambda _here, i: {'c': _here.c, 'n': _here.n, 'goal': _here.goal, 'p': least(1 - 1e-12, greatest(1e-12, _here.p
                        + (1 - _here.p) / (_here.n - _here.c) * (list_sum(list_transform(
                            range(greatest(0, _here.c - 12 * sqrt(_here.c) - 40)::BIGINT, _here.c::BIGINT + 1),
                            lambda j: exp((j - _here.c) * ln(_here.p / (1 - _here.p)) + lgamma(_here.c + 1) - lgamma(j + 1)
                                + lgamma(_here.n - _here.c + 1) - lgamma(_here.n - j + 1))))
                        - _here.goal / exp(_here.c * ln(_here.p) + (_here.n - _here.c) * ln(1 - _here.p)
                            + lgamma(_here.n + 1) - lgamma(_here.c + 1) - lgamma(_here.n - _here.c + 1)))))}).p
                END)),
        lambda _ends: {'lo': _ends[1], 'hi': _ends[2]})[1]
);

COMMENT ON MACRO median_interval IS 'Of numbers: how many, their median, and its exact order-statistic interval, as STRUCT(n, median, lo, hi): median_interval(multiple).lo. An aggregate. NULLs are left out. Assumes independent sales and nothing else. Median, lo and hi are NULL where there are too few: below 6 at the level 0.95, 5 at 0.9, 4 at 0.8.';
COMMENT ON MACRO rate_interval IS 'The exact interval of the mean behind a count of events that come one by one, as STRUCT(lo, hi): rate_interval(count(*)).lo. Divide both by the time that was watched.';
COMMENT ON MACRO share_interval IS 'The exact interval of the share behind k of n independent events, as STRUCT(lo, hi): share_interval(count(*) FILTER (multiple > 1), count(*)).lo.';

-- The codes are those of analysis/warnings.go, for the same sales in the same words.
CREATE MACRO sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on, as_of := NULL, style := NULL) AS nullif(concat_ws('; ',
    CASE WHEN count(*) BETWEEN 1 AND 19 THEN 'few_sales' END,
    CASE WHEN min(marketplace) = max(marketplace) THEN 'one_marketplace' END,
    CASE WHEN count(size_us_men) = count(*) AND min(size_us_men) = max(size_us_men) THEN 'one_size' END,
    CASE WHEN count(style) = count(*) AND min(style) = max(style) THEN 'one_style' END,
    CASE WHEN 10 * count(*) FILTER (retail_doubtful) > count(*) THEN 'retail_doubtful' END,
    CASE WHEN as_of::DATE - max(sold_on) >= 28 THEN 'stale' END,
    CASE WHEN bool_or(synthetic) THEN 'synthetic' END,
    CASE WHEN count(*) < 6 THEN 'too_few' END), '');

COMMENT ON MACRO sale_warnings IS 'What is doubtful about a group of sales, as the codes that greybook analyze gives: sale_warnings(marketplace, size_us_men, retail_doubtful, synthetic, sold_on, DATE ''2026-11-15''). An aggregate. NULL: nothing. Give NULL as size where the question tells sizes apart, no day where it is about a time that is over, and the style where it is about several. too_few is below 6 sales.';
