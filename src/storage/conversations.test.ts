import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { JsonObject } from '../model/json.ts';
import type { Conversations } from './conversations.ts';
import type { KeptItem, KeptPlace, KeptTurn } from './kept-conversation.ts';
import { type OpenLedger, openLedger } from './open-ledger.ts';
import { tempFolder } from './testing/temp-folder.ts';
import type { LedgerTrouble } from './writer-options.ts';

const WIDE = { items: 1_000, bytes: 1_000_000 };

let folder: ReturnType<typeof tempFolder>;
let opened: OpenLedger;
let kept: Conversations;
let troubles: LedgerTrouble[];

async function open(): Promise<void> {
  opened = await openLedger({ file: `${folder.path}/ledger.db`, onTrouble: (trouble) => troubles.push(trouble) });
  kept = opened.conversations;
}

beforeEach(async () => {
  folder = tempFolder();
  troubles = [];
  await open();
});
afterEach(async () => {
  await opened.ledger.close();
  folder.remove();
});

function item(id: string, more: JsonObject = {}): KeptItem {
  return { id, json: JSON.stringify({ type: 'message', role: 'user', id, content: `text of ${id}`, ...more }) };
}

function turn(id: string, place: KeptPlace, change: Partial<KeptTurn> = {}): KeptTurn {
  const input = [item(`in-${id}`)];
  const output = [item(`out-${id}`)];
  return { id, place, at: 1_000, body: JSON.stringify({ id }), input, output, references: [], ...change };
}

function keep(id: string, place: KeptPlace, change: Partial<KeptTurn> = {}, caller = 'ada'): Promise<boolean> {
  return kept.change(caller, { kind: 'keep-turn', turn: turn(id, place, change) });
}

function idsAfter(response: string, caller = 'ada'): string[] | string {
  const found = kept.reader.context(caller, { response }, WIDE);
  return found.kind === 'found' ? found.items.map(({ id }) => String(id)) : found.kind;
}

const FIRST: KeptPlace = { kind: 'first' };
const behind = (previous: string): KeptPlace => ({ kind: 'after', previous });

describe('a chain of responses', () => {
  test('reads back in its order, and each branch without the other', async () => {
    await keep('r1', FIRST);
    await keep('r2', behind('r1'));
    await keep('left', behind('r2'));
    await keep('right', behind('r2'));
    const begin = ['in-r1', 'out-r1', 'in-r2', 'out-r2'];
    expect(idsAfter('left')).toEqual([...begin, 'in-left', 'out-left']);
    expect(idsAfter('right')).toEqual([...begin, 'in-right', 'out-right']);
    expect(kept.reader.response('ada', 'r2')).toMatchObject({ body: { id: 'r2' }, output: [{ id: 'out-r2' }] });
  });

  test('is incomplete once one of it is deleted, and gone with the last', async () => {
    await keep('r1', FIRST);
    await keep('r2', behind('r1'));
    expect(await kept.change('ada', { kind: 'delete-response', response: 'r1' })).toBe(true);
    expect(kept.reader.context('ada', { response: 'r2' }, WIDE)).toEqual({ kind: 'incomplete', missing: 'r1' });
    expect(await keep('r3', behind('r1'))).toBe(false);
    expect(kept.reader.response('ada', 'r3')).toBeUndefined();
    await kept.change('ada', { kind: 'delete-response', response: 'r2' });
    expect(await opened.ledger.sweepConversations(Number.MAX_SAFE_INTEGER)).toBe(0);
  });

  test('that holds more than may be gone on from is measured and not read', async () => {
    await keep('r1', FIRST);
    const bytes = kept.reader.size('r1').bytes;
    expect(bytes).toBeGreaterThan(80);
    const limits = [
      { items: 1, bytes: 1_000 },
      { items: 10, bytes: bytes - 1 },
    ];
    for (const limit of limits) {
      expect(kept.reader.context('ada', { response: 'r1' }, limit)).toEqual({ kind: 'too-large', items: 2, bytes });
    }
    expect(kept.reader.context('ada', { response: 'r1' }, { items: 2, bytes }).kind).toBe('found');
  });

  test('any tree of responses: each sees its own ancestors, in order, and nothing else', async () => {
    let run = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 12 }), async (choices) => {
        run += 1;
        const parents: (number | undefined)[] = [];
        for (const [at, choice] of choices.entries()) {
          const parent = at === 0 ? undefined : choice % at;
          parents.push(parent);
          await keep(`t${run}-${at}`, parent === undefined ? FIRST : behind(`t${run}-${parent}`));
        }
        for (const at of parents.keys()) {
          const line: number[] = [];
          for (let each: number | undefined = at; each !== undefined; each = parents[each]) line.unshift(each);
          expect(idsAfter(`t${run}-${at}`)).toEqual(
            line.flatMap((each) => [`in-t${run}-${each}`, `out-t${run}-${each}`]),
          );
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('a conversation with a name', () => {
  const create = (conversation: string, caller = 'ada') =>
    kept.change(caller, { kind: 'create', conversation, at: 500, metadata: '{"a":"b"}', items: [item('zero')] });
  const inside = (conversation: string): KeptPlace => ({ kind: 'in', conversation });

  test('holds what was added and what was answered; a response knows how far it had come', async () => {
    await create('c1');
    await keep('r1', inside('c1'));
    await kept.change('ada', { kind: 'add-items', conversation: 'c1', at: 600, items: [item('between')] });
    await keep('r2', inside('c1'));
    const query = { limit: 10, order: 'asc' } as const;
    const ids = (page: ReturnType<typeof kept.reader.inputItems>) =>
      page.kind === 'page' ? page.items.map(({ id }) => id) : page.kind;
    const all = ['zero', 'in-r1', 'out-r1', 'between', 'in-r2', 'out-r2'];
    expect(ids(kept.reader.conversationItems('ada', 'c1', query))).toEqual(all);
    expect(ids(kept.reader.inputItems('ada', 'r1', query))).toEqual(all.slice(0, 2));
    expect(ids(kept.reader.inputItems('ada', 'r2', query))).toEqual(all.slice(0, 5));
    expect(kept.reader.context('ada', { response: 'r1' }, WIDE)).toEqual({ kind: 'inside', conversation: 'c1' });
    expect(kept.reader.conversation('ada', 'c1')).toEqual({ id: 'c1', createdAt: 500, metadata: { a: 'b' } });
  });

  test('keeps its items when a response is deleted, and takes everything with it when it is', async () => {
    await create('c1');
    await keep('r1', inside('c1'));
    await kept.change('ada', { kind: 'delete-response', response: 'r1' });
    expect(kept.reader.size('c1').items).toBe(3);
    await keep('r2', inside('c1'));
    expect(await kept.change('ada', { kind: 'delete-conversation', conversation: 'c1' })).toBe(true);
    expect(kept.reader.response('ada', 'r2')).toBeUndefined();
    expect(kept.reader.size('c1').items).toBe(0);
    expect(await keep('r3', inside('c1'))).toBe(false);
  });

  test('a turn that is taken back leaves nothing', async () => {
    await create('c1');
    await keep('r1', inside('c1'));
    expect(await kept.change('ada', { kind: 'forget-turn', response: 'r1' })).toBe(true);
    expect(kept.reader.size('c1').items).toBe(1);
    expect(kept.reader.response('ada', 'r1')).toBeUndefined();
  });

  test('of another caller is not there, whatever is asked of it', async () => {
    await create('c1');
    await keep('r1', inside('c1'));
    const orders = [
      { kind: 'describe', conversation: 'c1', metadata: '{}' },
      { kind: 'add-items', conversation: 'c1', at: 1, items: [item('x')] },
      { kind: 'delete-item', conversation: 'c1', item: 'zero' },
      { kind: 'delete-response', response: 'r1' },
      { kind: 'delete-conversation', conversation: 'c1' },
      { kind: 'keep-turn', turn: turn('r2', inside('c1')) },
    ] as const;
    for (const order of orders)
      expect({ order: order.kind, done: await kept.change('ben', order) }).toEqual({ order: order.kind, done: false });
    expect(kept.reader.conversation('ben', 'c1')).toBeUndefined();
    expect(kept.reader.conversationItem('ben', 'c1', 'zero')).toBeUndefined();
    expect(kept.reader.item('ben', 'zero')).toBe('absent');
    expect(idsAfter('r1', 'ben')).toBe('absent');
    expect(kept.reader.size('c1').items).toBe(3);
  });
});

describe('an item by its id', () => {
  test('is what a model made before what a caller sent, and ambiguous where models differ', async () => {
    await keep('r1', FIRST, { input: [item('a', { content: 'sent' })], output: [item('a', { content: 'made' })] });
    expect(kept.reader.item('ada', 'a')).toMatchObject({ content: 'made' });
    await keep('r2', FIRST, { output: [item('a', { content: 'made' })] });
    expect(kept.reader.item('ada', 'a')).toMatchObject({ content: 'made' });
    await keep('r3', FIRST, { output: [item('a', { content: 'made by another' })] });
    expect(kept.reader.item('ada', 'a')).toBe('ambiguous');
    expect(kept.reader.item('ada', 'b')).toBe('absent');
  });

  test('a reference is read as what it refers to; once that is deleted nothing can be made of it', async () => {
    await keep('r1', FIRST);
    const reference = { id: 'out-r1', json: '{"type":"item_reference","id":"out-r1"}' };
    await keep('r2', FIRST, { input: [reference], references: ['out-r1'] });
    expect(kept.reader.context('ada', { response: 'r2' }, WIDE)).toMatchObject({
      items: [{ id: 'out-r1', content: 'text of out-r1' }, { id: 'out-r2' }],
    });
    await kept.change('ada', { kind: 'delete-response', response: 'r1' });
    expect(kept.reader.context('ada', { response: 'r2' }, WIDE)).toEqual({ kind: 'incomplete', missing: 'out-r1' });
  });
});

describe('age', () => {
  test('counts from when it was last gone on with, or referred to', async () => {
    await keep('old', FIRST, { at: 1_000 });
    await keep('chain', FIRST, { at: 1_000 });
    await keep('chain-2', behind('chain'), { at: 5_000 });
    await keep('quoted', FIRST, { at: 1_000 });
    await keep('quoting', FIRST, { at: 5_000, references: ['out-quoted'] });
    expect(await opened.ledger.sweepConversations(4_000)).toBe(1);
    expect(idsAfter('old')).toBe('absent');
    expect(idsAfter('chain-2')).toHaveLength(4);
    expect(idsAfter('quoted')).toHaveLength(2);
    expect(await opened.ledger.sweepConversations(6_000)).toBe(3);
  });

  test('more than one step of the sweep', async () => {
    await Promise.all(Array.from({ length: 1_100 }, (_, at) => keep(`r${at}`, FIRST)));
    expect(await opened.ledger.sweepConversations(2_000)).toBe(1_100);
    expect(kept.reader.item('ada', 'out-r7')).toBe('absent');
  });
});

test('what was deleted is not in the file any more', async () => {
  await keep('r1', FIRST, { output: [item('o', { content: 'xylophone '.repeat(2_000) })] });
  await keep('r2', FIRST, { output: [item('p', { content: 'a zither' })] });
  await kept.change('ada', { kind: 'delete-response', response: 'r1' });
  await opened.ledger.close();
  const bytes = readFileSync(`${folder.path}/ledger.db`).toString('latin1');
  expect({ deleted: bytes.includes('xylophone'), kept: bytes.includes('a zither') }).toEqual({
    deleted: false,
    kept: true,
  });
  await open();
  expect(idsAfter('r2')).toEqual(['in-r2', 'p']);
});

test('more text on its way than memory is meant for is refused, and the rest is written', async () => {
  const large = item('large', { content: 'x'.repeat(30 * 1024 * 1024) });
  const written = await Promise.allSettled(['r1', 'r2', 'r3'].map((id) => keep(id, FIRST, { output: [large] })));
  expect(written.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(written[2]).toMatchObject({ reason: { code: 'queue-full' } });
  expect(await keep('r4', FIRST)).toBe(true);
});

test('a closed file answers with an error of its own', async () => {
  await opened.ledger.close();
  await expect(keep('r1', FIRST)).rejects.toMatchObject({ code: 'closed' });
  expect(() => kept.reader.response('ada', 'r1')).toThrow(/closed/);
});
