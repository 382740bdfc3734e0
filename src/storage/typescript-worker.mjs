// Only for runs from the TypeScript sources: worker threads of Node 20 neither strip types nor inherit the loader of
// their parent. The build does not carry this file, and needs it not.
import { workerData } from 'node:worker_threads';
import { register } from 'tsx/esm/api';

register();
await import(workerData.entry);
