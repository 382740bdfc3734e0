import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { recordedFiles, recordingFiles } from './file-snapshot.ts';

const YAML = `
providers:
  alpha: { dialect: openai-chat, baseUrl: "http://127.0.0.1:9" }
routes:
  reply: { targets: [alpha/one], prompt: greet }
`;

it('a configuration with prompts is the same for whoever reads it later, although the files are gone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'understudy-files-'));
  const path = join(folder, 'understudy.yaml');
  await writeFile(path, YAML);
  await mkdir(join(folder, 'prompts'));
  await writeFile(join(folder, 'prompts', 'greet.yaml'), 'role: You greet people.\n');
  const { files, snapshot } = recordingFiles();
  const first = await loadConfig({ path, env: {}, ...files });
  await rm(folder, { recursive: true });
  // As it goes over a channel.
  const kept = JSON.parse(JSON.stringify(snapshot())) as ReturnType<typeof snapshot>;
  const second = await loadConfig({ path, env: {}, ...recordedFiles(kept) });
  expect(first).toMatchObject({ kind: 'file', file: path });
  expect(second.kind === 'file' && second.config).toEqual(first.kind === 'file' && first.config);
  expect(second.kind === 'file' && second.prompts?.present('greet')?.hash).toBe(
    first.kind === 'file' && first.prompts?.present('greet')?.hash,
  );
  await expect(recordedFiles(kept).readFile('/another')).rejects.toThrow('/another was not read');
});
