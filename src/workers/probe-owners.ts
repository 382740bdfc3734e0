import type { SharedEvent } from '../engine/sharing.ts';

/** Who of the others is at a lane's probe: one that dies reports to nobody, and its place must not stay taken. */
export class ProbeOwners {
  readonly #owners = new Map<string, { readonly by: number; readonly target: string }>();

  note(from: number, event: SharedEvent): void {
    if (event.about !== 'lane') return;
    for (const { kind } of event.changes) {
      if (kind === 'probing') this.#owners.set(event.lane, { by: from, target: event.target });
      else if (kind === 'moved' || kind === 'probe-freed' || kind === 'ordered') this.#owners.delete(event.lane);
    }
  }

  /** What its death does to the lanes that it was probing. */
  freedBy(index: number): SharedEvent[] {
    const freed: SharedEvent[] = [];
    for (const [lane, { by, target }] of this.#owners) {
      if (by !== index) continue;
      this.#owners.delete(lane);
      freed.push({ about: 'lane', lane, target, changes: [{ kind: 'probe-freed' }] });
    }
    return freed;
  }
}
