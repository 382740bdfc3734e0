import { isUtf8 } from 'node:buffer';
import { isJsonObject, type JsonObject, type JsonValue } from '../model/json.ts';
import { HttpFailure } from './http-failure.ts';

/** The name that reaches an object's prototype when it is copied carelessly anywhere behind us. */
const PROTOTYPE_KEY = '__proto__';
/** Values in one body; a conversation of 2,000 messages with images has some ten thousand. */
const MAX_VALUES = 500_000;

/** Reads a request body: UTF-8, JSON, an object, not too deep, no prototype keys. Each refusal names the place. */
export function parseJsonBody(bytes: Buffer, maxDepth: number): JsonObject {
  if (bytes.length === 0) throw invalid('body', 'the body is empty; a JSON object is expected');
  if (!isUtf8(bytes)) throw invalid('body', 'the body is not valid UTF-8');
  let value: JsonValue;
  try {
    value = JSON.parse(bytes.toString('utf8')) as JsonValue;
  } catch (error) {
    throw invalid('body', `the body is not valid JSON: ${positionOf(error)}`);
  }
  if (!isJsonObject(value)) throw invalid('body', 'the body must be a JSON object');
  inspect(value, maxDepth);
  return value;
}

interface Level {
  readonly value: JsonValue[] | JsonObject;
  readonly keys: readonly string[] | undefined;
  readonly path: string;
  next: number;
}

/** Walks the value with a stack of its own, because a recursion would end where the attack begins. */
function inspect(root: JsonObject, maxDepth: number): void {
  const stack: Level[] = [levelOf(root, '')];
  let count = 0;
  for (let level = stack.at(-1); level; level = stack.at(-1)) {
    const key = level.keys ? level.keys[level.next] : level.next;
    if (key === undefined || (level.keys === undefined && level.next >= (level.value as JsonValue[]).length)) {
      stack.pop();
      continue;
    }
    level.next += 1;
    count += 1;
    if (count > MAX_VALUES) throw invalid(shorten(level.path), `the body holds more than ${MAX_VALUES} values`);
    const child = (level.value as Record<string | number, JsonValue>)[key];
    if (key === PROTOTYPE_KEY) {
      throw invalid(shorten(join(level.path, key)), `the key ${key} is not allowed`);
    }
    if (typeof child === 'number' && !Number.isFinite(child)) {
      // Written again it would be `null`: the provider would be asked something else than the caller asked.
      throw invalid(shorten(join(level.path, key)), 'the body holds a number that is too large');
    }
    if (typeof child !== 'object' || child === null) continue;
    if (stack.length >= maxDepth)
      throw invalid(shorten(level.path), `the body is nested more than ${maxDepth} levels deep`);
    stack.push(levelOf(child, join(level.path, key)));
  }
}

function levelOf(value: JsonValue[] | JsonObject, path: string): Level {
  return { value, keys: Array.isArray(value) ? undefined : Object.keys(value), path, next: 0 };
}

function join(path: string, key: string | number): string {
  if (typeof key === 'number') return `${path}[${key}]`;
  return path === '' ? key : `${path}.${key}`;
}

function shorten(path: string): string {
  return path.length > 80 ? `${path.slice(0, 80)}…` : path || 'body';
}

/** Where JSON.parse stopped, without the text that it quotes: a body may hold secrets. */
function positionOf(error: unknown): string {
  const at = error instanceof Error ? /position \d+|line \d+ column \d+/.exec(error.message)?.[0] : undefined;
  return at ? `it breaks at ${at}` : 'it ends too early or holds an unexpected character';
}

function invalid(field: string, message: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', message, { field });
}
