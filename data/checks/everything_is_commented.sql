-- Every table and view of schema main, and each of their columns, carries a COMMENT.
SELECT 'table' AS what, table_name AS name, NULL AS column_name
FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' AND coalesce(comment, '') = ''
UNION ALL
SELECT 'view', view_name, NULL
FROM duckdb_views() WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal AND coalesce(comment, '') = ''
UNION ALL
SELECT 'column', table_name, column_name
FROM duckdb_columns() WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal AND coalesce(comment, '') = ''
ORDER BY ALL
