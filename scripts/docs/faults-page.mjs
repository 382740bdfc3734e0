// docs/faults.md
import { FAILURE_MEANINGS } from './failure-codes.mjs';
import { entryOf, generatedFrom, table } from './text.mjs';

/** What the words of the table mean, column by column. */
const WORDS = {
  sameTarget: {
    no: 'not asked again',
    'once-on-a-fresh-connection':
      'once, at once, on a new connection; counts neither as an attempt nor against the retry budget',
    once: 'once, at once, on a new connection',
    'after-the-named-wait':
      'after exactly the wait that the provider named, if that much is left of the target’s budget; not where none was named',
    jittered:
      'after a wait with full jitter, at least as long as a `Retry-After`, while attempts and the target’s budget last',
    'once-without-state':
      'once, without the opaque state of earlier turns, where that is what was refused; see [conversations.md](conversations.md)',
    'once-with-repair': 'once, with the broken answer and the route’s own `repair` words; not where the route has none',
  },
  nextTarget: {
    no: 'nobody else is asked: the caller is told',
    yes: 'the next eligible target of the route',
    'larger-window': 'only a target whose window is larger, or not known',
    'if-the-route-says-so': 'only with `onContentPolicy: next`',
  },
  breaker: {
    no: 'says nothing of the lane’s health',
    yes: 'counts as a failure',
    slow: 'counts as a failure',
    isolated: 'shuts the lane for `health.breaker.isolate`, whatever the counts say',
  },
  hold: {
    no: 'no hold',
    'until-the-named-moment':
      'until the moment that the provider named, a few seconds where it named none; a later one extends it, an earlier one never shortens it',
    minutes: 'for minutes: somebody has to act',
    'learn-the-window': 'no hold: the lane remembers the window, and longer requests go elsewhere at once',
  },
};
const COLUMNS = { sameTarget: 'same target again', nextTarget: 'next target', breaker: 'breaker', hold: 'lane hold' };

export function faultsPage({ FAULT_TABLE, FAILURE_CODES, ENGINE_DEFAULTS }) {
  const faults = Object.entries(FAULT_TABLE);
  const cell = (column, word) => {
    entryOf(WORDS[column], word, `scripts/docs/faults-page.mjs, ${column},`);
    return word.replaceAll('-', ' ');
  };
  return `# Faults and verdicts

${generatedFrom('src/engine/fault-table.ts')}

Whatever goes wrong with an attempt becomes one fault of this closed list, and each fault leads to one verdict: ask the
same target again, go on to the next, or stop. [\`verdict.ts\`](../src/engine/verdict.ts) applies the table;
\`understudy explain\` prints every fault and verdict of a request.

## Before the commit point

${table(
  ['fault', 'what it is', ...Object.values(COLUMNS), 'alert'],
  faults.map(([kind, rule]) => [
    `\`${kind}\``,
    rule.means,
    ...Object.keys(COLUMNS).map((column) => cell(column, rule[column])),
    rule.alert ? 'yes' : 'no',
  ]),
)}

A retry at the same target also needs an attempt left (\`failover.attempts\`), a lane whose breaker still lets requests
through, enough of the target’s share of the time, and a token of the lane’s retry budget. Where one of these is missing
the verdict of the next column holds, and its reason is recorded. Alerts are raised at most once an hour for each target.

## Why

${faults.map(([kind, rule]) => `- **\`${kind}\`**: ${rule.why}`).join('\n')}

## The words of the table

${Object.entries(COLUMNS)
  .map(([column, title]) => {
    const used = [...new Set(faults.map(([, rule]) => rule[column]))];
    return `**${title}**\n\n${used.map((word) => `- *${cell(column, word)}*: ${WORDS[column][word]}`).join('\n')}`;
  })
  .join('\n\n')}

## After the commit point

Once the first content has gone to the caller, none of the above applies: the caller already has part of one answer, and
a silent switch would splice two. The route’s \`failover.recovery\` decides.

| recovery | what happens |
|---|---|
| \`error\` (default) | The stream ends with the error event of the caller’s dialect and without a clean end, so that no client takes half an answer for a whole one. |
| \`resume\` | Another target starts the answer anew; it is let through only once it has repeated, character for character, everything the caller has. One difference, and the mode falls back to \`error\`. |
| \`continue\` | A target known to take a prefill is given what the caller has and goes on from there. |

Neither mode splices inside a tool call, a refusal or a JSON answer, after a broken contract, or before any text was sent:
these end as \`error\`. A switch is told in-band and marks the answer as degraded (\`switched\`). The fault still counts
against the lane’s breaker, because the provider broke its answer whoever was watching.

A whole (not streamed) answer has no such point: nothing goes out before it is complete, so every fault is still silent.

## When nobody could serve

The caller receives one error, in the shape of its own dialect, that names each target with its reason, the earliest
\`Retry-After\` that any of them named, and \`x-should-retry: false\`: official SDKs would otherwise walk the exhausted chain
two more times. When every target is shut by its breaker and none was asked, the first is asked once all the same: an
answer is worth more than a clean graph.

## Error codes

Stable; part of the public surface. Where they stand in an error body is told in [headers.md](headers.md#errors).

${table(
  ['code', 'status', 'when'],
  FAILURE_CODES.map((code) => {
    const { status, when } = entryOf(FAILURE_MEANINGS, code, 'scripts/docs/failure-codes.mjs');
    return [`\`${code}\``, status, when];
  }),
)}

## Numbers behind the table

${table(
  ['what', 'value', 'reason'],
  ENGINE_DEFAULTS.map(({ name, value, reason }) => [name, value, reason]),
)}
`;
}
