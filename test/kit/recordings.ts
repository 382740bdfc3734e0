import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { DialectName } from '../../src/model/dialect-name.ts';
import type { JsonObject } from '../../src/model/json.ts';

/** One recorded exchange with a real provider. */
export interface Recording {
  readonly id: string;
  readonly provider: string;
  readonly stream: boolean;
  readonly features: readonly string[];
  readonly quirks: readonly string[];
  readonly request: { readonly headers: Readonly<Record<string, string>>; readonly body: JsonObject } | null;
  readonly response: RecordedResponse;
}

export interface RecordedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** The event stream as text. */
  readonly sse?: string;
  readonly text?: string;
  /** Sizes of the network reads that the stream arrived in, where they are known. */
  readonly chunk_bytes?: readonly number[];
}

const folder = resolve(process.env.UNDERSTUDY_WIRE_DIR ?? join(import.meta.dirname, '../../../shared/wire'));

/** False where there is no recorded traffic; the reason has been printed then. */
export const recordingsPresent = existsSync(folder);
if (!recordingsPresent) console.log(`skipped: no recorded traffic at ${folder}; UNDERSTUDY_WIRE_DIR names another`);

/** All recorded exchanges of a dialect. */
export function recordings(dialect: DialectName): Recording[] {
  const lines = readFileSync(join(folder, `${dialect}.jsonl`), 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): Recording => JSON.parse(line));
}
