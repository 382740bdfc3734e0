import type { Fault } from '../../model/fault.ts';

/** Ends the reading of an answer from any depth; caught by the decoders, never seen outside. */
export class FrameFault extends Error {
  readonly fault: Fault;

  constructor(fault: Fault) {
    super(fault.message);
    this.name = 'FrameFault';
    this.fault = fault;
  }
}

export function malformedFrame(message: string): FrameFault {
  return new FrameFault({ kind: 'bad-response', what: 'malformed', message });
}

export function tooLargeAnswer(message: string): FrameFault {
  return new FrameFault({ kind: 'bad-response', what: 'too-large', message });
}
