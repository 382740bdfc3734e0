/*
 * Loaded into the gateway before its own code, with --expose-gc: what a heap holds besides garbage can only be measured once
 * that is collected, and an idle process collects nothing.
 */
process.on('message', (order) => {
  if (order !== 'collect') return;
  for (let time = 0; time < 2; time += 1) globalThis.gc();
  process.send?.('collected');
});
// It must not keep the gateway from ending.
process.channel?.unref();
