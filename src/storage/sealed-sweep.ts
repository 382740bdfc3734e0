import type { SealsTable } from './schema.ts';
import { linesOf, type SealLine } from './seal.ts';
import type { SealChain } from './seal-chain.ts';
import { keyParts, keyText, readSealedRow, SEALED_TABLES, type SealedTag } from './sealed-rows.ts';
import type { SqliteConnection } from './sqlite-driver.ts';

/** Seals that are looked at in one step, to see whether they can go. */
const maxSealsPerStep = 1_000;

const VICTIMS = 'select id from requests where at < ? and outcome is not null order by at limit ?';
/** Every row that goes with a request, by the request's id. */
const GOING = (['r', 'a', 'f', 'b'] as const)
  .map((tag) => {
    const { table } = SEALED_TABLES[tag];
    const id = tag === 'r' ? 'id' : 'request_id';
    return `select '${tag}' as tag, ${id} as id, seal from ${table} where ${id} in (select value from json_each(?1))`;
  })
  .join(' union all ');

/**
 * Deletes finished requests begun before a moment, at most `limit` of them, with all that belongs to them, and says so in
 * the chain: what is missing and not named by a seal was not deleted by rule.
 * @returns how many requests went.
 */
export function sweepRequests(connection: SqliteConnection, chain: SealChain, beforeMs: number, limit: number): number {
  return chain.transact((seal) => {
    const ids = (connection.prepare(VICTIMS).all([beforeMs, limit]) as { id: string }[]).map(({ id }) => id);
    const list = JSON.stringify(ids);
    const going = connection.prepare(GOING).all([list]) as Going[];
    connection.prepare('delete from requests where id in (select value from json_each(?))').run([list]);
    const first = prune(connection, chain, { seal, beforeMs });
    for (const [id, last] of lastSeals(going)) {
      // A seal that is gone needs nobody to say what of it is missing.
      if (last >= first) chain.addLine({ kind: 'removed', tag: 'r', key: keyText([id]) });
    }
    for (const [tag, rows] of olderOf(going)) chain.addLine({ kind: 'older', tag, rows: -rows });
    return ids.length;
  });
}

interface Going {
  readonly tag: SealedTag;
  readonly id: string;
  readonly seal: number | null;
}

/** The number of the last seal that holds something of a request, by its id. */
function lastSeals(going: readonly Going[]): ReadonlyMap<string, number> {
  const last = new Map<string, number>();
  for (const { id, seal } of going) if (seal) last.set(id, Math.max(last.get(id) ?? 0, seal));
  return last;
}

function olderOf(going: readonly Going[]): ReadonlyMap<SealedTag, number> {
  const older = new Map<SealedTag, number>();
  for (const { tag, seal } of going) if (seal === 0) older.set(tag, (older.get(tag) ?? 0) + 1);
  return older;
}

type OldSeal = Pick<SealsTable, 'seq' | 'digest' | 'body'>;
const NEXT_OLD = 'select seq, digest, body from seals where seq > ? and seq < ? and at < ? order by seq limit 1';

/**
 * Takes away the beginning of the chain as far as nothing is left of what it seals. What outlives requests, such as a
 * revocation, is sealed again with the digest that it had. The end stays, however old it is: the new seal, which has the
 * number `at.seal`, is chained to it.
 * @returns the number of the first seal that stays.
 */
function prune(connection: SqliteConnection, chain: SealChain, at: { seal: number; beforeMs: number }): number {
  const older = new Map<SealedTag, number>();
  let last: OldSeal | undefined;
  for (let looked = 0; looked < maxSealsPerStep; looked += 1) {
    const [seal] = connection.prepare(NEXT_OLD).all([last?.seq ?? 0, at.seal - 1, at.beforeMs]) as OldSeal[];
    const outliving = seal && outlivingOf(connection, seal);
    if (!outliving) break;
    for (const line of outliving) {
      if (line.kind === 'older') older.set(line.tag, (older.get(line.tag) ?? 0) + line.rows);
      else sealAgain(connection, chain, at.seal, line);
    }
    last = seal;
  }
  if (!last) return 1;
  connection.prepare('delete from seals where seq <= ?').run([last.seq]);
  for (const [tag, rows] of older) if (rows !== 0) chain.addLine({ kind: 'older', tag, rows });
  chain.addLine({ kind: 'begins', first: last.seq + 1, prev: last.digest });
  return last.seq + 1;
}

type Outliving = Extract<SealLine, { kind: 'row' | 'older' }>;

/** The lines of a seal that are needed when it is gone; undefined where it has to stay. */
function outlivingOf(connection: SqliteConnection, { seq, body }: OldSeal): readonly Outliving[] | undefined {
  const outliving: Outliving[] = [];
  for (const line of linesOf(body)) {
    if (line === undefined) return undefined;
    if (line.kind === 'older') outliving.push(line);
    if (line.kind !== 'row' || readSealedRow(connection, line.tag, keyParts(line.key))?.seal !== seq) continue;
    if (line.tag !== 'o' && line.tag !== 'v') return undefined;
    outliving.push(line);
  }
  return outliving;
}

/** With the digest of its first seal: what was changed since then stays found out. */
function sealAgain(
  connection: SqliteConnection,
  chain: SealChain,
  seal: number,
  { tag, leaf, key }: Extract<SealLine, { kind: 'row' }>,
): void {
  const { table, key: columns } = SEALED_TABLES[tag];
  connection.prepare(`update ${table} set seal = ? where ${isKey(columns)}`).run([seal, ...keyParts(key)]);
  chain.carryOver(tag, leaf, key);
}

function isKey(columns: readonly string[]): string {
  return columns.map((column) => `${column} = ?`).join(' and ');
}

export interface SweptAction {
  readonly id: string;
  readonly seal: number | null;
}

/** Deletes operator actions inside a transaction of the chain, and says so there. */
export function sweepActions(connection: SqliteConnection, chain: SealChain, chosen: readonly SweptAction[]): void {
  let older = 0;
  for (const { id, seal } of chosen) {
    connection.prepare('delete from operator_actions where id = ?').run([id]);
    if (seal === 0) older += 1;
    else chain.addLine({ kind: 'removed', tag: 'o', key: keyText([id]) });
  }
  if (older > 0) chain.addLine({ kind: 'older', tag: 'o', rows: -older });
}
