// docs/translation-requests.md
import { generatedFrom, table } from './text.mjs';

const TITLES = {
  'openai-chat': 'Chat Completions',
  'openai-responses': 'Responses',
  'anthropic-messages': 'Messages',
  'gemini-generate': 'generateContent',
};
/** How a current model of each vendor is asked to think. */
const THINKING = {
  'openai-chat': 'effort',
  'openai-responses': 'effort',
  'anthropic-messages': 'adaptive',
  'gemini-generate': 'effort',
};
const NAMES = Object.keys(TITLES);

/** What the page is made from; `source` imports a file of src. */
export async function requestParts(source) {
  const [kits, capability, quirks, requirements, terms, stops, cases, ...tables] = await Promise.all(
    [
      'dialect-kits.ts',
      'model/capability.ts',
      'model/quirks.ts',
      'engine/requirements.ts',
      'dialects/common/caller-terms.ts',
      'dialects/common/held-stops.ts',
      '../test/kit/field-cases.ts',
      'dialects/openai-chat/request-fields.ts',
      'dialects/openai-responses/request-fields.ts',
      'dialects/anthropic-messages/request-fields.ts',
      'dialects/gemini-generate/request-fields.ts',
    ].map(source),
  );
  const [chat, responses, anthropic, gemini] = tables;
  return {
    tables: [
      chat.openaiChatFields,
      responses.openaiResponsesFields,
      anthropic.anthropicMessagesFields,
      gemini.geminiGenerateFields,
    ],
    caller: kits.dialectKits.caller,
    target: kits.dialectKits.target,
    ...capability,
    ...quirks,
    ...requirements,
    ...terms,
    ...stops,
    ...cases,
  };
}

export function requestsPage(parts) {
  const { tables } = parts;
  return `# Requests, field by field

${generatedFrom('src/dialects/*/request-fields.ts, and from what the encoders did with each example')}

A request reaches a target of the caller’s own dialect as it came, unknown fields included, but for what the gateway
owns. For every other target it is translated. Each field of each dialect is below with what becomes of it: the place
that it has in the target’s request, or why it is lost. A loss in **bold** matters: the answer is then marked as
degraded (\`adapted\`). Every loss is in the answer’s \`understudy.adapted\`, in the ledger and in
\`understudy explain\`, in the caller’s terms.

A field is one of these: *translated*; *the gateway’s* (done for every target alike); *this dialect’s* (named as lost
elsewhere); *required* or *held* (targets that cannot do it, or do not hold it, are not eligible, and where none is left
the caller gets a 400 that names the field); *refused* (400, with what to do instead); *harmless* (nothing is lost
without it). A field that nobody knows is this dialect’s, and matters. Null, false and empty values ask for nothing.

The tables show models of today at the vendors themselves: their own fields are known to be taken (quirk
\`vendorFields\`), log probabilities are told, and thinking is asked for by effort, with Anthropic adaptively. Where a
target is not known to take a field of its dialect’s vendor, the field is left out and named. [config.md](config.md)
shows how to say what a target takes, under \`quirks\` and \`abilities\`.

${tables.map((one) => section(one, parts)).join('\n\n')}

## How much to think

What each way of asking for thinking becomes at each kind of target (quirk \`thinking\`). Numbers are tokens.

${table(
  ['asked for', ...WAYS.map(({ dialect, thinking }) => `${dialect}, ${thinking}`)],
  ASKED.map(({ name, reasoning }) => [name, ...WAYS.map((way) => thinkingCell(way, reasoning, parts))]),
)}

## Decisions

- **Several answers** (\`n\`, \`candidateCount\`): a caller that reads the second answer cannot be given one, so targets
  that give one alone are not eligible (\`capability(several-answers)\`).
- **Stop sequences** beyond what a target takes (OpenAI 4, Gemini 5, Responses none, Anthropic no blanks) are kept by
  the gateway: it ends the answer before the sequence, leaves the provider, and says which sequence it was. At most
  ${parts.maxHeldStops}. The tokens of an answer that was left are not told by the provider, so its usage and cost are unknown.
- **Tools that a provider runs itself**, and tools whose schema only a vendor’s models know, are served by targets that
  can be asked for them in the caller’s own dialect. An answer without the search that was asked for is another answer.
- **Files, caches and containers known by an id** belong to the provider that made them. Of a route that is the first
  target that speaks the caller’s dialect (OpenAI’s two count as one); the others are not eligible
  (\`provider-state(…)\`). Whoever pins a request says by that where they are.
- **Pictures and files by address** go to targets that fetch them; the gateway fetches nothing. Gemini wants https and
  an address whose ending tells the media type, chat completions take no files by address: what cannot be told is lost, and
  that matters.
- **Safety settings** of Gemini have no counterpart, and others filter by their own measure: lost, and that matters.
  A moderation that the request itself asks for (\`moderation\`, \`modelArmorConfig\`) is required.
- **Cache markers and keys** change cost and time, not answers: slight. They are not turned into each other, because
  writing a cache costs money at some vendors and nothing at others.
- **Service tiers**: \`auto\`, \`standard\` (OpenAI’s \`default\`, Anthropic’s \`standard_only\`), \`flex\`, \`priority\`. Anthropic
  sells priority by contract and takes \`auto\` for it, and has nothing cheaper: what was changed is named.
- **Labels**: OpenAI’s chat completions take them with stored answers alone, so they are not sent there; Gemini’s are lower case.
- **Who the end user is**: \`user\` and \`safety_identifier\`, Anthropic’s \`metadata.user_id\`; Gemini has no place for it.
- **Tools of free text** (OpenAI’s \`custom\`) go as they are to targets of OpenAI’s two dialects that take them: those
  whose ability \`custom-tools\` is \`yes\`, and of unknown models those at OpenAI itself (quirk \`vendorFields\`). For every
  other target a function of one text, \`input\`, stands in, whatever its dialect. Its calls come back as calls with free
  text, piece by piece; a call without that text breaks the contract. A grammar is told to the model in words, and held by
  nobody: lost, and that matters. Where functions stood in, a target of the caller’s own dialect has its answers written
  anew, so that fields that nobody knows do not reach the caller.
- **Lists of allowed tools** become the list of tools where the target’s choice knows no list.
- **Positions** such as \`messages[2].content[0]\` count the turns of the conversation, instructions included.
`;
}

function section({ dialect, objects, ...fields }, parts) {
  const cases = parts.fieldCases({ dialect, objects, ...fields });
  const others = NAMES.filter((name) => name !== dialect);
  const tables = Object.keys(objects).map((path) => {
    const own = cases.filter(
      ({ name }) => name.slice(0, name.lastIndexOf('.')) === path || (path === '' && !/[.]/.test(name)),
    );
    const rows = own.map((one) => [
      `\`${one.name}\``,
      kindOf(one.rule),
      ...others.map((target) => cell(one, dialect, target, parts)),
    ]);
    const head = path === '' ? '' : `### \`${path}\` of ${dialect}\n\n`;
    return `${head}${table(['field', 'is', ...others], rows)}`;
  });
  return `## ${TITLES[dialect]} (${dialect})\n\n${tables.join('\n\n')}`;
}

function kindOf(rule) {
  switch (rule.kind) {
    case 'neutral':
      return 'translated';
    case 'gateway':
      return `the gateway’s: ${rule.how}`;
    case 'same-dialect':
      return `this dialect’s: ${rule.why}`;
    case 'required':
      return `required: \`${rule.needs}\``;
    case 'held':
      return `held by a provider: \`${rule.state}\``;
    case 'refused':
      return `refused: ${rule.instead}`;
    case 'harmless':
      return `harmless: ${rule.why}`;
    default:
      throw new Error(`scripts/docs/requests-page.mjs says nothing of "${rule.kind}"; add it`);
  }
}

function cell(one, caller, target, parts) {
  const { rule } = one;
  if (['gateway', 'refused', 'harmless'].includes(rule.kind)) return '';
  if (rule.kind === 'same-dialect') return rule.matters ? '**lost**' : 'lost';
  const request = parts.caller(caller).decodeRequest(one.body, {});
  const unmet = parts.requirementsOf(request).find((need) => parts.unmetBy(targetOf(target, parts), need, undefined));
  if (unmet) return `not eligible: \`${parts.unmetBy(targetOf(target, parts), unmet, undefined).reason}\``;
  const told = encode(request, target, parts);
  const without = encode(parts.caller(caller).decodeRequest(one.without, {}), target, parts);
  const places = changed(without.body, told.body, '').slice(0, 2);
  const before = without.losses.map(({ field, why }) => `${field} ${why}`);
  const losses = told.losses.filter(({ field, why }) => !before.includes(`${field} ${why}`));
  if (places.length + losses.length === 0)
    return `${told.losses.find((loss) => isTwin(loss.field, one.field, caller, parts))?.why ?? 'as it does unasked'}`;
  const lost = losses.map(({ why, matters }) => (matters ? `**${why}**` : why));
  return [...places.map((place) => `\`${place}\``), ...new Set(lost)].join('; ');
}

/** Two names for parts of one neutral field: losing it is told once. */
function isTwin(lost, field, caller, { NEUTRAL_FIELDS, termsOf }) {
  return NEUTRAL_FIELDS.some((neutral) => [lost, field].every((name) => termsOf(neutral, caller).includes(name)));
}

/** Where two requests differ, as deep as they do. */
function changed(before, after, path) {
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  if (Array.isArray(after) && after.length === 1)
    return changed(Array.isArray(before) ? before[0] : {}, after[0], `${path}[]`);
  const isObject = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
  if (before === undefined && isObject(after) && !path.includes('[]')) return changed({}, after, path);
  if (!isObject(before) || !isObject(after)) return [path];
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return keys.flatMap((key) => changed(before[key], after[key], path === '' ? key : `${path}.${key}`));
}

function targetOf(dialect, { UNKNOWN_CAPABILITIES, DEFAULT_QUIRKS }, quirks = {}) {
  return {
    id: 'provider/model',
    provider: 'provider',
    model: 'model',
    dialect,
    lane: 'provider/model',
    capabilities: UNKNOWN_CAPABILITIES,
    quirks: { ...DEFAULT_QUIRKS, vendorFields: true, thinking: THINKING[dialect], ...quirks },
  };
}

function encode(request, dialect, parts, quirks) {
  return parts.target(dialect).encodeRequest(request, { target: targetOf(dialect, parts, quirks), newId: () => 'id' });
}

const WAYS = [
  { dialect: 'openai-chat', thinking: 'effort', at: 'reasoning_effort' },
  { dialect: 'openai-responses', thinking: 'effort', at: 'reasoning' },
  { dialect: 'anthropic-messages', thinking: 'adaptive', at: 'thinking', beside: 'output_config' },
  { dialect: 'anthropic-messages', thinking: 'budget', at: 'thinking' },
  { dialect: 'gemini-generate', thinking: 'effort', at: 'generationConfig' },
  { dialect: 'gemini-generate', thinking: 'budget', at: 'generationConfig' },
];
const ASKED = [
  ...['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'].map((effort) => ({
    name: `effort \`${effort}\``,
    reasoning: { effort },
  })),
  ...[1024, 4096, 16_384, 32_768].map((budgetTokens) => ({
    name: `${budgetTokens} tokens`,
    reasoning: { budgetTokens },
  })),
  { name: 'adaptively', reasoning: {} },
  { name: 'and shown', reasoning: { effort: 'high', display: 'shown' } },
  { name: 'and hidden', reasoning: { effort: 'high', display: 'hidden' } },
];

function thinkingCell({ dialect, thinking, at, beside }, reasoning, parts) {
  const asked = parts
    .caller('openai-chat')
    .decodeRequest({ model: 'route', messages: [{ role: 'user', content: 'x' }], max_tokens: 64_000 }, {});
  // Told by another dialect than the target’s, so that every target is translated for.
  const request = { ...asked, dialect: dialect === 'openai-chat' ? 'openai-responses' : 'openai-chat', reasoning };
  const { body } = encode(request, dialect, parts, { thinking });
  const sent = [body[at], beside === undefined ? undefined : body[beside]].flatMap((value) => {
    const { maxOutputTokens: _, ...rest } = typeof value === 'object' && value !== null ? value : {};
    return typeof value === 'string' ? [value] : Object.keys(rest).length > 0 ? [flat(rest)] : [];
  });
  return sent.length > 0 ? `\`${sent.join(', ')}\`` : 'nothing';
}

function flat(value) {
  return Object.entries(value)
    .map(([key, inner]) => (typeof inner === 'object' && inner !== null ? flat(inner) : `${key} ${inner}`))
    .join(', ');
}
