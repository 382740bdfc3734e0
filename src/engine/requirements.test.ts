import { describe, expect, it } from 'vitest';
import { chatRequest, routeTarget } from '../../test/kit/engine-kit.ts';
import { UNKNOWN_CAPABILITIES } from '../model/capability.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Part } from '../model/conversation.ts';
import type { TargetDialectName } from '../model/dialect-name.ts';
import type { Requirement } from '../model/requirement.ts';
import type { Target } from '../model/target.ts';
import { holderOf, requirementsOf, unmetBy } from './requirements.ts';

function target(id: string, dialect: TargetDialectName, of: Partial<Target> = {}): Target {
  return routeTarget(id, { of: { dialect, ...of } }).target;
}

const search: Requirement = { kind: 'ability', ability: 'web-search', only: 'openai-responses', field: 'tools[0]' };
const several: Requirement = { kind: 'ability', ability: 'several-answers', field: 'n' };
const file: Requirement = {
  kind: 'provider-state',
  state: 'file',
  dialect: 'openai-chat',
  field: 'messages[0].content[0]',
};

function withParts(...parts: Part[]): ChatRequest {
  return { ...chatRequest(), messages: [{ role: 'user', parts }] };
}

describe('what a request cannot be served without', () => {
  it('is what its fields ask for, and what its messages hold by an id alone, in the results of tools too', () => {
    const source = { kind: 'provider-file', id: 'file-1', dialect: 'openai-chat' } as const;
    const request = withParts(
      { type: 'text', text: 'Hello' },
      { type: 'image', source },
      { type: 'tool-result', callId: 'c', isError: false, content: [{ type: 'file', source }] },
      { type: 'image', source: { kind: 'url', url: 'https://example.com/a.png' } },
    );
    const state = { kind: 'provider-state', state: 'file', dialect: 'openai-chat' };
    expect(requirementsOf({ ...request, requires: [several] })).toEqual([
      several,
      { ...state, field: 'messages[0].content[1]' },
      { ...state, field: 'messages[0].content[2].content[0]' },
    ]);
  });

  it('a film is required, any other block of one dialect is a loss', () => {
    const foreign = { type: 'foreign', dialect: 'gemini-generate', value: {} } as const;
    const request = withParts({ ...foreign, kind: 'fileData.video' }, { ...foreign, kind: 'executableCode' });
    expect(requirementsOf(request)).toEqual([
      { kind: 'ability', ability: 'video', only: 'gemini-generate', field: 'messages[0].content[0]' },
    ]);
  });
});

describe('a target', () => {
  it('of another dialect cannot be asked for what one dialect has words for', () => {
    expect(unmetBy(target('a/m', 'openai-responses'), search, undefined)).toBeUndefined();
    expect(unmetBy(target('b/m', 'anthropic-messages'), search, undefined)).toEqual({
      reason: 'capability(web-search)',
      detail: 'tools[0] can be asked for in openai-responses alone',
      field: 'tools[0]',
    });
  });

  it('whose dialect has no words for it cannot be asked, whatever is known of the model', () => {
    const abilities = { ...UNKNOWN_CAPABILITIES.abilities, 'several-answers': 'yes' as const };
    const able = target('b/m', 'anthropic-messages', { capabilities: { ...UNKNOWN_CAPABILITIES, abilities } });
    expect(unmetBy(able, several, undefined)?.detail).toBe('n cannot be told in anthropic-messages');
    expect(unmetBy(target('a/m', 'gemini-generate'), several, undefined)).toBeUndefined();
  });

  it('that is known not to have it may not serve; unknown passes', () => {
    const abilities = { ...UNKNOWN_CAPABILITIES.abilities, 'web-search': 'no' as const };
    const unable = target('a/m', 'openai-responses', { capabilities: { ...UNKNOWN_CAPABILITIES, abilities } });
    expect(unmetBy(unable, search, undefined)?.reason).toBe('capability(web-search)');
  });
});

describe('what a provider holds', () => {
  const inOrder = [
    target('gemini/m', 'gemini-generate'),
    target('openai/m', 'openai-responses'),
    target('azure/m', 'openai-chat'),
  ];

  it('is taken to be at the first target that speaks the language; OpenAI’s two dialects are one account', () => {
    expect(holderOf(file, inOrder)).toBe('openai');
    expect(holderOf({ ...file, dialect: 'anthropic-messages' }, inOrder)).toBeUndefined();
    expect(holderOf(search, inOrder)).toBeUndefined();
  });

  it('is nowhere else', () => {
    const unmet = inOrder.map((one) => unmetBy(one, file, holderOf(file, inOrder))?.reason);
    expect(unmet).toEqual(['provider-state(file)', undefined, 'provider-state(file)']);
  });

  it('whoever pins a request is believed', () => {
    expect(unmetBy(target('azure/m', 'openai-chat'), file, undefined)).toBeUndefined();
  });
});
