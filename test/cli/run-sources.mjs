// The command line over the sources, for a checkout whose build is stale.
import { main } from '../../src/cli/main.ts';

process.exitCode = await main(process.argv.slice(2));
