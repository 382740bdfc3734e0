import { describe, expect, test } from 'vitest';
import { parseConfig } from './parse.ts';
import { ConfigError } from './problems.ts';
import { resolveConfig } from './resolve.ts';

const KEY = `ed25519:${'A'.repeat(43)}`;
const ENV = { OPENAI_API_KEY: 'x' };
const text = (route: string, receipts: string) => `providers:
  openai: { apiKey: "env:OPENAI_API_KEY" }
routes:
  reply: { targets: [openai/gpt-5.6]${route} }
${receipts}`;
const resolve = (route: string, receipts = '') =>
  resolveConfig(parseConfig(text(route, receipts), 'test.yaml', {}, ENV), ENV);

function problemsOf(route: string, receipts = ''): string[] {
  try {
    resolve(route, receipts);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, message, fix }) => `${path}: ${message} → ${fix}`);
  }
}

describe('receipts', () => {
  test('count for a month, and only where they are signed, unless told', () => {
    expect(resolve('').receipts).toEqual({
      dir: './receipts',
      publicKeys: [],
      validForMs: 30 * 86_400_000,
      unsigned: 'refuse',
      everyMs: 5_000,
    });
  });

  test('are taken over as written', () => {
    const written = `receipts: { dir: proof, publicKeys: ["${KEY}"], signingKey: "env:K", validFor: 90d, unsigned: accept, every: 1s }`;
    expect(resolve('', written).receipts).toEqual({
      dir: 'proof',
      publicKeys: [KEY],
      signingKey: { kind: 'env', name: 'K' },
      validForMs: 90 * 86_400_000,
      unsigned: 'accept',
      everyMs: 1_000,
    });
  });

  test.each([
    ['publicKeys: ["ed25519:short"]', 'receipts.publicKeys[0]: is no public key'],
    ['signingKey: ed25519-secret:abc', 'receipts.signingKey: holds a literal value'],
    ['validFor: 400d', 'receipts.validFor: 400d is out of range'],
    ['unsigned: yes', 'receipts.unsigned'],
    ['folder: x', 'receipts'],
  ])('%s is refused with its place', (written, problem) => {
    expect(problemsOf('', `receipts: { ${written} }`).join('\n')).toContain(problem);
  });

  test('hold for the parameters that were measured, unless the route says otherwise', () => {
    const parity = (written: string) => resolve(`, parity: ${written}`).routes.get('reply')?.demands.parity;
    expect(parity('{ mode: tolerant, parameters: any }')).toMatchObject({ parameters: 'any' });
    expect(parity('{ mode: strict, parameters: any }')).toMatchObject({ parameters: 'any' });
    expect(parity('{ mode: strict, parameters: same }')).not.toHaveProperty('parameters');
    expect(problemsOf(', parity: { mode: none, parameters: any }')).toEqual([
      expect.stringContaining('parity.parameters: has no effect where mode is none'),
    ]);
  });
});
