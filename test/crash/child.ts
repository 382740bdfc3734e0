// A gateway in a process of its own, to be killed. Loads everything, then waits for its orders, so that the next one
// is ready when the last one dies.
import { startGateway } from '../../src/compose.ts';
import { checkConfig } from '../../src/config/parse.ts';
import { resolveConfig } from '../../src/config/resolve.ts';

process.once('message', (config) => {
  const resolved = resolveConfig(checkConfig(config, 'crash test'));
  startGateway(resolved).then(
    ({ url }) => process.send?.({ url }),
    (error: unknown) => {
      process.send?.({ error: String(error) });
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ loaded: true });
