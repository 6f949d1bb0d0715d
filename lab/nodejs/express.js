// The Express server of the lab.

import express from 'express';
import { matrix, products, solutions } from './answers.js';
import { run } from './processes.js';
import { postgresOne, postgresTwenty, sqliteOne, sqliteTwenty } from './rows.js';

const app = express();
const listeners = new Set();

app.get('/json', (request, response) => response.json(products()));
app.get('/sqlite/one', (request, response) => response.json(sqliteOne()));
app.get('/sqlite/twenty', (request, response) => response.json(sqliteTwenty()));
app.get('/postgres/one', async (request, response) => response.json(await postgresOne()));
app.get('/postgres/twenty', async (request, response) => response.json(await postgresTwenty()));
app.get('/cpu', (request, response) => response.json(solutions()));
app.get('/matrix', (request, response) => response.json(matrix()));

app.get('/events', (request, response) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(': welcome\n\n');
  listeners.add(response);
  request.on('close', () => listeners.delete(response));
});
app.post('/publish', express.json(), (request, response) => {
  const event = `data: ${request.body.text}\n\n`;
  for (const listener of listeners) listener.write(event);
  response.json({ listeners: listeners.size });
});

await run((port) => app.listen(port, '127.0.0.1'));
