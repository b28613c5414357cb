-- A release by key also vouches for a record that nothing keeps out and whose price is doubtful.
UPDATE store.flag SET meaning = 'vouched for by the user: let in although a flag keeps it out, or counted in full although its price is doubtful' WHERE flag = 'released';
COMMENT ON TABLE store.release IS 'Records that the user vouches for, one by one: let into observations, and counted in full by the estimates. Grain: one row per record.';
