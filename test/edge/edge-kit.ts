import { request } from 'undici';
import { expect } from 'vitest';
import type { House } from '../kit/gateway-kit.ts';

/** The two surfaces a caller may speak to. */
export const SURFACES = ['openai-chat', 'anthropic-messages'] as const;
export type Surface = (typeof SURFACES)[number];

export const PATHS: Readonly<Record<Surface, string>> = {
  'openai-chat': '/v1/chat/completions',
  'anthropic-messages': '/v1/messages',
};

/** A body that is served, with these fields over it; `undefined` takes a field away. */
export function body(surface: Surface, over: Record<string, unknown> = {}): Record<string, unknown> {
  const plain = { model: 'reply', messages: [{ role: 'user', content: 'Hi.' }] };
  return { ...plain, ...(surface === 'anthropic-messages' && { max_tokens: 64 }), ...over };
}

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface Ask {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD' | 'OPTIONS' | 'PATCH';
  readonly path?: string;
  readonly headers?: Record<string, string>;
  /** Texts and bytes go out as they are, everything else as JSON. */
  readonly body?: unknown;
}

/** One request as an ordinary client sends it. */
export async function ask(house: House, surface: Surface, how: Ask): Promise<Answer> {
  const { method = 'POST', path = PATHS[surface], headers = {} } = how;
  const raw = how.body;
  const payload = typeof raw === 'string' || raw instanceof Buffer || raw === undefined ? raw : JSON.stringify(raw);
  const answer = await request(house.gateway.url + path, {
    method,
    headers: { ...(payload !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(payload !== undefined && { body: payload }),
  });
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() };
}

/** What a caller reads out of an error, whatever its dialect. */
export interface ReadError {
  readonly type: string;
  readonly message: string;
  readonly code: string;
  readonly field: string | undefined;
}

/** Reads an error in the shape of its surface; fails on any other shape. */
export function readError(surface: Surface, text: string): ReadError {
  const value = JSON.parse(text);
  const { error } = value;
  expect(error).toMatchObject({ type: expect.any(String), message: expect.any(String) });
  if (surface === 'openai-chat') {
    expect(value).not.toHaveProperty('type');
    expect(error).toHaveProperty('param');
    return { type: error.type, message: error.message, code: error.code, field: error.param ?? undefined };
  }
  expect(value.type).toBe('error');
  return { type: error.type, message: error.message, code: error.understudy.code, field: error.understudy.field };
}

/** Requests that reached any provider. */
export function upstreamRequests(house: House): number {
  return ['alpha', 'beta', 'gamma'].reduce((sum, name) => sum + house.simulator.meter(name).requests, 0);
}

export interface Wanted {
  readonly status: number;
  /** The path of what is wrong. */
  readonly field?: string;
  readonly code?: string;
}

/** Sends it and expects one clear error in the dialect of the surface, and no provider to hear of it. */
export async function refuses(house: House, surface: Surface, how: Ask, wanted: Wanted): Promise<ReadError> {
  const before = upstreamRequests(house);
  const answer = await ask(house, surface, how);
  return isRefusal(house, surface, { answer, wanted, before });
}

/** The same for an answer that came over a raw socket. */
export function isRefusal(
  house: House,
  surface: Surface,
  seen: { answer: { status: number; text: string }; wanted: Wanted; before: number },
): ReadError {
  const { answer, wanted, before } = seen;
  expect({ status: answer.status, text: answer.text.slice(0, 500) }).toMatchObject({ status: wanted.status });
  const error = readError(surface, answer.text);
  if (wanted.field !== undefined) expect(error.field).toBe(wanted.field);
  if (wanted.code !== undefined) expect(error.code).toBe(wanted.code);
  expect(error.message.length).toBeLessThan(1_000);
  expect(upstreamRequests(house)).toBe(before);
  return error;
}

/** The process is alive and well: both surfaces answer. */
export async function stillServes(house: House, headers: Record<string, string> = {}): Promise<void> {
  for (const surface of SURFACES) {
    const answer = await ask(house, surface, { body: body(surface), headers });
    expect({ surface, status: answer.status }).toEqual({ surface, status: 200 });
  }
}
