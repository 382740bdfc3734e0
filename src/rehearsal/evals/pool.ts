/** Runs tasks in order, at most `width` at once. Ends early where `stopped` says so; what runs is waited for. Rejects with the first error, after what runs has ended. */
export async function pool<T>(
  tasks: Iterable<T>,
  width: number,
  work: (task: T) => Promise<void>,
  stopped: () => boolean,
): Promise<void> {
  const queue = tasks[Symbol.iterator]();
  const errors: unknown[] = [];
  const worker = async () => {
    while (!stopped() && errors.length === 0) {
      const next = queue.next();
      if (next.done) return;
      try {
        await work(next.value);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
  if (errors.length > 0) throw errors[0];
}
