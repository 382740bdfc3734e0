import type { CheckVerdict } from '../../engine/answer-checks.ts';

/**
 * What a check said: `true` or `{ ok: true }` where the answer is good; `false`, a text that says why, or
 * `{ ok: false, why }` where it is not. Anything else is no verdict.
 */
export function readVerdict(said: unknown): CheckVerdict {
  if (said === true) return { kind: 'kept' };
  if (said === false) return { kind: 'broken', why: 'it did not say why' };
  if (typeof said === 'string' && said !== '') return { kind: 'broken', why: said };
  if (typeof said === 'object' && said !== null && 'ok' in said) {
    if (said.ok === true) return { kind: 'kept' };
    const why = 'why' in said && typeof said.why === 'string' ? said.why : 'it did not say why';
    if (said.ok === false) return { kind: 'broken', why };
  }
  return { kind: 'failed', why: 'it said neither that the answer is good nor that it is not' };
}
