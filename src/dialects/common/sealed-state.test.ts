import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { OpaqueState } from '../../model/conversation.ts';
import { TARGET_DIALECTS } from '../../model/dialect-name.ts';
import type { JsonValue } from '../../model/json.ts';
import { openSeal, sealState, sealStateInBase64 } from './sealed-state.ts';

const state: fc.Arbitrary<OpaqueState> = fc
  .record({
    dialect: fc.constantFrom(...TARGET_DIALECTS),
    value: fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as JsonValue),
    origin: fc.option(fc.string({ unit: 'binary' }), { nil: undefined }),
  })
  .map(({ origin, ...rest }) => ({ ...rest, ...(origin !== undefined && { origin }) }));

describe('a seal', () => {
  it('opens to what was sealed, whatever it was', () => {
    fc.assert(
      fc.property(state, (sealed) => {
        expect(openSeal(sealState(sealed))).toEqual(sealed);
        expect(openSeal(sealStateInBase64(sealed))).toEqual(sealed);
      }),
    );
  });

  it('in bytes survives a client that writes them in the other alphabet', () => {
    fc.assert(
      fc.property(state, (sealed) => {
        const bytes = Buffer.from(sealStateInBase64(sealed), 'base64');
        expect(bytes.toString('base64')).toBe(sealStateInBase64(sealed));
        expect(openSeal(bytes.toString('base64url'))).toEqual(sealed);
      }),
    );
  });

  it('is nothing else: not a vendor’s signature, not a broken seal, not a dialect that nobody speaks', () => {
    for (const other of [
      undefined,
      7,
      '',
      'gAAAAB',
      'understudy:',
      'understudy:{"dialect":"x","value":1}',
      'understudy:{"dialect":"openai-chat"}',
      'dW5kZXJzdHVkeTp7%%%',
    ]) {
      expect(openSeal(other)).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => void expect(openSeal(text)).toBeUndefined()));
  });
});
