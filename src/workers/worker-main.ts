// What the keeper starts: one worker.
import { serveAsWorker } from './serve-worker.ts';

serveAsWorker();
