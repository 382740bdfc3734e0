import { describe, expect, test } from 'vitest';
import { findMissingLibraries, LIBRARY_IMPORTS, librariesOf, loadLibraries } from './cloud-libraries.ts';
import type { UpstreamProvider } from './provider.ts';
import { Secret } from './secret.ts';
import { createUpstream } from './upstream.ts';

const provider = (changes: Partial<UpstreamProvider>): UpstreamProvider => ({
  name: 'cloudy',
  baseUrl: 'https://x.test',
  authorisation: { kind: 'none' },
  envelope: { kind: 'plain' },
  headers: {},
  connections: 1,
  ...changes,
});
const sigv4 = { kind: 'sigv4', region: 'eu-central-1', service: 'bedrock', identity: { kind: 'default' } } as const;
const key = { kind: 'key', scheme: 'bearer', key: new Secret('k') } as const;

/** Imports that count, and that lack what is named. */
function imports(...absent: string[]) {
  const asked: string[] = [];
  const entries = Object.entries(LIBRARY_IMPORTS).map(([name, load]) => {
    const lacking = () => Promise.reject(Object.assign(new Error('no'), { code: 'ERR_MODULE_NOT_FOUND' }));
    return [
      name,
      () => {
        asked.push(name);
        return absent.includes(name) ? lacking() : load();
      },
    ];
  });
  return { asked, table: Object.fromEntries(entries) as typeof LIBRARY_IMPORTS };
}

describe('the vendors’ libraries', () => {
  test('are not touched where nothing needs them', async () => {
    const { asked, table } = imports();
    await loadLibraries(
      [provider({}), provider({ authorisation: key }), provider({ envelope: { kind: 'azure', deployments: {} } })],
      table,
    );
    expect(asked).toEqual([]);
  });

  test.each<[Partial<UpstreamProvider>, string[]]>([
    [{ authorisation: { kind: 'entra', scope: 's', identity: { kind: 'default' } } }, ['@azure/identity']],
    [{ authorisation: { kind: 'google' } }, ['google-auth-library']],
    [{ envelope: { kind: 'bedrock' }, authorisation: key }, ['@smithy/eventstream-codec']],
    [
      { envelope: { kind: 'bedrock' }, authorisation: sigv4 },
      [
        '@smithy/eventstream-codec',
        '@smithy/signature-v4',
        '@aws-crypto/sha256-js',
        '@aws-sdk/credential-provider-node',
      ],
    ],
  ])('%j needs %j', (changes, names) => expect(librariesOf(provider(changes))).toEqual(names));

  test('that are missing are named together, with the line that installs them', async () => {
    const { table } = imports('@smithy/signature-v4', '@aws-crypto/sha256-js');
    const loading = loadLibraries([provider({ envelope: { kind: 'bedrock' }, authorisation: sigv4 })], table);
    await expect(loading).rejects.toThrow(
      'provider cloudy needs @smithy/signature-v4, @aws-crypto/sha256-js; ' +
        'install with: npm install @smithy/signature-v4 @aws-crypto/sha256-js',
    );
  });

  test('that are missing are found for each provider, before anything starts', async () => {
    const { table } = imports('google-auth-library');
    const two = [provider({ name: 'fine' }), provider({ authorisation: { kind: 'google' } })];
    expect([...(await findMissingLibraries(two, table))]).toEqual([
      ['cloudy', 'provider cloudy needs google-auth-library; install with: npm install google-auth-library'],
    ]);
  });

  test('that are broken say so themselves', async () => {
    const table = { ...LIBRARY_IMPORTS, 'google-auth-library': () => Promise.reject(new Error('broken build')) };
    await expect(loadLibraries([provider({ authorisation: { kind: 'google' } })], table)).rejects.toThrow(
      'broken build',
    );
  });

  test('that nobody loaded are missed by the first request, not silently done without', async () => {
    const upstream = createUpstream({
      providers: new Map([['cloudy', provider({ envelope: { kind: 'bedrock' }, authorisation: key })]]),
      resolveSecret: async () => new Secret('k'),
    });
    const { request } = await import('./test-kit.ts');
    const plain = request({ stream: true });
    const target = { ...plain.target, provider: 'cloudy', dialect: 'bedrock-converse' } as const;
    await expect(upstream.send({ ...plain, target })).rejects.toThrow('npm install @smithy/eventstream-codec');
    await upstream.close();
  });
});
