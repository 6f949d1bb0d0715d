// Fills the table of the queries: `table.js sqlite FILE` or `table.js postgres URL`. table.py does the same.

const [kind, place] = process.argv.slice(2);
const rows = Array.from({ length: 10_000 }, (_, at) => [at + 1, ((at + 1) * 7919) % 10_007]);
const create = 'CREATE TABLE world (id integer PRIMARY KEY, number integer NOT NULL)';

if (kind === 'sqlite') {
  const { default: Database } = await import('better-sqlite3');
  const file = new Database(place);
  file.exec(`DROP TABLE IF EXISTS world; ${create}`);
  const insert = file.prepare('INSERT INTO world (id, number) VALUES (?, ?)');
  file.transaction(() => rows.forEach((row) => insert.run(row)))();
} else {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: place });
  await client.connect();
  await client.query('DROP TABLE IF EXISTS world');
  await client.query(create);
  const [ids, numbers] = [rows.map((row) => row[0]), rows.map((row) => row[1])];
  await client.query('INSERT INTO world (id, number) SELECT * FROM unnest($1::integer[], $2::integer[])', [ids, numbers]);
  await client.end();
}
