/** One verb, one module with a `main`; loaded when asked for, so that no measurement carries another's code. */
const VERBS: Readonly<
  Record<string, () => Promise<{ main(args: readonly string[]): void | Promise<void> }>>
> = {
  explore: () => import('./explore.js'),
  peers: () => import('./peers.js'),
  random: () => import('./random.js'),
};

const [verb, ...args] = process.argv.slice(2);
if (verb === undefined || !Object.hasOwn(VERBS, verb)) {
  const known = Object.keys(VERBS).join(', ');
  console.error(
    verb === undefined
      ? `bench: name what to measure: ${known}`
      : `bench: no verb ${verb}; there are: ${known}`,
  );
  process.exitCode = 2;
} else {
  const { main } = await VERBS[verb]();
  await main(args);
}
