import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { casesFromJsonl, casesFromKept, suiteText } from '../../src/rehearsal/evals/import-cases.ts';
import { readSuite } from '../../src/rehearsal/evals/read-suite.ts';
import { emptyFolder, understudy } from '../cli/understudy.ts';
import { startHouse } from '../kit/gateway-kit.ts';

test('lines of JSON become cases, and what cannot says why', () => {
  const lines = [
    { id: 'short', message: 'Capital of France?', expected: 'Paris' },
    {
      message: 'Explain refunds.',
      expected:
        'A refund is paid back to the card that was used, within thirty days of the day on which we have the parcel.',
    },
    { variables: { city: 'Rome' }, expected: { country: 'Italy' } },
    {
      messages: [
        { role: 'developer', content: 'Be kind.' },
        { role: 'user', content: 'Hello' },
      ],
    },
    { messages: [{ role: 'user', content: [{ type: 'image_url' }] }] },
    { note: 'nothing to send' },
  ].map((line) => JSON.stringify(line));
  const { cases, skipped } = casesFromJsonl(`${lines.join('\n')}\n\nno json\n`);
  expect(cases.map(({ id, assertions }) => [id, assertions])).toEqual([
    ['short', [{ normalised: 'Paris' }]],
    ['case-2', [{ similarity: { to: expect.stringContaining('thirty days'), threshold: 0.5 } }]],
    ['case-3', [{ 'json-fields': { expected: { country: 'Italy' } } }]],
    ['case-4', [{ 'no-refusal': true }]],
  ]);
  expect(skipped).toEqual([
    { place: 'line 5', why: 'one of its messages is more than text' },
    { place: 'line 6', why: 'it has neither message, messages nor variables' },
    { place: 'line 8', why: 'it is no JSON' },
  ]);
  const suite = readSuite(suiteText('kit', { prompt: 'p' }, cases), 'kit.yaml');
  expect(suite.cases).toHaveLength(4);
  expect(suite.cases[3]?.turns[0]?.messages[0]).toEqual({ role: 'system', content: 'Be kind.' });
});

test('a kept answer with a tool call in it is left out', () => {
  const item = { type: 'function_call', name: 'f', arguments: '{}', call_id: 'c' };
  expect(casesFromKept([{ id: 'resp_1', body: {}, input: [item], output: [] }])).toEqual({
    cases: [],
    skipped: [{ place: 'resp_1', why: 'it holds more than text' }],
  });
});

test('responses that a caller marked become a suite, and others stay where they are', { timeout: 60_000 }, async () => {
  const house = await startHouse();
  const folder = await emptyFolder();
  try {
    const client = new OpenAI({ baseURL: `${house.gateway.url}/v1`, apiKey: 'any' });
    const asked = { model: 'reply', instructions: 'Be brief.', store: true };
    const first = await client.responses.create({
      ...asked,
      input: 'One. [[answer: Uno]]',
      metadata: { understudy_eval: 'yes' },
    });
    await client.responses.create({ ...asked, input: 'Secret. [[answer: Segreto]]' });
    await client.responses.create({
      ...asked,
      input: 'Two. [[answer: Due]]',
      previous_response_id: first.id,
      metadata: { understudy_eval: 'yes' },
    });
    const args = ['eval', 'import', 'ledger', '--storage', `sqlite:${house.ledgerFile}`, '--route', 'reply'];
    const { code, stderr } = await understudy([...args, '--out', 'evals/kept.yaml'], { cwd: folder });
    expect(code, stderr).toBe(0);
    const suite = readSuite(await readFile(join(folder, 'evals/kept.yaml'), 'utf8'), 'kept.yaml');
    expect(suite.cases.map(({ turns }) => turns[0]?.messages.map(({ role }) => role).join())).toEqual([
      'system,user,assistant,user',
      'system,user',
    ]);
    expect(JSON.stringify(suite.cases)).not.toContain('Secret');
    expect(suite.cases[1]?.turns[0]?.assertions[0]?.written).toEqual({ normalised: 'Uno' });
    const none = await understudy([...args, '--metadata', 'other=yes'], { cwd: folder });
    expect(none).toMatchObject({ code: 1, stderr: expect.stringContaining('no kept response is marked other=yes') });
  } finally {
    await house.close();
  }
});
