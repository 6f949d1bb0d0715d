// One process, or as many as the lab asks for, on one port.

import cluster from 'node:cluster';

export async function run(serve) {
  const count = Number(process.env.LAB_PROCESSES ?? 1);
  if (count === 1 || cluster.isWorker) return serve(Number(process.env.LAB_PORT));
  for (let at = 0; at < count; at++) cluster.fork();
  process.on('SIGTERM', () => process.exit(0));
}
