import { describe, expect, it } from 'vitest';
import type { ChatEvent } from '../../model/chat-event.ts';
import { encodeAnswer } from './encode-answer.ts';
import { geminiGenerateTarget } from './index.ts';
import { answerContext, reading, summary } from './test-kit.ts';

const foreign = answerContext({ sameDialect: false });

describe('a whole answer', () => {
  it('of the same dialect is the provider’s own, with how it was served', () => {
    const body = {
      candidates: [{ content: { parts: [{ text: 'Hi' }], role: 'model' }, finishReason: 'STOP', unheard: 1 }],
      usageMetadata: { promptTokenCount: 1 },
    };
    const events = geminiGenerateTarget.decodeAnswer(body, reading());
    expect(encodeAnswer(events, answerContext({ annotate: false }), summary)).toEqual(body);
    expect(encodeAnswer(events, answerContext(), summary)).toMatchObject({ ...body, understudy: { attempts: 1 } });
  });

  it('of another dialect is built: text, calls, usage, end', () => {
    const events: ChatEvent[] = [
      { type: 'start', id: 'x', model: 'y' },
      { type: 'text', text: 'Let me look.' },
      { type: 'tool-call-start', index: 0, id: 'c0', name: 'look' },
      { type: 'tool-call-delta', index: 0, json: '{"city":"Oslo"}' },
      { type: 'tool-call-end', index: 0 },
      { type: 'usage', usage: { inputTokens: 3, outputTokens: 4 } },
      { type: 'finish', reason: 'tool-calls', native: 'tool_use' },
    ];
    expect(encodeAnswer(events, answerContext({ sameDialect: false, annotate: false }), summary)).toEqual({
      candidates: [
        {
          content: {
            parts: [
              { text: 'Let me look.' },
              {
                functionCall: { id: 'c0', name: 'look', args: { city: 'Oslo' } },
                thoughtSignature: 'skip_thought_signature_validator',
              },
            ],
            role: 'model',
          },
          finishReason: 'STOP',
          index: 0,
        },
      ],
      usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 4, totalTokenCount: 7 },
      modelVersion: 'model-x',
      responseId: 'req1',
    });
  });

  it.each([
    ['', {}],
    ['null', {}],
    ['[1]', { arguments: '[1]' }],
    ['{"a":', { arguments: '{"a":' }],
  ])('arguments %j are shown as %j', (json, args) => {
    const events: ChatEvent[] = [
      { type: 'tool-call-start', index: 0, id: 'c0', name: 'look' },
      { type: 'tool-call-delta', index: 0, json },
      { type: 'finish', reason: 'tool-calls' },
    ];
    expect(encodeAnswer(events, foreign, summary)).toMatchObject({
      candidates: [{ content: { parts: [{ functionCall: { args } }] } }],
    });
  });

  it('alternatives in their order; one that said nothing has no parts', () => {
    const events: ChatEvent[] = [
      { type: 'finish', reason: 'stop', choice: 1 },
      { type: 'text', text: 'a' },
      { type: 'finish', reason: 'stop' },
    ];
    const { candidates } = encodeAnswer(events, foreign, summary);
    expect(candidates).toEqual([
      { content: { parts: [{ text: 'a' }], role: 'model' }, finishReason: 'STOP', index: 0 },
      { content: { role: 'model' }, finishReason: 'STOP', index: 1 },
    ]);
  });
});
