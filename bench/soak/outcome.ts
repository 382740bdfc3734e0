import type { Call, Dialect } from './calls.ts';
import { MISTAKES } from './calls.ts';

/**
 * What became of a call as its caller saw it, each with its number in the callers' book. `whole`: an answer with its proper
 * end. `refused`: an error before the first byte of an answer. `broken`: an error in the stream, and no proper end. `left`:
 * the caller did not wait. `shed`: told to come again, because the gateway had too much to do. `mistaken`: refused at the edge, as it should be. `odd`: anything else, and none is expected.
 */
export const OUTCOMES = ['unsent', 'open', 'whole', 'refused', 'broken', 'left', 'shed', 'mistaken', 'odd'] as const;
export type Outcome = (typeof OUTCOMES)[number];

export interface Seen {
  /** Absent where the connection went before the headers. */
  readonly status?: number;
  readonly text: string;
  /** The body ended as its framing said. */
  readonly ended: boolean;
  /** The error of the socket, where there was one. */
  readonly error?: string;
}

/** Refusals that a request may meet while every provider is ill; anything else of ours would be a fault of the gateway. */
const HONEST = new Set([
  'all_targets_failed',
  'no_eligible_target',
  'rate_limited',
  'deadline_exceeded',
  'upstream_refused',
  'contract_broken',
  'stream_interrupted',
]);

const TERMINATORS: Readonly<Record<Dialect, string>> = {
  'openai-chat': 'data: [DONE]',
  'anthropic-messages': 'event: message_stop',
  'gemini-generate': '"finishReason"',
};

/** The outcome of a call whose caller stayed to the end; with it, in words, what was odd. */
export function outcomeOf(call: Call, seen: Seen): { readonly outcome: Outcome; readonly odd?: string } {
  const { status, text, ended } = seen;
  const odd = (what: string) => ({ outcome: 'odd' as const, odd: `${call.dialect} ${call.manner.is}: ${what}` });
  if (status === 503 && ended && codeIn(text) === 'overloaded') return { outcome: 'shed' };
  if (status === undefined) return odd(`no answer: ${seen.error ?? 'the connection ended'}`);
  if (call.manner.is === 'mistaken') {
    const wanted = MISTAKES[call.manner.how];
    return status === wanted ? { outcome: 'mistaken' } : odd(`${call.manner.how} was answered with ${status}`);
  }
  if (status !== 200) {
    const code = codeIn(text);
    if (!ended) return odd(`a refusal with status ${status} was cut`);
    return HONEST.has(code) && status !== 500 ? { outcome: 'refused' } : odd(`status ${status}, code ${code}`);
  }
  if (!call.stream) {
    return ended && isJson(text) ? { outcome: 'whole' } : odd('a whole answer was cut');
  }
  const whole = text.includes(TERMINATORS[call.dialect]);
  const code = codeIn(text);
  if (whole && ended && code === '') return { outcome: 'whole' };
  if (code !== '' && call.dialect !== 'gemini-generate' && whole) return odd(`an error and a clean end: ${code}`);
  if (code !== '') return HONEST.has(code) ? { outcome: 'broken' } : odd(`a stream ended with ${code}`);
  return odd(`a stream ${ended ? 'ended' : 'was cut'} without a word: ${JSON.stringify(text.slice(-200))}`);
}

/** The gateway's own code in an error, whole or in a stream; empty where there is none. */
function codeIn(text: string): string {
  if (!text.includes('"error"')) return '';
  return /"code"\s*:\s*"([a-z_]+)"/.exec(text.slice(text.indexOf('"error"')))?.[1] ?? 'without-code';
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
