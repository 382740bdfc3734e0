import { callerTerm } from '../../src/dialects/common/caller-terms.ts';
import { CONTINUE_TEXT, schemaInstruction } from '../../src/dialects/common/instructions.ts';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import type { FilePart, MediaSource, Message, Part, ToolCallPart } from '../../src/model/conversation.ts';
import type { EncodedRequest } from '../../src/model/dialect.ts';
import type { JsonValue } from '../../src/model/json.ts';
import type { Difference } from './same-conversation.ts';

type Role = Message['role'];

/** One thing that a conversation says. `path` is how losses call it. */
type Line =
  | (Place & { readonly kind: 'text'; readonly text: string })
  | (Place & { readonly kind: 'thing'; readonly key: string });

interface Place {
  readonly role: Role;
  readonly path: string;
  /** Number of the call, where a result begins here. */
  readonly call?: number;
  readonly isThinking?: boolean;
  /** Of what there is one, whatever stands in it. */
  readonly slot?: string;
}

/** Where two conversations part, but for what the losses name. */
export function scriptDifferences(before: ChatRequest, after: ChatRequest, encoded: EncodedRequest): Difference[] {
  const across = before.dialect !== after.dialect;
  const losses = encoded.losses.map(({ field }) => field);
  const isNamed = ({ path, isThinking }: Line) => {
    const term = callerTerm(path, before.dialect, before.original);
    // Of thinking that nobody else may read, the whole conversation is told that some was left out.
    if (isThinking && losses.includes('messages')) return true;
    return losses.some((field) => covers(field, path) || covers(field, term));
  };
  const was = linesOf(before, new Map(), across);
  const kept = was.filter((line) => !isNamed(line));
  const is = linesOf(after, encoded.reading.toolNames, across);
  takeOut(is, was.filter(isNamed), additions(before, encoded), kept);
  const [left, right] = [joined(kept), joined(is)];
  const at = left.findIndex((line, index) => line !== right[index]);
  if (at < 0 && left.length === right.length) return [];
  const from = at < 0 ? left.length : at;
  return [{ field: `conversation[${from}]`, before: left.slice(from, from + 3), after: right.slice(from, from + 3) }];
}

/** A loss of a message is one of all its parts; a loss inside a part is one of the part. */
function covers(field: string, path: string): boolean {
  // Something was added to the conversation; nothing of it was lost.
  if (field === 'messages') return false;
  const inside = (inner: string, outer: string) =>
    inner.startsWith(outer) && /^(?:$|[.[#])/.test(inner.slice(outer.length));
  return inside(path, field) || inside(field, path);
}

/** Sentences that an encoder may add, where a loss says that it does. */
function additions({ output, messages }: ChatRequest, { losses }: EncodedRequest): string[] {
  const texts: string[] = [];
  for (const { field } of losses) {
    if (field === 'messages') texts.push(CONTINUE_TEXT);
    if (field.endsWith('.is_error')) texts.push('Error:');
    if (/\.content\[\d+\]\.content\[\d+\]$/.test(field)) {
      texts.push('[The image follows in the next message.]', '[The file follows in the next message.]');
    }
  }
  // A file has to be called something at OpenAI.
  for (const part of messages.flatMap(({ parts }) => parts)) {
    if (part.type === 'file' && part.name === undefined && isText(part.source)) texts.push('document');
  }
  if (output.kind === 'json-schema') texts.push(schemaInstruction(output.schema));
  if (output.kind === 'json')
    texts.push(schemaInstruction({ type: 'object' }), 'Reply with one JSON object and with nothing else.');
  return texts;
}

function linesOf(request: ChatRequest, names: ReadonlyMap<string, string>, across: boolean): Line[] {
  const writer = new ScriptWriter(names, across);
  for (const [at, message] of request.messages.entries()) writer.add(message, `messages[${at}]`);
  return resultsFirst(writer.lines);
}

class ScriptWriter {
  readonly lines: Line[] = [];
  readonly #names: ReadonlyMap<string, string>;
  readonly #across: boolean;
  readonly #calls = new Map<string, number>();

  constructor(names: ReadonlyMap<string, string>, across: boolean) {
    this.#names = names;
    this.#across = across;
  }

  add({ role, parts }: Message, path: string): void {
    for (const [at, part] of parts.entries()) this.#part(part, role, `${path}.content[${at}]`);
  }

  #thing(role: Role, path: string, value: unknown): void {
    this.lines.push({ kind: 'thing', role, path, key: JSON.stringify(value) });
  }

  #part(part: Part, role: Role, path: string): void {
    switch (part.type) {
      case 'text':
        this.lines.push({ kind: 'text', role, path, text: part.text });
        return;
      case 'tool-call':
        return this.#call(part, role, path);
      case 'tool-result':
        this.#result(part.callId, `${path}#`);
        if (part.isError) this.#thing('tool', `${path}.is_error`, 'an error');
        for (const [at, piece] of part.content.entries()) {
          const where = `${path}.content[${at}]`;
          if (piece.type === 'text')
            this.lines.push({ kind: 'text', role: 'tool', path: where, text: valueText(piece.text) });
          else this.#part(piece, 'tool', where);
        }
        return;
      case 'image':
        return this.#media(part.source, role, path);
      case 'audio':
        return this.#media(audioSource(part.source), role, path);
      case 'file':
        return this.#file(part, role, path);
      case 'reasoning': {
        const key = JSON.stringify(['thinking', part.text, this.#across ? undefined : part.opaque]);
        this.lines.push({ kind: 'thing', role, path, key, isThinking: true });
        return;
      }
      case 'refusal':
        this.#thing(role, path, 'what follows is a refusal');
        this.lines.push({ kind: 'text', role, path, text: part.text });
        return;
      case 'foreign':
        return this.#thing(role, path, ['foreign', part.kind, part.value]);
    }
  }

  #call({ id, name, arguments: json, opaque }: ToolCallPart, role: Role, path: string): void {
    const call = this.#ordinal(id);
    const state = this.#across ? undefined : opaque;
    this.#thing(role, `${path}#`, ['call', call, this.#names.get(name) ?? name, state]);
    const slot = `arguments of call ${call}`;
    this.lines.push({ kind: 'thing', role, path: `${path}.arguments`, key: JSON.stringify(argumentsOf(json)), slot });
  }

  #result(callId: string, path: string): void {
    const call = this.#ordinal(callId);
    this.lines.push({ kind: 'thing', role: 'tool', path, key: `result of call ${call}`, call });
  }

  /** What it is, its source tells: a sound may be called a file. */
  #media(source: MediaSource, role: Role, path: string): void {
    this.#thing(role, path, ['media', source]);
  }

  /** A file of text is its name and its text: one dialect sends it as that. */
  #file({ source, name = '' }: FilePart, role: Role, path: string): void {
    if (!isText(source)) {
      // What OpenAI is told where a name is demanded and there is none.
      if (name !== '' && name !== 'document') this.#thing(role, `${path}.name`, ['called', name]);
      return this.#media(audioSource(source), role, path);
    }
    this.lines.push({ kind: 'text', role, path: `${path}.name`, text: name });
    const text = new TextDecoder().decode(Buffer.from(source.data, 'base64'));
    this.lines.push({ kind: 'text', role, path, text });
  }

  /** Which call it is, by when it was first spoken of. */
  #ordinal(id: string): number {
    const known = this.#calls.get(id) ?? this.#calls.size;
    this.#calls.set(id, known);
    return known;
  }
}

function isText(source: MediaSource): source is Extract<MediaSource, { kind: 'base64' }> {
  return source.kind === 'base64' && source.mediaType.startsWith('text/');
}

/** Sounds have two names for one form. */
function audioSource(source: MediaSource): MediaSource {
  if (source.kind !== 'base64') return source;
  const mediaType = source.mediaType
    .replace(/^audio\/(?:x-|vnd\.)?wave?$/, 'audio/wav')
    .replace(/^audio\/mp3$/, 'audio/mpeg');
  return { ...source, mediaType };
}

function argumentsOf(json: string): JsonValue {
  try {
    return JSON.parse(json.trim() || '{}') ?? {};
  } catch {
    return json;
  }
}

/** A result that is JSON, in one spelling. */
function valueText(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? JSON.stringify(value) : text;
  } catch {
    return text;
  }
}

/** In a stretch without the assistant; of several results in the order of their calls. */
function resultsFirst(lines: readonly Line[]): Line[] {
  const out: Line[] = [];
  let results: Line[][] = [];
  let rest: Line[] = [];
  const flush = () => {
    results.sort((a, b) => (a[0]?.call ?? 0) - (b[0]?.call ?? 0));
    out.push(...results.flat(), ...rest);
    results = [];
    rest = [];
  };
  for (const line of lines) {
    if (line.role === 'assistant') {
      flush();
      out.push(line);
    } else if (line.role !== 'tool') rest.push(line);
    else if (line.call !== undefined) results.push([line]);
    else (results.at(-1) ?? rest).push(line);
  }
  flush();
  return out;
}

/**
 * Takes out of `lines` what was named as lost and stands in another place now, and what an encoder may add. Each once, and
 * only where there is more of it than `kept` has.
 */
function takeOut(lines: Line[], lost: readonly Line[], added: readonly string[], kept: readonly Line[]): void {
  const things = kept.flatMap((line) => (line.kind === 'thing' ? [line.key] : []));
  for (const line of lost) {
    if (line.kind === 'text') continue;
    const filled = line.slot === undefined ? -1 : lines.findIndex(({ slot }) => slot === line.slot);
    if (filled >= 0) {
      lines.splice(filled, 1);
      continue;
    }
    const same = lines.filter((other) => other.kind === 'thing' && other.key === line.key);
    const [first] = same;
    if (first && same.length > things.filter((key) => key === line.key).length) lines.splice(lines.indexOf(first), 1);
  }
  const texts = [...lost.flatMap((line) => (line.kind === 'text' ? [line.text] : [])), ...added].map(bare);
  for (const text of texts.filter((each) => each !== '')) {
    if (timesIn(lines, text) <= timesIn(kept, text)) continue;
    const at = lines.findLastIndex((line) => line.kind === 'text' && bare(line.text).includes(text));
    const line = lines[at];
    if (line?.kind !== 'text') continue;
    const said = bare(line.text);
    const from = said.lastIndexOf(text);
    lines[at] = { ...line, text: said.slice(0, from) + said.slice(from + text.length) };
  }
}

function timesIn(lines: readonly Line[], text: string): number {
  return joined(lines).join('\n').split(text).length - 1;
}

function bare(text: string): string {
  return text.replaceAll(/\s+/g, '');
}

/** One line for all that is said in one go. */
function joined(lines: readonly Line[]): string[] {
  const out: string[] = [];
  let open = '';
  for (const line of lines) {
    if (line.kind === 'thing') {
      out.push(`${line.role}: ${line.key}`);
      open = '';
      continue;
    }
    const text = bare(line.text);
    if (text === '') continue;
    if (open === line.role) out[out.length - 1] += text;
    else out.push(`${line.role}: ${text}`);
    open = line.role;
  }
  return out;
}
