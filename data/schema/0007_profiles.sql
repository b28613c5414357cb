-- What a profile may do to a price: round it.
INSERT INTO store.flag VALUES
    (16, 'price_rounded', false, 'the source gives more than two decimals, which are rounded');
