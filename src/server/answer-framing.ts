import type { SseFrame } from '../model/wire-frame.ts';
import { framesToText } from './sse-text.ts';

/** How the pieces of a streamed answer stand in the body of one HTTP answer. */
export interface AnswerFraming {
  readonly contentType: string;
  /** The text of some pieces, in the order in which they are written. */
  pieces(frames: readonly SseFrame[]): string;
  /** What stands behind the last piece of a whole answer; one that was cut off goes without it. */
  end(): string;
}

/** Server-sent events. */
export const eventStream: AnswerFraming = {
  contentType: 'text/event-stream; charset=utf-8',
  pieces: framesToText,
  end: () => '',
};

/** One JSON array, an element a piece: what Google's APIs give without `alt=sse`. It ends only with a whole answer. */
export function jsonArray(): AnswerFraming {
  let begun = false;
  return {
    contentType: 'application/json; charset=utf-8',
    pieces(frames) {
      let text = '';
      for (const { data } of frames) {
        text += (begun ? ',\r\n' : '[') + data;
        begun = true;
      }
      return text;
    },
    end: () => (begun ? '\n]' : '[]'),
  };
}
