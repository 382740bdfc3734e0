/** A message to a helper process and its answer. */
export interface Asked<O> {
  readonly id: number;
  readonly order: O;
}

export type Told<R> = { readonly id: number; readonly result: R } | { readonly id: number; readonly error: string };

/** Answers the orders of the process that started this one, and ends with it. */
export function serveParent<O, R>(carryOut: (order: O) => Promise<R>): void {
  process.on('message', ({ id, order }: Asked<O>) => {
    const tell = (told: Told<R>) => process.send?.(told);
    carryOut(order).then(
      (result) => tell({ id, result }),
      (error: unknown) => tell({ id, error: String(error) }),
    );
  });
  process.on('disconnect', () => process.exit(0));
}
