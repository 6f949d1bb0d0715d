// The Fastify server of the lab.

import Fastify from 'fastify';
import { matrix, products, solutions } from './answers.js';
import { run } from './processes.js';
import { postgresOne, postgresTwenty, sqliteOne, sqliteTwenty } from './rows.js';

const integer = { type: 'integer' };
const object = (properties) => ({ type: 'object', properties });
const answers = (schema) => ({ schema: { response: { 200: schema } } });
const row = object({ id: integer, number: integer });
const rows = { type: 'array', items: row };
const product = object({ id: integer, name: { type: 'string' }, price_cents: integer, quantity: integer, total_cents: integer });

const app = Fastify();
const listeners = new Set();

app.get('/json', answers(object({ count: integer, total_cents: integer, items: { type: 'array', items: product } })), async () => products());
app.get('/sqlite/one', answers(row), async () => sqliteOne());
app.get('/sqlite/twenty', answers(rows), async () => sqliteTwenty());
app.get('/postgres/one', answers(row), postgresOne);
app.get('/postgres/twenty', answers(rows), postgresTwenty);
app.get('/cpu', answers(object({ size: integer, solutions: integer })), async () => solutions());
app.get('/matrix', answers(object({ side: integer, trace: integer, sum: integer })), async () => matrix());

app.get('/events', (request, reply) => {
  reply.hijack();
  reply.raw.writeHead(200, { 'content-type': 'text/event-stream' });
  reply.raw.write(': welcome\n\n');
  listeners.add(reply.raw);
  request.raw.on('close', () => listeners.delete(reply.raw));
});
const message = { type: 'object', required: ['text'], properties: { text: { type: 'string' } } };
app.post('/publish', { schema: { body: message, response: { 200: object({ listeners: integer }) } } }, async (request) => {
  const event = `data: ${request.body.text}\n\n`;
  for (const listener of listeners) listener.write(event);
  return { listeners: listeners.size };
});

await run((port) => app.listen({ host: '127.0.0.1', port }));
