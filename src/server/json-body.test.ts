import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HttpFailure } from './http-failure.ts';
import { parseJsonBody } from './json-body.ts';

const DEPTH = 8;
const read = (text: string | Buffer) => parseJsonBody(Buffer.from(text), DEPTH);

function refusal(text: string | Buffer) {
  try {
    read(text);
  } catch (error) {
    if (error instanceof HttpFailure) return error.failure;
    throw error;
  }
  throw new Error('it was accepted');
}

const nested = (levels: number) => `{"a":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`;

describe('a request body', () => {
  it('that is a JSON object comes back as it was written', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), (value) => {
        const text = JSON.stringify(value);
        fc.pre(!text.includes('__proto__'));
        expect(read(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it('whatever its bytes gives an object or a 400, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          try {
            expect(typeof parseJsonBody(Buffer.from(bytes), DEPTH)).toBe('object');
          } catch (error) {
            expect(error instanceof HttpFailure && error.failure.status).toBe(400);
          }
        },
      ),
    );
  });

  it.each([
    ['nothing', '', 'is empty'],
    ['a list', '[]', 'must be a JSON object'],
    ['a text', '"hi"', 'must be a JSON object'],
    ['null', 'null', 'must be a JSON object'],
    ['half an object', '{"a":', 'not valid JSON'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'UTF-8'],
  ])('%s is refused', (_, text, words) => {
    expect(refusal(text)).toMatchObject({ status: 400, code: 'invalid_request', field: 'body' });
    expect(refusal(text).message).toContain(words);
  });

  it('of broken JSON is not quoted: it may hold a secret', () => {
    const { message } = refusal('{"key": "sk-hush-hush", oops}');
    expect(message).not.toMatch(/hush|oops/);
  });

  it('may be nested up to the limit and no deeper, however deep', () => {
    expect(read(nested(DEPTH))).toBeDefined();
    expect(refusal(nested(DEPTH + 1)).message).toContain(`more than ${DEPTH} levels`);
    expect(refusal(nested(200_000)).message).toContain(`more than ${DEPTH} levels`);
  });

  it('with a prototype key is refused at any depth, by its path', () => {
    expect(refusal('{"__proto__":{"a":1}}').field).toBe('__proto__');
    expect(refusal('{"a":[{"b":{"__proto__":null}}]}').field).toBe('a[0].b.__proto__');
  });

  it('with a number that no double holds is refused: written again it would be null', () => {
    expect(refusal(`{"a":[1,1e999]}`).field).toBe('a[1]');
  });

  it('of too many values is refused, and a long path is cut', () => {
    expect(refusal(`{"${'k'.repeat(500)}":[${'0,'.repeat(600_000)}0]}`)).toMatchObject({
      field: `${'k'.repeat(80)}…`,
    });
  });
});
