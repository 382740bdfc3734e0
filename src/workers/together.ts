import type { SharedEvent, Sharing } from '../engine/sharing.ts';
import type { AskReload } from '../server/reload-outcome.ts';
import type { ServingState } from '../server/serving-state.ts';

export interface MetricsText {
  readonly contentType: string;
  readonly text: string;
}

/** What a serving process is asked by the others. */
export interface Member {
  takeIn(event: SharedEvent): void;
  /** All that stands, for a process that begins. */
  standing(): readonly SharedEvent[];
  state(): ServingState;
  /** Undefined where metrics are off. */
  metrics(): Promise<MetricsText> | undefined;
  /** There may be a deferred job to be done. */
  wakeJobs(): void;
}

/** The other processes that serve, as one of them sees them. */
export interface Together {
  readonly sharing: Sharing;
  /** Of all of them the one that does what must be done once. */
  readonly isLead: boolean;
  /** Runs `task` when this becomes the lead; at once where it is. */
  whenLead(task: () => void): void;
  /** Gives the function that lets go of a conversation; undefined where another process is at it. */
  lock(conversation: string): Promise<(() => void) | undefined>;
  /** Of every other process that answers in time. */
  statesElsewhere(): Promise<readonly ServingState[]>;
  /** Summed over all processes. */
  metrics(): Promise<MetricsText>;
  /** Has all of them take the configuration as it is by now. */
  reload: AskReload;
  /** Tells whoever is the lead. */
  wakeJobs(): void;
  /** From now on it is asked and told; what was told before is told first. */
  join(member: Member): void;
}
