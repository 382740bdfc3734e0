// docs/quirks.md
import { entryOf, generatedFrom, table } from './text.mjs';

/** What each quirk does, in the order of the page: where a request or an answer is changed by it. */
const GROUPS = {
  'What is asked': [
    'maxTokensField',
    'defaultMaxOutputTokens',
    'seedField',
    'topK',
    'sampling',
    'maxTemperature',
    'logprobs',
    'onlyFields',
    'refusedFields',
    'vendorFields',
    'streamUsageOption',
    'anthropicVersion',
  ],
  Thinking: ['thinking', 'thinkingSwitch', 'reasoningReplay', 'stateReaders'],
  'Tools and structured output': [
    'structuredOutput',
    'jsonMode',
    'strict',
    'toolChoice',
    'requiredWord',
    'toolCallIds',
  ],
  Messages: [
    'systemRole',
    'systemMessages',
    'roleOrder',
    'prefill',
    'messageNames',
    'textParts',
    'nullContent',
    'imageUrls',
  ],
  'Answers and counts': ['finishOptional', 'tokenCounter'],
};

export function quirksPage({ DEFAULT_QUIRKS, KNOWN_PROVIDERS, schema }) {
  const options = schema.properties.providers.additionalProperties.properties.quirks.properties;
  const listed = Object.values(GROUPS).flat();
  for (const name of Object.keys(DEFAULT_QUIRKS)) {
    if (!listed.includes(name))
      throw new Error(`scripts/docs/quirks-page.mjs says nothing of "${name}"; add it to a group`);
  }
  return `# Quirks

${generatedFrom('src/model/quirks.ts, src/config/schema-providers.ts and the known providers')}

How a provider or model departs from the dialect that it speaks. Quirks are data: no encoder asks who it is talking to.
Known providers and models bring theirs; a host of which nothing is known is given what the caller wrote. What a quirk
makes a request lose is named in the answer (\`understudy.adapted\`), in the ledger and by \`understudy explain\`.

Everything can be set in the configuration, for a provider or for one of its models:

\`\`\`yaml
providers:
  mine:
    dialect: openai-chat
    baseUrl: http://127.0.0.1:8000/v1
    quirks: { thinking: adaptive, thinkingSwitch: chat-template, roleOrder: alternating }
    models:
      small: { quirks: { structuredOutput: prompt, jsonMode: false } }
routes:
  reply: { targets: [mine/small] }
\`\`\`

Order, later ones win: the defaults below, the known provider, the catalogue, \`quirks\` of the provider, \`quirks\` of the
model.

${Object.entries(GROUPS)
  .map(([title, names]) => `## ${title}\n\n${quirkTable(names, options, DEFAULT_QUIRKS)}`)
  .join('\n\n')}

## Known providers

Those that depart from the defaults, and in what. Sources stand beside the values, in \`src/providers\`.

${table(
  ['provider', 'quirks'],
  Object.entries(KNOWN_PROVIDERS)
    .filter(([, { quirks }]) => quirks !== undefined && Object.keys(quirks).length > 0)
    .map(([name, { quirks }]) => [`\`${name}\``, Object.entries(quirks).map(departure).join('; ')]),
)}

## Habits that need no quirk

Read in every answer, whoever sent it: thinking as \`reasoning_content\`, \`reasoning\` or \`reasoning_details\`, one of them
where two say the same; usage on the last chunk, on one of its own, on every chunk, or in \`x_groq\`; ends told twice, by
words of their own, beside content, or not by \`[DONE]\`; ids of calls that are empty, missing or repeated, and calls
without an index; comments and keep-alives; errors inside an answer of status 200. Each numbered oddity of recorded
traffic has a test in \`test/oddities\`, and each wording of an error one in \`test/errors\`.
`;
}

function quirkTable(names, options, defaults) {
  return table(
    ['quirk', 'values', 'default', 'meaning'],
    names.map((name) => {
      const option = entryOf(options, name, 'src/config/schema-providers.ts');
      return [`\`${name}\``, valuesOf(option), printed(defaults[name]), option.description];
    }),
  );
}

function valuesOf(option) {
  if (option.enum) return option.enum.map((value) => `\`${value}\``).join(', ');
  if (option.type === 'array') return 'list of names';
  return option.type === 'boolean' ? '`true`, `false`' : 'number';
}

function departure([name, value]) {
  return `\`${name}\`: ${printed(value)}`;
}

function printed(value) {
  if (!Array.isArray(value)) return `\`${value}\``;
  return value.length === 0 ? 'none' : value.map((each) => `\`${each}\``).join(' ');
}
