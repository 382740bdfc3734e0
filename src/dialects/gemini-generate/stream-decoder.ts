import type { ChatEvent } from '../../model/chat-event.ts';
import type { ReadingContext, StreamDecoder } from '../../model/dialect.ts';
import type { SseFrame } from '../../model/wire-frame.ts';
import { malformed, parseJson } from '../common/frame-json.ts';
import { AnswerReader } from './answer-reader.ts';

/**
 * Reads `streamGenerateContent?alt=sse`: nameless events, each a whole response with a piece of the answer, and no
 * terminator. The finish comes from `end()`, because more than one response may carry a finish reason.
 */
export function streamDecoder(reading: ReadingContext): StreamDecoder {
  const reader = new AnswerReader(reading);
  let ended = false;

  function push(frame: SseFrame): ChatEvent[] {
    if (ended) return [];
    // The API sends none; gateways in front of it do.
    if (frame.data.trim() === '' || frame.data.trim() === '[DONE]') return [{ type: 'note', frame }];
    const parsed = parseJson(frame.data);
    if (!parsed.ok) {
      ended = true;
      return [{ ...malformed('an event of the stream is not JSON'), frame }];
    }
    const [only, ...more] = Array.isArray(parsed.value) ? parsed.value : [parsed.value];
    const events = reader.read(only !== undefined && more.length === 0 ? only : parsed.value, frame);
    ended = events.some(({ type }) => type === 'fault');
    return events;
  }

  return { push, end: () => (ended ? [] : reader.end('cut')) };
}
