import { describe, expect, test } from 'vitest';
import type { Answer } from '../model/answer.ts';
import { MAX_REFUSAL_CHARS, refusalOf } from './refusal.ts';
import { answerOf, requestOf } from './test-kit.ts';

const of = (text: string, over: Partial<Answer> = {}, asked = 'Tell me.') =>
  refusalOf(answerOf(text, over), requestOf(asked));

describe('by form', () => {
  test.each<[string, Partial<Answer>]>([
    ['a refusal part', { parts: [{ type: 'refusal', text: 'No.' }] }],
    ['the finish reason of a refusal', { finish: 'refusal' }],
    ['a filter of the provider', { finish: 'content-filter' }],
  ])('%s is certain', (_, over) => {
    expect(of('anything', over)).toEqual({ by: 'form', confidence: 'certain' });
  });
});

describe('by words', () => {
  test.each([
    ["I'm sorry, but I can't assist with that.", 'en'],
    ["I'm sorry, I can't help with that request.", 'en'],
    ['I’m sorry, I cannot assist with that request.', 'en'],
    ["Sorry, but I can't help with that.", 'en'],
    ["I can't help with creating that kind of content.", 'en'],
    ['I cannot provide instructions for that.', 'en'],
    ['I cannot fulfill your request.', 'en'],
    ['I am unable to help with this.', 'en'],
    ["I'm not able to help with that.", 'en'],
    ["I won't help with that.", 'en'],
    ['I must decline to answer that.', 'en'],
    ['As an AI language model, I cannot give legal advice.', 'en'],
    ["I don't feel comfortable writing that.", 'en'],
    ['I need to decline this one.', 'en'],
    ["I'm just a language model, and so I can't help you with that.", 'en'],
    ["That's not something I'm able to help with.", 'en'],
    ['Dabei kann ich Ihnen leider nicht helfen.', 'de'],
    ['Es tut mir leid, aber ich kann Ihnen dabei nicht helfen.', 'de'],
    ['Tut mir leid, dabei kann ich nicht helfen.', 'de'],
    ['Je suis désolé, mais je ne peux pas vous aider avec cela.', 'fr'],
    ['Je ne peux pas répondre à cette demande.', 'fr'],
    ['Lo siento, pero no puedo ayudarte con eso.', 'es'],
    ['Mi dispiace, ma non posso aiutarti con questo.', 'it'],
    ['Desculpe, mas não posso ajudar com isso.', 'pt'],
    ['Sorry, maar daar kan ik je niet mee helpen.', 'nl'],
    ['申し訳ありませんが、そのご依頼にはお応えできません。', 'ja'],
    ['抱歉，我无法提供这方面的帮助。', 'zh'],
  ])('%s', (text, language) => {
    expect(of(text)).toMatchObject({ by: 'words', confidence: 'likely', language });
  });

  test('the words of a family are named as its own, in its answers', () => {
    const declined = 'I need to decline this one.';
    expect(of(declined, { model: 'claude-opus-4-7' })).toMatchObject({ family: 'claude' });
    expect(of("Sorry, I can't help with that.", { model: 'gpt-5' })).toMatchObject({ family: 'gpt' });
    expect(of("Sorry, I can't help with that.", { model: 'other-1' })).toMatchObject({ family: 'any' });
  });
});

describe('what only looks like one', () => {
  test.each([
    "I'm sorry to hear that your parcel is late. It arrives tomorrow.",
    'Sorry for the wait! Your order was shipped today.',
    'I cannot recommend this restaurant highly enough.',
    "I can't wait to show you the plan.",
    'I cannot find an order with this number. Could you check it?',
    "I can't see an attachment in your message.",
    'Unfortunately, the item is out of stock.',
    "We're unable to ship to this address.",
    'He said: I can’t help you with that.',
    'The function cannot provide a default.',
    'Leider ist der Artikel ausverkauft.',
    'Malheureusement, le colis est en retard.',
    'Lo siento, el pedido llega mañana.',
    '申し訳ありませんが、商品は在庫切れです。',
    '',
    '{"refused": false}',
  ])('%s', (text) => {
    expect(of(text)).toBeUndefined();
  });

  test('a long answer that begins so has usually begun to help', () => {
    const words = "I can't help with that, but here is what you can do. ";
    expect(of(words)).toBeDefined();
    expect(
      of(
        words
          .padEnd(MAX_REFUSAL_CHARS + 1, 'Do this. ')
          .trimEnd()
          .padEnd(MAX_REFUSAL_CHARS + 1, '.'),
      ),
    ).toBeUndefined();
  });

  test('an answer that calls a tool', () => {
    const parts: Answer['parts'] = [
      { type: 'text', text: "I can't help with that myself." },
      { type: 'tool-call', id: 'c', name: 'ask', arguments: '{}' },
    ];
    expect(of('', { parts })).toBeUndefined();
  });

  test('words that stand in the request may be what was asked for', () => {
    const text = "I can't help with that.";
    expect(of(text, {}, `Repeat: ${text}`)).toMatchObject({ by: 'words', confidence: 'possible' });
  });
});
