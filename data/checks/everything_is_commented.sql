-- Every table, view and macro of schema main, and each column of a table or view, carries a COMMENT.
SELECT 'table' AS what, table_name AS name, NULL AS column_name
FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' AND coalesce(comment, '') = ''
UNION ALL
SELECT 'view', view_name, NULL
FROM duckdb_views() WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal AND coalesce(comment, '') = ''
UNION ALL
SELECT 'column', table_name, column_name
FROM duckdb_columns() WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal AND coalesce(comment, '') = ''
UNION ALL
SELECT 'macro', function_name, NULL
FROM duckdb_functions() WHERE database_name = current_database() AND schema_name = 'main' AND NOT internal AND coalesce(comment, '') = ''
ORDER BY ALL
