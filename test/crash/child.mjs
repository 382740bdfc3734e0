// A gateway in a process of its own, to be killed. Loads everything, then waits for its orders, so that the next one
// is ready when the last one dies. Plain JavaScript over compiled sources: it is started dozens of times.
const [, , sources] = process.argv;
const { startGateway } = await import(`${sources}/compose.js`);
const { checkConfig } = await import(`${sources}/config/parse.js`);
const { resolveConfig } = await import(`${sources}/config/resolve.js`);

const nothing = () => {};
const OBSERVED = [
  'requestBegun',
  'attemptBegun',
  'attemptEnded',
  'requestEnded',
  'breakerMoved',
  'tokensCounted',
  'alert',
];

/** Dies the moment the engine tells of an event of this name, `after` others of it. */
function dyingAt({ event, after }) {
  let left = after;
  const die = () => {
    left -= 1;
    if (left < 0) process.kill(process.pid, 'SIGKILL');
  };
  return Object.fromEntries(OBSERVED.map((name) => [name, name === event ? die : nothing]));
}

process.once('message', ({ config, dieAt }) => {
  const options = dieAt ? { observer: dyingAt(dieAt) } : {};
  startGateway(resolveConfig(checkConfig(config, 'crash test')), options).then(
    ({ url }) => process.send?.({ url }),
    (error) => {
      process.send?.({ error: String(error) });
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ loaded: true });
