import type { IncomingHttpHeaders } from 'node:http';
import { HttpFailure } from './http-failure.ts';

/** Versions of the Messages API that callers may speak; their answers are alike. */
export const ANTHROPIC_VERSIONS = ['2023-01-01', '2023-06-01', '2026-10-21'] as const;
const NEWEST = ANTHROPIC_VERSIONS[ANTHROPIC_VERSIONS.length - 1] ?? '';

/**
 * Refuses an `anthropic-version` that never was. A newer one than is known is served as the newest: an upgrade of the
 * vendor's SDK must not stop an application. Without the header a request means the same in each of them. What a version
 * refuses is refused by targets of that version alone, and kept from them (see `encodeRequest` of the dialect).
 *
 * @see https://platform.claude.com/docs/en/api/versioning
 */
export function guardVersion(headers: IncomingHttpHeaders): void {
  const given = headers['anthropic-version'];
  if (given === undefined) return;
  const version = String(given);
  if ((ANTHROPIC_VERSIONS as readonly string[]).includes(version)) return;
  if (/^\d{4}-\d{2}-\d{2}$/.test(version) && version > NEWEST) return;
  throw new HttpFailure(
    400,
    'invalid_request',
    `anthropic-version: ${JSON.stringify(version.slice(0, 40))} is no version of this API; known are ${ANTHROPIC_VERSIONS.join(', ')}`,
    { field: 'anthropic-version' },
  );
}
