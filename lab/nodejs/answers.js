// What the workloads compute, for Fastify and Express alike, without any framework.

import * as tf from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { createRequire } from 'node:module';
import { dirname, sep } from 'node:path';
import { queens } from './queens.js';

const ROWS = 10_000;
const ITEMS = 20;
const QUEENS = 10;
const SIDE = 200;

/** The document of /json: built anew for every request, as from a price list. */
export function products() {
  const items = [];
  let total = 0;
  for (let number = 1; number <= ITEMS; number++) {
    const price_cents = 100 + 7 * number;
    const quantity = 1 + (number % 5);
    const total_cents = price_cents * quantity;
    total += total_cents;
    items.push({ id: number, name: `Product ${number}`, price_cents, quantity, total_cents });
  }
  return { count: items.length, total_cents: total, items };
}

/** A random id, drawn anew for every query so that no row is the hot one. */
export function rowId() {
  return 1 + Math.floor(Math.random() * ROWS);
}

export function solutions() {
  return { size: QUEENS, solutions: queens(QUEENS) };
}

// WebAssembly with SIMD, the compiled code that npm has for this without a compiler on the machine.
const require = createRequire(import.meta.url);
setWasmPaths(dirname(require.resolve('@tensorflow/tfjs-backend-wasm')) + sep);
setThreadsCount(1);
await tf.setBackend('wasm');
await tf.ready();

const cells = (value) => Float32Array.from({ length: SIDE * SIDE }, (_, at) => value(Math.floor(at / SIDE), at % SIDE));
const left = tf.tensor2d(cells((i, j) => (i * SIDE + j) % 7), [SIDE, SIDE]);
const right = tf.tensor2d(cells((i, j) => (i + 2 * j) % 5), [SIDE, SIDE]);

/** One product of two matrices through WebAssembly, then the trace and the sum of it. */
export function matrix() {
  const product = tf.matMul(left, right);
  const values = product.dataSync();
  product.dispose();
  let trace = 0;
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at];
  for (let row = 0; row < SIDE; row++) trace += values[row * (SIDE + 1)];
  return { side: SIDE, trace, sum };
}
