import type { Message } from '../../model/conversation.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { Target } from '../../model/target.ts';
import { type Layout, layoutOf } from './layout-rules.ts';
import { familyOf, type ModelFamily } from './model-family.ts';
import type { PromptExample, PromptSpec, PromptTool } from './prompt-spec.ts';
import { type ParsedText, type Scope, TemplateEngine } from './template.ts';

/** A prompt as one target is told it, before the values of its variables are known. Made once, used for every request. */
export interface CompiledPrompt {
  readonly family: ModelFamily;
  readonly layout: Layout;
  /** A hand-kept variant stands in the place of the compiled text. */
  readonly byHand: boolean;
  /** Examples that stand before the conversation as turns. */
  readonly turns: readonly Message[];
  /** The instructions; empty where the prompt has none. Throws `PromptError`. */
  system(scope: Scope): string;
  /** The first turn of the user; empty where the prompt has none. Throws `PromptError`. */
  user(scope: Scope): string;
}

const SECTIONS = ['context', 'rules', 'tools', 'output', 'examples', 'example', 'input'] as const;
const CLOSING = new RegExp(`<(?=\\s*/?\\s*(?:${SECTIONS.join('|')})\\s*>)`, 'gi');

const markdownEngine = new TemplateEngine();
/** What a variable holds cannot end the section in which it stands, nor begin another. */
const tagEngine = new TemplateEngine((text) => text.replace(CLOSING, '&lt;'));

/** Lays a prompt out for a target. Throws where a text is no template; prompts that were loaded have none. */
export function compilePrompt(
  spec: PromptSpec,
  target: Pick<Target, 'id' | 'model' | 'sameModel' | 'dialect' | 'quirks'>,
): CompiledPrompt {
  const family = familyOf(target);
  const layout = layoutOf({ family, structuredOutput: target.quirks.structuredOutput, spec });
  const text = layout.delimiters === 'xml' ? tagWriter : markdownWriter;
  const variant = spec.variants?.[family];
  const adjust = (spec.adjust ?? []).filter((one) => one.target === target.id);
  const written = variant ? [text(variant.text)] : sectionsOf(spec, layout, text);
  const parts = [
    ...adjust.map(({ before }) => text(before)),
    ...written,
    ...adjust.map(({ after }) => text(after)),
    ...(!variant && layout.brevity === 'alone' ? [text(spec.output?.brevity)] : []),
  ];
  const withTurns = variant ? variant.exampleTurns === true : layout.examples === 'turns';
  const system = paragraphs(parts);
  const user = text(spec.user);
  return {
    family,
    layout,
    byHand: variant !== undefined,
    turns: withTurns ? turnsOf(spec.examples ?? []) : [],
    system: system.write,
    user: user.write,
  };
}

/** A piece of text that may hold values; `fixed` where it holds none. */
interface Piece {
  readonly fixed: boolean;
  write(scope: Scope): string;
}

type Writer = (text: string | undefined) => Piece;

const EMPTY: Piece = { fixed: true, write: () => '' };
const NO_VALUES: Scope = {};

function writerOf(engine: TemplateEngine): Writer {
  return (text) => {
    if (text === undefined || text.trim() === '') return EMPTY;
    const parsed: ParsedText = engine.parse(text.trim());
    if (parsed.uses.length === 0) return literal(engine.write(parsed, NO_VALUES));
    return { fixed: false, write: (scope) => engine.write(parsed, scope).trim() };
  };
}

const markdownWriter = writerOf(markdownEngine);
const tagWriter = writerOf(tagEngine);

function literal(text: string): Piece {
  return { fixed: true, write: () => text };
}

/** Pieces one below the other; those that come out empty leave no gap. What is fixed is written once. */
function joined(pieces: readonly Piece[], between: string): Piece {
  const kept = pieces.filter((piece) => piece !== EMPTY);
  const write = (scope: Scope) => {
    let text = '';
    for (const piece of kept) {
      const next = piece.write(scope);
      if (next !== '') text += text === '' ? next : between + next;
    }
    return text;
  };
  if (kept.length === 0) return EMPTY;
  return kept.every(({ fixed }) => fixed) ? literal(write(NO_VALUES)) : { fixed: false, write };
}

function paragraphs(pieces: readonly Piece[]): Piece {
  return joined(pieces, '\n\n');
}

function sectionsOf(spec: PromptSpec, layout: Layout, text: Writer): Piece[] {
  const { brevity } = spec.output ?? {};
  const ruleTexts = [...(spec.rules ?? []), ...(layout.brevity === 'among-rules' && brevity ? [brevity] : [])];
  const rules = section('rules', list(ruleTexts.map(text)), layout);
  const context = section('context', text(spec.context), layout);
  const ordered =
    layout.context === 'before-rules' ? [context, rules] : [rules, context, ...(layout.rulesAgain ? [rules] : [])];
  return [
    ...(layout.markdownMark ? [literal('Formatting re-enabled')] : []),
    text(spec.role),
    ...ordered,
    ...(layout.toolHints === 'text' ? [section('tools', toolHints(spec.tools ?? []), layout)] : []),
    section('output', paragraphs([text(spec.output?.format), schemaWords(spec.output?.schema, layout)]), layout),
    ...(layout.examples === 'text' ? [examplesText(spec.examples ?? [], layout)] : []),
  ];
}

function section(name: (typeof SECTIONS)[number], body: Piece, layout: Layout): Piece {
  if (body === EMPTY) return EMPTY;
  const wrap = (text: string) => {
    if (text === '') return '';
    if (layout.delimiters === 'xml') return `<${name}>\n${text}\n</${name}>`;
    return `# ${name.charAt(0).toUpperCase()}${name.slice(1)}\n\n${text}`;
  };
  return body.fixed
    ? literal(wrap(body.write(NO_VALUES)))
    : { fixed: false, write: (scope) => wrap(body.write(scope)) };
}

function list(items: readonly Piece[]): Piece {
  return joined(
    items.map((item): Piece => {
      const bullet = (text: string) => (text === '' ? '' : `- ${text}`);
      return item.fixed
        ? literal(bullet(item.write(NO_VALUES)))
        : { fixed: false, write: (scope) => bullet(item.write(scope)) };
    }),
    '\n',
  );
}

function toolHints(tools: readonly PromptTool[]): Piece {
  return list(tools.flatMap(({ name, when }) => (when === undefined ? [] : [literal(`\`${name}\`: ${when}`)])));
}

/** Most names that are told: a longer list is no help to anybody. */
const MAX_TOLD_KEYS = 40;

function schemaWords(schema: JsonObject | undefined, layout: Layout): Piece {
  if (schema === undefined || layout.schemaWords === 'none') return EMPTY;
  const names = Object.keys(isJsonObject(schema.properties) ? schema.properties : {}).slice(0, MAX_TOLD_KEYS);
  const plain = 'Write the JSON alone: no words before or after it, no code fence.';
  if (names.length === 0) return literal(plain);
  return literal(`${plain} Its names are exactly these: ${names.map((name) => `\`${name}\``).join(', ')}.`);
}

function examplesText(examples: readonly PromptExample[], layout: Layout): Piece {
  if (examples.length === 0) return EMPTY;
  const written = examples.map(({ input, output }, at) =>
    layout.delimiters === 'xml'
      ? `<example>\n<input>\n${input}\n</input>\n<output>\n${said(output)}\n</output>\n</example>`
      : `## Example ${at + 1}\n\nInput:\n${input}\n\nOutput:\n${said(output)}`,
  );
  return section('examples', literal(written.join('\n\n')), layout);
}

function turnsOf(examples: readonly PromptExample[]): Message[] {
  return examples.flatMap(({ input, output }): Message[] => [
    { role: 'user', parts: [{ type: 'text', text: input }] },
    { role: 'assistant', parts: [{ type: 'text', text: said(output) }] },
  ]);
}

function said(output: JsonValue): string {
  return typeof output === 'string' ? output : JSON.stringify(output);
}

/** What is wrong with a template of a prompt: its syntax, or a variable that the prompt does not declare. */
export function templateProblem(text: string, spec: PromptSpec): string | undefined {
  let uses: readonly string[];
  try {
    ({ uses } = markdownEngine.parse(text));
  } catch (error) {
    return `is no template: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`;
  }
  const unknown = uses.find((name) => !Object.hasOwn(spec.variables ?? {}, name));
  return unknown === undefined ? undefined : `uses {{ ${unknown} }}, and the prompt has no such variable`;
}
