/** Exit codes of every command; documented in `docs/cli.md`. */
export const EXIT = {
  ok: 0,
  /** Something the command looked for is not as it should be, e.g. a route with problems. */
  failed: 1,
  /** The command line or the configuration is wrong. */
  usage: 2,
  /** There is too little evidence, either way. */
  inconclusive: 3,
  /** The ledger, a port or a provider could not be reached. */
  unreachable: 4,
  /** Stopped at once, whatever ran. */
  interrupted: 130,
} as const;
