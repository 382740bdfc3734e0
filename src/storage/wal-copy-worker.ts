// Entry of the thread that copies the write-ahead log: nobody waits for what it does.
import { parentPort, workerData } from 'node:worker_threads';
import { openSqlite } from './sqlite-driver.ts';

const { file } = workerData as { readonly file: string };
const connection = openSqlite(file);
connection.prepare('pragma synchronous = normal').all([]);

function copy(): void {
  try {
    connection.prepare('pragma wal_checkpoint(passive)').all([]);
  } catch {
    // A busy file or a full disk: the next copy has the same to do, and more.
  }
  parentPort?.postMessage('copied');
}

parentPort?.on('message', (message: 'copy' | 'end') => {
  if (message === 'copy') return copy();
  connection.close();
  parentPort?.close();
});
