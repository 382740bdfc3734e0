import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/model/json.ts';
import { isRefused } from '../../src/simulator/dialect-kit.ts';
import { kitOf } from '../../src/simulator/exchange.ts';
import { SIMULATED_DIALECTS } from '../../src/simulator/index.ts';

const folder = resolve(process.env.UNDERSTUDY_WIRE_DIR ?? join(import.meta.dirname, '../../../shared/wire'));
const present = existsSync(folder);
if (!present) console.log(`skipped: no recorded traffic at ${folder}`);

interface Recorded {
  readonly id: string;
  readonly provider: string;
  readonly request: {
    readonly path: string;
    readonly headers: Record<string, string>;
    readonly body: JsonObject;
  } | null;
  readonly response: { readonly status: number };
}

const VENDORS = {
  'openai-chat': 'openai',
  'openai-responses': 'openai',
  'anthropic-messages': 'anthropic',
  'gemini-generate': 'google',
} as const;

/** What the simulator refuses although the vendor took it; docs/simulator.md names these limits. */
const KNOWN = [
  /^Unknown parameter: 'function/,
  /tools of type 'function'/,
  // Signatures of the vendor's own; the simulator only knows those that it made.
  /Invalid `signature` in `thinking` block/,
  /Unexpected role "system"/,
  // The recordings lack some of the beta headers.
  // Nothing is kept: no prompts, no conversations, no items; and only its own reasoning is known.
  /^Missing required parameter: 'input'/,
  /^Item with id|^Conversation not found|^Previous response with id/,
  /encrypted content for item .* could not be verified/,
  /plays messages, reasoning and calls of functions/,
  /^Unknown parameter: 'moderation'/,
  /^(context_management|output_format|container|mcp_servers): Extra inputs/,
];

describe.skipIf(!present)('requests that the vendors answered', () => {
  test.each(SIMULATED_DIALECTS)('are accepted in %s', (dialect) => {
    const lines = readFileSync(join(folder, `${dialect}.jsonl`), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
    let accepted = 0;
    const surprises: string[] = [];
    for (const line of lines) {
      const { id, provider, request, response }: Recorded = JSON.parse(line);
      if (
        provider !== VENDORS[dialect] ||
        response.status !== 200 ||
        typeof request?.body !== 'object' ||
        !request.body
      )
        continue;
      try {
        kitOf(dialect).read({
          model: 'steady-1',
          personality: 'steady',
          streamPath: false,
          asEvents: true,
          headers: { 'anthropic-version': '2023-06-01', ...request.headers },
          body: request.body,
          bodyBytes: 1,
        });
        accepted++;
      } catch (error) {
        if (!isRefused(error)) throw error;
        if (!KNOWN.some((limit) => limit.test(error.message))) surprises.push(`${id}: ${error.message}`);
      }
    }
    console.log(`${dialect}: ${accepted} recorded requests accepted`);
    expect(surprises).toEqual([]);
    expect(accepted).toBeGreaterThan(30);
  });
});
