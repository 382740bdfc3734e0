import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dialectKits } from '../../src/dialect-kits.ts';
import { bindState } from '../../src/engine/bind-state.ts';
import { OpaqueMemory } from '../../src/engine/opaque-memory.ts';
import type { ChatRequest } from '../../src/model/chat-request.ts';
import type { Message, OpaqueState, Part, ToolCallPart } from '../../src/model/conversation.ts';
import { DIALECT_NAMES } from '../../src/model/dialect-name.ts';
import { PIXEL } from '../kit/pixel.ts';
import { TEN } from '../kit/tempers.ts';
import { stateOf, type Vendor } from '../kit/vendors.ts';

const RUNS = 400;

const word = fc.oneof(fc.constantFrom('', ' ', '\n', 'Go on. '), fc.string({ minLength: 1, maxLength: 12 }));
/** Few enough that they come again, and as odd as providers have them. */
const callId = fc.constantFrom('call_0', 'functions.f:0', 'x'.repeat(70), 'toolu_01AbCdEf', 'D681PevKs', '', 'é|{}');
const json = fc.constantFrom('{}', '{"a":1}', '', 'null', '[1]', '{"cut');

const text: fc.Arbitrary<Part> = word.map((words) => ({ type: 'text', text: words }));
const image: fc.Arbitrary<Part> = fc.constant({
  type: 'image',
  source: { kind: 'base64', mediaType: 'image/png', data: PIXEL },
});

/** Of the ten, those that make state. */
const SEALING = TEN.filter(({ target }) => target.dialect !== 'openai-chat' || target.provider === 'counting');

/** State of any of them, in the form of its dialect. */
const thinking = fc.tuple(fc.constantFrom(...SEALING), fc.boolean(), fc.integer({ min: 0, max: 9 })).map(reasoningOf);

function reasoningOf([vendor, sealed, number]: readonly [Vendor, boolean, number]): Part {
  const words = `Thought ${number}`;
  if (!sealed) return { type: 'reasoning', text: words };
  return { type: 'reasoning', text: words, opaque: opaqueOf(vendor, words, number) };
}

function opaqueOf({ target, origin }: Vendor, words: string, number: number): OpaqueState {
  const state = stateOf(origin, words);
  const base = { dialect: target.dialect, origin };
  switch (target.dialect) {
    case 'anthropic-messages':
      return { ...base, value: { signature: state } };
    case 'openai-responses':
      return {
        ...base,
        value: {
          id: `rs_${number}`,
          type: 'reasoning',
          summary: [{ type: 'summary_text', text: words }],
          encrypted_content: state,
        },
      };
    case 'openai-chat':
      return { ...base, value: [{ type: 'reasoning.text', text: words, signature: state }] };
    default:
      return { ...base, value: state };
  }
}

const call: fc.Arbitrary<ToolCallPart> = fc
  .tuple(callId, fc.constantFrom('f', 'g h'), json, fc.option(fc.constantFrom(...SEALING), { nil: undefined }))
  .map(([id, name, args, vendor]) => ({
    type: 'tool-call',
    id,
    name,
    arguments: args,
    ...(vendor?.target.dialect === 'gemini-generate' && { opaque: opaqueOf(vendor, 'x', 0) }),
  }));

const result: fc.Arbitrary<Part> = fc
  .tuple(callId, fc.array(fc.oneof(text, image), { maxLength: 2 }), fc.boolean())
  .map(([id, content, isError]) => ({
    type: 'tool-result',
    callId: id,
    content: content.flatMap((part) => (part.type === 'text' || part.type === 'image' ? [part] : [])),
    isError,
  }));

/** Sealed thinking leads to something: nothing else was ever said by a model. */
const answer: fc.Arbitrary<Message> = fc
  .tuple(fc.array(thinking, { maxLength: 2 }), word, fc.array(call, { maxLength: 3 }))
  .map(([thoughts, words, calls]) => ({
    role: 'assistant',
    parts: [...thoughts, { type: 'text', text: calls.length === 0 && words.trim() === '' ? 'Well.' : words }, ...calls],
  }));

const turn: fc.Arbitrary<Message> = fc.oneof(
  { weight: 3, arbitrary: answer },
  { weight: 2, arbitrary: fc.array(fc.oneof(text, image), { minLength: 1, maxLength: 3 }).map(messageOf('user')) },
  { weight: 3, arbitrary: fc.array(result, { minLength: 1, maxLength: 3 }).map(messageOf('tool')) },
  { weight: 1, arbitrary: fc.array(text, { minLength: 1, maxLength: 1 }).map(messageOf('system')) },
);

function messageOf(role: Message['role']): (parts: readonly Part[]) => Message {
  return (parts) => ({ role, parts });
}

const history = fc
  .array(turn, { minLength: 1, maxLength: 12 })
  .map((turns): Message[] => [{ role: 'user', parts: [{ type: 'text', text: 'Hello' }] }, ...turns]);

describe.each(TEN.map((vendor) => ({ to: vendor.target.id, vendor })))(
  'any history at all, sent to $to',
  ({ vendor }) => {
    const { target, origin, complaint } = vendor;
    const memory = new OpaqueMemory({ turns: 0, bytes: 0, keepMs: 0 });
    const caller = DIALECT_NAMES.find((name) => name !== target.dialect) ?? 'openai-chat';

    test('is taken', () => {
      fc.assert(
        fc.property(history, fc.boolean(), (messages, thinks) => {
          const request = requestOf(messages, caller, thinks);
          const reader = { origin, sameDialect: false, caller: '', memory, presumed: new Map(), now: 0 };
          const bound = bindState(request, reader);
          const context = { target, newId: () => 'x'.repeat(16) };
          const { body } = dialectKits.target(target.dialect).encodeRequest(bound.request, context);
          expect(complaint(JSON.parse(JSON.stringify(body)))).toBeUndefined();
        }),
        { numRuns: RUNS },
      );
    });
  },
);

function requestOf(messages: readonly Message[], caller: ChatRequest['dialect'], thinks: boolean): ChatRequest {
  const body = { model: 'reply', messages: [{ role: 'user', content: 'x' }] };
  const request = dialectKits.caller('openai-chat').decodeRequest(body, {});
  const tools = ['f', 'g h'].map((name) => ({ name, parameters: { type: 'object', properties: {} } }));
  return { ...request, dialect: caller, messages, tools, ...(thinks && { reasoning: { effort: 'low' } }) };
}
