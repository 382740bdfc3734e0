/** Of a stream whose pieces say when they were sent. */
export const STAMPED = { pieces: 100, everyMs: 20 } as const;
