import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sourceOf } from '../../src/cli/reread.ts';
import { type RunningGateway, startGateway } from '../../src/compose.ts';
import { type Simulator, startSimulator } from '../../src/simulator/index.ts';
import { type FileSnapshot, readConfig } from '../../src/workers/file-snapshot.ts';
import { prepareConfig } from '../../src/workers/prepare-config.ts';
import { type RawAnswer, send } from '../simulator/raw-client.ts';

export const ADMIN_KEY = 'key-of-admin-0123456789';

/** A gateway over two simulated providers that was started from a file, as `understudy serve` starts it. */
export interface FileHouse {
  readonly gateway: RunningGateway;
  readonly simulator: Simulator;
  readonly folder: string;
  readonly file: string;
  readonly logs: string[];
  files(): FileSnapshot;
  /** Puts a text in the place of the file's, in one step. */
  write(text: string): Promise<void>;
  admin(method: string, path: string, body?: object): Promise<RawAnswer>;
  ask(over?: { readonly stream?: boolean }): Promise<RawAnswer>;
  close(): Promise<void>;
}

export interface FileConfig {
  readonly targets?: string;
  readonly port?: number;
  /** Added to the providers. */
  readonly provider?: string;
  /** Added to the route. */
  readonly route?: string;
  readonly more?: string;
}

/** `text` gives the file with what a test wants otherwise. Close it when done. */
export async function startFileHouse(): Promise<FileHouse & { text(over?: FileConfig): string }> {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-reload-'));
  const simulator = await startSimulator();
  const text = ({ targets = 'alpha/steady-1, beta/steady-1', port = 0, provider, route, more }: FileConfig = {}) =>
    [
      `server: { port: ${port}, adminKey: "file:${folder}/admin.key" }`,
      'providers:',
      `  alpha: { dialect: openai-chat, baseUrl: "${simulator.baseUrl('openai-chat', 'alpha')}", apiKey: "file:${folder}/admin.key" }`,
      `  beta: { dialect: anthropic-messages, baseUrl: "${simulator.baseUrl('anthropic-messages', 'beta')}" }`,
      ...(provider === undefined ? [] : [`  ${provider}`]),
      'routes:',
      `  reply: { targets: [${targets}]${route === undefined ? '' : `, ${route}`} }`,
      `storage: "sqlite:${folder}/ledger.db"`,
      'statusPages: { enabled: false }',
      ...(more === undefined ? [] : [more]),
      '',
    ].join('\n');
  const file = join(folder, 'understudy.yaml');
  const write = async (next: string) => {
    await writeFile(`${file}.new`, next);
    await rename(`${file}.new`, file);
  };
  await writeFile(join(folder, 'admin.key'), ADMIN_KEY);
  await write(text());
  const { loaded, files } = await readConfig(file);
  const source = sourceOf(loaded, files);
  const logs: string[] = [];
  const gateway = await startGateway(prepareConfig(loaded, undefined).config, {
    logDestination: { write: (line) => void logs.push(line) },
    ...(source.reread && { reread: source.reread }),
  });
  return {
    gateway,
    simulator,
    folder,
    file,
    logs,
    files: source.files,
    write,
    text,
    admin: (method, path, body) => {
      const headers = { authorization: `Bearer ${ADMIN_KEY}` };
      return send({ method, url: `${gateway.url}${path}`, headers, ...(body && { body }) });
    },
    ask: ({ stream = false } = {}) =>
      send({
        url: `${gateway.url}/v1/chat/completions`,
        body: { model: 'reply', stream, messages: [{ role: 'user', content: 'Hello' }] },
      }),
    async close() {
      await gateway.stop();
      await simulator.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
