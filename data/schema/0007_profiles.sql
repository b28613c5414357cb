-- What a profile may do to a price: round it.
INSERT INTO store.flag VALUES
    (16, 'price_rounded', false, 'the source gives more than two decimals, which are rounded');

COMMENT ON COLUMN store.variant.size_us IS 'US size read from the label, in the system beside it; of a label in another system, by the brand''s chart.';
COMMENT ON COLUMN store.variant.size_system IS 'men, women or kids where the label or the profile says so; unisex: a men''s size that the label gives in another system, of whomever''s pair; NULL: the style''s own audience.';
