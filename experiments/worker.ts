import { parentPort } from 'node:worker_threads';
import { type Job, runJob } from './job.ts';

/** Does the jobs it is sent, one after another. */
parentPort?.on('message', ({ index, job }: { readonly index: number; readonly job: Job }) => {
  runJob(job).then(
    (measured) => parentPort?.postMessage({ index, measured }),
    (error: unknown) => {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      parentPort?.postMessage({ index, failed: `${job.experiment}, ${job.arm}, seed ${job.seed}: ${message}` });
    },
  );
});
