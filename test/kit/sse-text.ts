import { createParser } from 'eventsource-parser';

export interface ReadFrame {
  readonly event?: string;
  readonly data: string;
}

/** The events of a whole event stream, as any client would read them. */
export function framesOf(text: string): ReadFrame[] {
  const frames: ReadFrame[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => void frames.push({ ...(event !== undefined && { event }), data }),
  });
  // A stream may end without the blank line that completes its last event.
  parser.feed(`${text}\n\n`);
  return frames;
}
