// How much more work two threads do than one: `threads.js threads COUNT SECONDS` prints jobs per second.
// Each worker thread counts the ways to place ten queens again and again. No server, no load generator.

import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import { queens } from './queens.js';

const SOLUTIONS = 724;

if (isMainThread) {
  const [, workers, seconds] = process.argv.slice(2).map(Number);
  const began = performance.now();
  const finished = Array.from({ length: workers }, () => {
    const worker = new Worker(new URL(import.meta.url), { workerData: { seconds } });
    return new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  });
  const counts = await Promise.all(finished);
  console.log(counts.reduce((a, b) => a + b, 0) / ((performance.now() - began) / 1000));
} else {
  const until = performance.now() + workerData.seconds * 1000;
  let count = 0;
  while (performance.now() < until) {
    if (queens(10) !== SOLUTIONS) throw new Error('wrong count of solutions');
    count += 1;
  }
  parentPort.postMessage(count);
}
