import { isRefused } from '../../../src/simulator/dialect-kit.ts';

/** What the vendor says to a history; undefined where it takes it. */
export type Complaint = string | undefined;

/** Runs checks that throw what the vendor would answer. */
export function complaintOf(check: () => void): Complaint {
  try {
    check();
    return undefined;
  } catch (error) {
    if (isRefused(error)) return error.message;
    throw error;
  }
}

/** Who reads opaque state, and what it makes of the state that it is sent. */
export interface Origin {
  readonly name: string;
  /** The state was made by this origin, for this text. */
  reads(state: string, text: string): boolean;
}
