import { Worker } from 'node:worker_threads';
import type { Measured } from './experiment.ts';
import type { Job } from './job.ts';

type Answer =
  | { readonly index: number; readonly measured: Measured }
  | { readonly index: number; readonly failed: string };

/** Runs all jobs on so many threads. The answer stands in the order of the jobs, whatever order they were done in. */
export async function runAll(
  jobs: readonly Job[],
  threads: number,
  onDone: (done: number, job: Job) => void,
): Promise<Measured[]> {
  const measured: Measured[] = [];
  let next = 0;
  let done = 0;
  const work = (worker: Worker) =>
    new Promise<void>((resolve, reject) => {
      const more = () => {
        const job = jobs[next];
        if (!job) return resolve();
        worker.postMessage({ index: next, job });
        next += 1;
      };
      worker.on('message', (answer: Answer) => {
        const job = jobs[answer.index];
        if (!job || 'failed' in answer) return reject(new Error('failed' in answer ? answer.failed : 'no such job'));
        measured[answer.index] = answer.measured;
        done += 1;
        onDone(done, job);
        more();
      });
      worker.on('error', reject);
      more();
    });
  const workers = Array.from({ length: Math.min(threads, jobs.length) }, () => newWorker());
  try {
    await Promise.all(workers.map(work));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return measured;
}

/** The worker is TypeScript like everything here: the loader has to be there before it is read. */
function newWorker(): Worker {
  const entry = new URL('./worker.ts', import.meta.url).href;
  return new Worker(
    `import('tsx/esm/api').then(({ register }) => { register(); return import(${JSON.stringify(entry)}); });`,
    {
      eval: true,
    },
  );
}
