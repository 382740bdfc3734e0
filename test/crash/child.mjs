// A gateway in a process of its own, to be killed. Loads everything, then waits for its orders, so that the next one
// is ready when the last one dies. Plain JavaScript over compiled sources: it is started dozens of times.
const [, , sources] = process.argv;
const { startGateway } = await import(`${sources}/compose.js`);
const { checkConfig } = await import(`${sources}/config/parse.js`);
const { resolveConfig } = await import(`${sources}/config/resolve.js`);

process.once('message', (config) => {
  startGateway(resolveConfig(checkConfig(config, 'crash test'))).then(
    ({ url }) => process.send?.({ url }),
    (error) => {
      process.send?.({ error: String(error) });
      process.exit(1);
    },
  );
});
process.on('disconnect', () => process.exit(0));
process.send?.({ loaded: true });
