import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type House, startHouse } from '../kit/gateway-kit.ts';
import { ask, body, refuses, SURFACES, stillServes } from './edge-kit.ts';

let house: House;
beforeAll(async () => {
  house = await startHouse();
});
afterAll(() => house.close());
afterEach(() => stillServes(house));

const nested = (open: string, inner: string, close: string, depth: number) =>
  `${open.repeat(depth)}${inner}${close.repeat(depth)}`;

/** A good body as text, with more of it put in before its end. */
const withText = (surface: (typeof SURFACES)[number], more: string) =>
  `${JSON.stringify(body(surface)).slice(0, -1)},${more}}`;

describe.each(SURFACES)('a body that is no request (%s)', (surface) => {
  const refused = (sent: unknown, field = 'body') =>
    refuses(house, surface, { body: sent }, { status: 400, field, code: 'invalid_request' });

  test.each([
    ['nothing', ''],
    ['a blank', ' '],
    ['a word', 'hello'],
    ['half an object', '{"model": "reply"'],
    ['two objects', '{}{}'],
    ['a trailing comma', '{"model": "reply",}'],
    ['a comment', '{/* */}'],
    ['single quotes', "{'model': 'reply'}"],
    ['NaN', '{"temperature": NaN}'],
    ['Infinity', '{"temperature": Infinity}'],
    ['hexadecimal', '{"seed": 0x10}'],
    ['a leading zero', '{"seed": 007}'],
    ['a raw line break in a string', '{"model": "re\nply"}'],
    ['a NUL in a string', '{"model": "re\0ply"}'],
    ['an unpaired escape', '{"model": "\\u12"}'],
    ['an array', '[]'],
    ['a list of requests', '[{"model": "reply"}]'],
    ['a string', '"model"'],
    ['a number', '5'],
    ['null', 'null'],
    ['true', 'true'],
    ['a byte order mark alone', '\ufeff'],
    ['brackets 10,000 deep and never closed', '['.repeat(10_000)],
    ['an array a million deep', nested('[', '', ']', 1_000_000)],
    ['an array that is closed too often', `${nested('[', '', ']', 10)}]`],
  ])('%s', async (_, text) => {
    await refused(text);
  });

  test.each([
    ['a stray continuation byte', [0x80]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above the last', [0xf4, 0x90, 0x80, 0x80]],
    ['a character that is cut off', [0xe2, 0x82]],
    ['UTF-16', [0xff, 0xfe, 0x7b, 0x00]],
  ])('invalid UTF-8: %s', async (_, bytes) => {
    const text = JSON.stringify(body(surface));
    const at = text.indexOf('Hi.');
    const sent = Buffer.concat([Buffer.from(text.slice(0, at)), Buffer.from(bytes), Buffer.from(text.slice(at))]);
    const error = await refused(sent);
    expect(error.message).toContain('UTF-8');
  });

  test('a syntax error does not quote what the caller wrote', async () => {
    const answer = await ask(house, surface, { body: '{"model": "reply", "secret": my-private-words}' });
    expect(answer.text).not.toContain('private');
  });

  test.each([
    ['65 levels of objects', withText(surface, `"metadata": ${nested('{"a":', '1', '}', 65)}`), /^metadata\.a\.a/],
    ['65 levels of arrays', withText(surface, `"metadata": ${nested('[', '', ']', 65)}`), /^metadata\[0\]/],
    ['10,000 levels', withText(surface, `"metadata": ${nested('{"a":', '1', '}', 10_000)}`), /^metadata\.a\.a/],
    ['a million levels', withText(surface, `"metadata": ${nested('[', '', ']', 1_000_000)}`), /^metadata\[0\]/],
  ])('nested too deep: %s', async (_, text, field) => {
    const error = await refuses(house, surface, { body: text }, { status: 400, code: 'invalid_request' });
    expect(error.field).toMatch(field);
    expect(error.message).toContain('64 levels');
  });

  test('a million keys', async () => {
    const keys = Array.from({ length: 1_000_000 }, (_, at) => `"k${at}":1`).join(',');
    const error = await refuses(
      house,
      surface,
      { body: withText(surface, `"metadata": {${keys}}`) },
      { status: 400, field: 'metadata' },
    );
    expect(error.message).toContain('500000 values');
  });

  test.each([
    ['at the top', `"__proto__": {"admin": true}`, '__proto__'],
    ['by an escape', `"\\u005f_proto__": {"admin": true}`, '__proto__'],
    ['in metadata', `"metadata": {"__proto__": {"admin": true}}`, 'metadata.__proto__'],
    ['in an array', `"metadata": [0, {"a": {"__proto__": 1}}]`, 'metadata[1].a.__proto__'],
    [
      'in a schema',
      `"tools": [{"name": "f", "input_schema": {"properties": {"__proto__": {}}}}]`,
      'tools[0].input_schema.properties.__proto__',
    ],
  ])('a prototype key %s', async (_, more, field) => {
    await refused(withText(surface, more), field);
    expect(({} as Record<string, unknown>).admin).toBeUndefined();
  });

  test('a key of a megabyte is not sent back whole', async () => {
    const long = 'k'.repeat(1_000_000);
    for (const place of [`"metadata": {"${long}": {"__proto__": 1}}`, `"understudy": {"${long}": 1}`]) {
      const answer = await ask(house, surface, { body: withText(surface, place) });
      expect(answer.status).toBe(400);
      expect(answer.text.length).toBeLessThan(2_000);
    }
  });

  test('a number that no double can hold', async () => {
    const huge = '9'.repeat(400);
    for (const number of [huge, `-${huge}`, '1e400', `1${'0'.repeat(400)}`]) {
      await refused(withText(surface, `"temperature": ${number}`), 'temperature');
      await refused(withText(surface, `"max_tokens": ${number}`), 'max_tokens');
      // As `null` it would reach the provider: a change nobody is told of.
      await refused(withText(surface, `"metadata": {"a": [1, ${number}]}`), 'metadata.a[1]');
    }
  });
});

describe.each(SURFACES)('a body that is odd and allowed (%s)', (surface) => {
  const received = async (sent: string) => {
    house.simulator.resetMeters();
    const answer = await ask(house, surface, { body: sent });
    expect({ status: answer.status, text: answer.text.slice(0, 300) }).toMatchObject({ status: 200 });
    const bodies = ['alpha', 'beta'].flatMap((name) => house.simulator.meter(name).requestLog.map((row) => row.body));
    expect(bodies).toHaveLength(1);
    return JSON.stringify(bodies[0]);
  };

  test('a duplicate key has one meaning, here and at the provider', async () => {
    const twice = `{"messages": [{"role": "user", "content": "first"}], ${JSON.stringify(
      body(surface, { messages: [{ role: 'user', content: 'second' }] }),
    ).slice(1)}`;
    const seen = await received(twice);
    expect(seen).toContain('second');
    expect(seen).not.toContain('first');
  });

  test('a duplicate model is routed by the one that the provider would read', async () => {
    const sent = withText(surface, '"model": "no-such-route"');
    await refuses(house, surface, { body: sent }, { status: 404, field: 'model' });
  });

  test('lone surrogates neither crash nor become another character', async () => {
    const seen = await received(
      JSON.stringify(body(surface, { messages: [{ role: 'user', content: 'a\ud800b\udfffc' }] })),
    );
    expect(seen).toContain('a\\ud800b\\udfffc');
  });

  test.each(['constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', '__defineGetter__'])(
    'the tool and the property %s are like any other',
    async (name) => {
      const schema = { type: 'object', properties: { [name]: { type: 'string' } } };
      const tool =
        surface === 'openai-chat'
          ? { type: 'function', function: { name, parameters: schema } }
          : { name, input_schema: schema };
      const seen = await received(JSON.stringify(body(surface, { tools: [tool] })));
      expect(seen).toContain(JSON.stringify(name));
    },
  );

  test('44 levels, and blanks before and after', async () => {
    const schema = `{"type": "object", "properties": {}, "x": ${nested('[', '', ']', 40)}}`;
    const tool =
      surface === 'openai-chat'
        ? `{"type": "function", "function": {"name": "f", "parameters": ${schema}}}`
        : `{"name": "f", "input_schema": ${schema}}`;
    await received(` \n${withText(surface, `"tools": [${tool}]`)} \n`);
  });
});
