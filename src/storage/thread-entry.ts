import { Worker } from 'node:worker_threads';

/** Starts a module of this folder as a thread, from the build or from the TypeScript sources. */
export function startEntry(name: string, workerData: object): Worker {
  if (!import.meta.url.endsWith('.ts')) {
    return new Worker(new URL(`./${name}.js`, import.meta.url), { workerData });
  }
  const entry = new URL(`./${name}.ts`, import.meta.url).href;
  // Without the parent's flags: under a TypeScript loader they would register that loader twice.
  return new Worker(new URL('./typescript-worker.mjs', import.meta.url), {
    workerData: { ...workerData, entry },
    execArgv: [],
  });
}
