// docs/defaults.md
import { generatedFrom, table } from './text.mjs';

export function defaultsPage({ ENGINE_DEFAULTS, RESILIENCE_DEFAULTS, CONFIG_DEFAULTS }) {
  const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
  return `# Defaults

${generatedFrom('src/engine/engine-defaults.ts, src/resilience/defaults.ts and src/config/defaults.ts')}

Every number that decides something, with its reason. The values are printed from the constants in use. Options are
described in [config.md](config.md); what is not an option here is fixed.

## Configuration

This project’s own choices; each can be set.

${table(
  ['default', 'value', 'reason'],
  CONFIG_DEFAULTS.map(({ name, value, reason }) => [name, value, sentence(reason)]),
)}

## Mechanisms

Of these, \`health.breaker\` and \`health.retryBudget\` can be set.

${table(
  ['default', 'value', 'reason', 'source'],
  RESILIENCE_DEFAULTS.map(({ name, value, reason, source }) => [`\`${name}\``, value, reason, source]),
)}

## Engine

This project’s own choices; fixed.

${table(
  ['default', 'value', 'reason'],
  ENGINE_DEFAULTS.map(({ name, value, reason }) => [name, value, sentence(reason)]),
)}
`;
}
