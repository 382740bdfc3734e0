import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CASES, type Case } from './cases.ts';
import type { Scenario } from './figure.ts';
import { PEERS_DIR } from './peers/installs.ts';
import { SCENARIOS } from './scenarios/index.ts';

/** What is to be measured, of whom, and how often. */
export interface Wanted {
  readonly rounds: number;
  readonly quick: boolean;
  readonly cases: readonly Case[];
  readonly scenarios: readonly Scenario[];
  /** Parts of names; empty: everybody. */
  readonly only: readonly string[];
  readonly against: string | undefined;
  readonly peersDir: string | undefined;
}

export interface Options extends Wanted {
  readonly json: string | undefined;
  readonly write: boolean;
}

const ROUNDS = { full: '3', quick: '1' };

/** Throws a `RangeError` that names the option. */
export function optionsOf(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      case: { type: 'string' },
      scenario: { type: 'string' },
      only: { type: 'string', multiple: true, default: [] },
      against: { type: 'string' },
      peers: { type: 'boolean', default: false },
      'peers-dir': { type: 'string' },
      json: { type: 'string' },
      write: { type: 'boolean', default: false },
    },
  });
  const rounds = Number(values.rounds ?? (values.quick ? ROUNDS.quick : ROUNDS.full));
  if (!Number.isInteger(rounds) || rounds < 1)
    throw new RangeError(`--rounds must be a positive number, got ${values.rounds}`);
  const [cases, scenarios] = [CASES, SCENARIOS];
  return {
    rounds,
    quick: values.quick,
    // Whoever names one kind wants nothing of the other.
    cases: values.case === undefined && values.scenario !== undefined ? [] : named('case', cases, values.case),
    scenarios:
      values.scenario === undefined && values.case !== undefined ? [] : named('scenario', scenarios, values.scenario),
    only: values.only.flatMap((list) => list.split(',')),
    against: values.against === undefined ? undefined : resolve(values.against),
    peersDir: values.peers || values['peers-dir'] !== undefined ? resolve(values['peers-dir'] ?? PEERS_DIR) : undefined,
    json: values.json,
    write: values.write,
  };
}

function named<T extends { readonly name: string }>(option: string, all: readonly T[], part: string | undefined): T[] {
  const found = all.filter(({ name }) => name.includes(part ?? ''));
  if (found.length > 0) return found;
  throw new RangeError(`--${option} must be part of one of: ${all.map(({ name }) => name).join('; ')}`);
}
