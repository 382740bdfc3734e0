import type { Matrix } from './columns.ts';
import type { EvalHouse } from './house.ts';
import type { EvalSuite } from './suite.ts';
import { SuiteError } from './suite-error.ts';

/** A limit that nobody can hold is none: what costs nobody knows how much is not begun. */
export function requirePrices(suite: EvalSuite, { columns }: Matrix, { engine, rawRoute }: EvalHouse): void {
  const judge = suite.judge && rawRoute(suite.judge.target)?.targets[0];
  const asked = [...columns.flatMap(({ route }) => route.targets), ...(judge ? [judge] : [])];
  const unpriced = asked.filter(
    ({ target }) => engine.price(target, { inputTokens: 1, outputTokens: 1 }) === undefined,
  );
  if (unpriced.length === 0) return;
  const names = unpriced.map(({ target }) => target.id).join(', ');
  throw new SuiteError(
    `${suite.file}: the price of ${names} is not known, and no limit in dollars can be held: state a price under providers, or leave the limit out`,
  );
}
