// A reader of the book that is not greybook's: opens it read-only, says which engine it is,
// and answers each query, a line of JSON on standard input, with a line of JSON: names and
// types of the columns, and rows of exact texts. NULL is null, a list is a list.
import { createInterface } from 'node:readline';
import { DuckDBInstance, DuckDBDateValue, DuckDBDecimalValue, DuckDBListValue, DuckDBStructValue, DuckDBTimestampTZValue } from '@duckdb/node-api';

function text(v) {
  if (v === null || v === undefined) return null;
  if (v instanceof DuckDBListValue) return v.items.map(text);
  if (v instanceof DuckDBStructValue) return Object.fromEntries(Object.entries(v.entries).map(([k, e]) => [k, text(e)]));
  if (v instanceof DuckDBDecimalValue) return decimal(v.value, v.scale);
  if (v instanceof DuckDBTimestampTZValue) return instant(v.micros);
  if (v instanceof DuckDBDateValue) return v.toString();
  return String(v); // whole numbers as bigint or number, doubles, booleans, texts
}

// Without a float on the way, and with all places of its scale.
function decimal(value, scale) {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale), rest = digits.slice(digits.length - scale);
  return (value < 0n ? '-' : '') + whole + (scale > 0 ? '.' + rest : '');
}

function instant(micros) {
  const seconds = new Date(Number(micros / 1000000n) * 1000).toISOString().slice(0, 19);
  const rest = (micros % 1000000n).toString().padStart(6, '0').replace(/0+$/, '');
  return seconds + (rest === '' ? '' : '.' + rest) + 'Z';
}

const answer = (o) => process.stdout.write(JSON.stringify(o) + '\n');

const instance = await DuckDBInstance.create(process.argv[2], { access_mode: 'READ_ONLY' });
const connection = await instance.connect();
answer({ engine: (await (await connection.run('SELECT version()')).getRows())[0][0] });
for await (const line of createInterface({ input: process.stdin })) {
  const result = await connection.run(JSON.parse(line));
  const rows = await result.getRows();
  answer({ names: result.columnNames(), types: result.columnTypes().map(String), rows: rows.map((r) => r.map(text)) });
}
connection.closeSync();
instance.closeSync();
