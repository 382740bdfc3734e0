// The command line over the sources; asked by its parent, it tells the bytes that it holds once all that nobody needs is gone.
import { main } from '../../src/cli/main.ts';

process.on('message', () => {
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  process.send?.(heapUsed + external);
});
const code = await main(process.argv.slice(2));
// The channel to the parent would keep it alive.
process.exit(code);
