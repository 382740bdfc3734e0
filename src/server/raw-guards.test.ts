import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { HttpFailure } from './http-failure.ts';
import { guardRawRequest } from './raw-guards.ts';

/** A request as Node's parser hands it over. */
function request(headers: readonly (readonly [string, string])[] = [], url = '/v1/models'): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.url = url;
  message.httpVersion = '1.1';
  message.rawHeaders = [['Host', 'localhost'] as const, ...headers].flat();
  message.headers = Object.fromEntries([
    ['host', 'localhost'],
    ...headers.map(([name, value]) => [name.toLowerCase(), value]),
  ]);
  return message;
}

function refusal(message: IncomingMessage, maxHeaders = 20) {
  try {
    guardRawRequest(message, maxHeaders);
  } catch (error) {
    if (error instanceof HttpFailure) return { ...error.failure, close: error.close };
    throw error;
  }
  return undefined;
}

describe('the head of a request', () => {
  it('that every hop reads alike passes', () => {
    const headers = [
      ['Authorization', 'Bearer x'],
      ['Content-Type', 'application/json'],
      ['Accept', 'a'],
      ['Accept', 'b'],
    ] as const;
    expect(refusal(request(headers))).toBeUndefined();
    expect(refusal(request([['Transfer-Encoding', ' Chunked']]))).toBeUndefined();
    expect(refusal(request([['Content-Encoding', 'identity']]))).toBeUndefined();
  });

  it.each(['Host', 'authorization', 'X-Api-Key', 'content-type', 'Content-Length', 'transfer-encoding'])(
    'with a second %s is refused, and the connection with it',
    (name) => {
      expect(
        refusal(
          request([
            [name, '1'],
            [name.toUpperCase(), '1'],
          ]),
        ),
      ).toMatchObject({
        status: 400,
        field: name.toLowerCase(),
        close: true,
      });
    },
  );

  it.each(['http://elsewhere/v1/models', '*', 'elsewhere:443', ''])('for %j, which is no path, is refused', (url) => {
    expect(refusal(request([], url))).toMatchObject({ status: 400, field: 'url', close: true });
  });

  it('with more headers than the limit is refused', () => {
    const many = Array.from({ length: 19 }, (_, index) => [`x-${index}`, '1'] as const);
    expect(refusal(request(many))).toBeUndefined();
    expect(refusal(request([...many, ['x-more', '1']]))).toMatchObject({ status: 431, field: 'headers' });
  });

  it.each(['gzip', 'identity, chunked', 'chunked, chunked', ''])('with transfer encoding %j is refused', (value) => {
    expect(refusal(request([['Transfer-Encoding', value]]))).toMatchObject({ status: 400, close: true });
  });

  it('of a compressed body is refused as such', () => {
    expect(refusal(request([['Content-Encoding', 'gzip']]))).toMatchObject({ status: 415, field: 'content-encoding' });
  });

  it('without a host is refused', () => {
    const message = request();
    message.headers = {};
    message.rawHeaders = [];
    expect(refusal(message)).toMatchObject({ status: 400, field: 'host', close: true });
  });
});
