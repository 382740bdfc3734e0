import type { SseFrame } from '../../src/model/wire-frame.ts';

/** How the same events may stand on the wire. All of it is legal (HTML standard §9.2.6). */
export interface WireStyle {
  readonly lineEnd: '\n' | '\r\n' | '\r';
  readonly byteOrderMark: boolean;
  /** Lines that begin with a colon, before every event. */
  readonly comments: boolean;
  /** JSON with line breaks between its tokens: each line a `data:` of its own. */
  readonly manyLines: boolean;
  readonly spaceAfterColon: boolean;
}

export const PLAIN: WireStyle = {
  lineEnd: '\n',
  byteOrderMark: false,
  comments: false,
  manyLines: false,
  spaceAfterColon: true,
};

/** The events as bytes of an event stream. */
export function bytesOf(frames: readonly SseFrame[], style: WireStyle = PLAIN): Buffer {
  const { lineEnd, comments } = style;
  const colon = style.spaceAfterColon ? ': ' : ':';
  let text = style.byteOrderMark ? '\ufeff' : '';
  for (const { event, data } of frames) {
    if (comments) text += `: still here${lineEnd}${lineEnd}:${lineEnd}`;
    if (event !== undefined) text += `event${colon}${event}${lineEnd}`;
    for (const line of linesOf(data, style.manyLines)) text += `data${colon}${line}${lineEnd}`;
    text += lineEnd;
  }
  return Buffer.from(text);
}

function linesOf(data: string, manyLines: boolean): string[] {
  if (!manyLines || !data.startsWith('{')) return [data];
  return JSON.stringify(JSON.parse(data), null, 1).split('\n');
}

/** Cuts bytes at the given places, each a share of the whole between 0 and 1. */
export function sliced(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [0, ...places.map((place) => Math.floor(place * bytes.length)).sort((a, b) => a - b), bytes.length];
  return ends.slice(1).map((end, at) => bytes.subarray(ends[at], end));
}
