import { parentPort, workerData } from 'node:worker_threads';

// Wakes its parent at moments given in microseconds. A timer of the event loop is up to a millisecond late, which is
// more than what is measured; a thread that sleeps on a futex is late by some dozens of microseconds.
const { moments, begin } = workerData;
const never = new Int32Array(new SharedArrayBuffer(4));
for (const [at, moment] of moments.entries()) {
  const leftMicros = begin + moment - Number(process.hrtime.bigint() / 1_000n);
  if (leftMicros > 0) Atomics.wait(never, 0, 0, leftMicros / 1_000);
  parentPort?.postMessage(at);
}
