import type { SseFrame } from '../model/wire-frame.ts';

/** The bytes of some frames, as one text: one write a turn, however many events a provider's packet held. */
export function framesToText(frames: readonly SseFrame[]): string {
  let text = '';
  for (const frame of frames) {
    if (frame.event !== undefined) text += `event: ${frame.event}\n`;
    // A line break inside the data would end the field; the format's own way is a `data:` line a line.
    text += frame.data.includes('\n')
      ? `data: ${frame.data.split('\n').join('\ndata: ')}\n\n`
      : `data: ${frame.data}\n\n`;
  }
  return text;
}
