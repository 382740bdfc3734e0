/** What an outage of a route's primary has cost beyond what the primary would have, in US dollars. */
export class IncidentSpending {
  #outage: number | undefined;
  #spent = 0;

  /** Of this outage; a new one starts at nothing. */
  spent(outage: number): number {
    return this.#outage === outage ? this.#spent : 0;
  }

  /** What came of an outage that is over changes nothing any more. */
  add(outage: number, extraUsd: number): void {
    if (this.#outage === undefined || outage > this.#outage) {
      this.#outage = outage;
      this.#spent = 0;
    }
    if (outage === this.#outage) this.#spent += extraUsd;
  }
}
