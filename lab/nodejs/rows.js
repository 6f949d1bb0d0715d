// The table of the queries, in SQLite and in PostgreSQL.

import Database from 'better-sqlite3';
import pg from 'pg';
import { rowId } from './answers.js';

const file = new Database(process.env.LAB_SQLITE, { readonly: true });
const byId = file.prepare('SELECT id, number FROM world WHERE id = ?');
const pool = process.env.LAB_POSTGRES && new pg.Pool({ connectionString: process.env.LAB_POSTGRES, max: 8 });
// A name makes it a prepared statement of the connection.
const query = (id) => ({ name: 'by-id', text: 'SELECT id, number FROM world WHERE id = $1', values: [id] });

export const sqliteOne = () => byId.get(rowId());
export const sqliteTwenty = () => Array.from({ length: 20 }, sqliteOne);

export async function postgresOne() {
  return (await pool.query(query(rowId()))).rows[0];
}

export async function postgresTwenty() {
  const client = await pool.connect();
  try {
    const rows = [];
    for (let count = 0; count < 20; count++) rows.push((await client.query(query(rowId()))).rows[0]);
    return rows;
  } finally {
    client.release();
  }
}
