import type { PatternNode } from './pattern-syntax.ts';

/**
 * In how many ways a matcher that tries one after the other can go through a pattern from one place of a text, at most;
 * infinite where a repetition has no end. Few ways mean that backtracking takes no longer than following all of them.
 */
export function waysThrough(node: PatternNode): number {
  switch (node.kind) {
    case 'character':
      return 1;
    case 'position':
      // V8 finds `\B` between the halves of a surrogate pair, where flag `u` has no position.
      return node.at === 'no-word-edge' ? Number.POSITIVE_INFINITY : 1;
    case 'sequence':
      return node.parts.reduce((ways, part) => ways * waysThrough(part), 1);
    case 'choice':
      return node.options.reduce((ways, option) => ways + waysThrough(option), 0);
    case 'repeat':
      return repeated(waysThrough(node.part), node.least, node.most);
  }
}

function repeated(ways: number, least: number, most: number): number {
  if (most === Number.POSITIVE_INFINITY) return most;
  if (ways === 1) return most - least + 1;
  let sum = 0;
  for (let times = least; times <= most && sum < Number.POSITIVE_INFINITY; times += 1) sum += ways ** times;
  return sum;
}
