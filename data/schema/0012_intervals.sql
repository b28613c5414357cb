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

-- Both ends of the next two solve P(X ≤ c) = goal for what makes X: a Poisson mean, a binomial
-- share. They start at a normal approximation (Abramowitz & Stegun 26.2.23; Wilson & Hilferty
-- 1931; Wilson 1927) and go on by Newton's method, a rate in 8 steps, a share of few or none in
-- up to 24. Of P(X ≤ c) / P(X = c) only terms near c count. Sources of the intervals: Garwood
-- 1936; Clopper & Pearson 1934.
CREATE MACRO rate_interval(events, level := 0.95) AS (
    list_transform(list_transform(list_transform(
        [{'c': events::DOUBLE, 'a': CASE WHEN events >= 0 AND level::DOUBLE > 0 AND level::DOUBLE < 1 THEN (1 - level::DOUBLE) / 2 END}],
        lambda s: {'c': s.c, 'a': s.a, 'z': CASE WHEN s.a > 0 THEN list_transform([sqrt(-2 * ln(s.a))], lambda t:
            t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))))[1] END}),
        lambda s: list_transform([{'c': s.c - 1, 'goal': 1 - s.a, 'z': -s.z}, {'c': s.c, 'goal': s.a, 'z': s.z}], lambda e:
            CASE WHEN e.z IS NULL THEN NULL WHEN e.c < 0 THEN 0 ELSE
                list_reduce(
                    list_resize([]::STRUCT(c DOUBLE, goal DOUBLE, mu DOUBLE)[], 9, {'c': e.c, 'goal': e.goal,
                        'mu': greatest(0.01, (e.c + 1) * (1 - 1 / (9 * (e.c + 1)) + e.z / (3 * sqrt(e.c + 1))) ** 3)}),
                    lambda here, i: {'c': here.c, 'goal': here.goal, 'mu': greatest(1e-9, here.mu
                        + list_sum(list_transform(
                            range(greatest(0, here.c - 12 * sqrt(here.c) - 40)::BIGINT, here.c::BIGINT + 1),
                            lambda j: exp((j - here.c) * ln(here.mu) + lgamma(here.c + 1) - lgamma(j + 1))))
                        - here.goal / exp(here.c * ln(here.mu) - here.mu - lgamma(here.c + 1)))}).mu
                END)),
        lambda ends: {'lo': ends[1], 'hi': ends[2]})[1]
);

CREATE MACRO share_interval(k, n, level := 0.95) AS (
    list_transform(list_transform(list_transform(
        [{'k': k::DOUBLE, 'n': n::DOUBLE, 'a': CASE WHEN n > 0 AND k BETWEEN 0 AND n AND level::DOUBLE > 0 AND level::DOUBLE < 1 THEN (1 - level::DOUBLE) / 2 END}],
        lambda s: {'k': s.k, 'n': s.n, 'a': s.a, 'z': CASE WHEN s.a > 0 THEN list_transform([sqrt(-2 * ln(s.a))], lambda t:
            t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))))[1] END}),
        lambda s: list_transform([{'c': s.k - 1, 'k': s.k, 'goal': 1 - s.a, 'z': -s.z}, {'c': s.k, 'k': s.k, 'goal': s.a, 'z': s.z}], lambda e:
            CASE WHEN e.z IS NULL THEN NULL WHEN e.c < 0 THEN 0 WHEN e.c = s.n THEN 1 ELSE
                list_reduce(
                    list_resize([]::STRUCT(c DOUBLE, n DOUBLE, goal DOUBLE, p DOUBLE)[], 25, {'c': e.c, 'n': s.n, 'goal': e.goal,
                        'p': (e.k + e.z * e.z / 2 + e.z * sqrt(e.k * (s.n - e.k) / s.n + e.z * e.z / 4)) / (s.n + e.z * e.z)}),
                    lambda here, i: {'c': here.c, 'n': here.n, 'goal': here.goal, 'p': least(1 - 1e-12, greatest(1e-12, here.p
                        + (1 - here.p) / (here.n - here.c) * (list_sum(list_transform(
                            range(greatest(0, here.c - 12 * sqrt(here.c) - 40)::BIGINT, here.c::BIGINT + 1),
                            lambda j: exp((j - here.c) * ln(here.p / (1 - here.p)) + lgamma(here.c + 1) - lgamma(j + 1)
                                + lgamma(here.n - here.c + 1) - lgamma(here.n - j + 1))))
                        - here.goal / exp(here.c * ln(here.p) + (here.n - here.c) * ln(1 - here.p)
                            + lgamma(here.n + 1) - lgamma(here.c + 1) - lgamma(here.n - here.c + 1)))))}).p
                END)),
        lambda ends: {'lo': ends[1], 'hi': ends[2]})[1]
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
