import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../model/json.ts';
import { HttpFailure } from './http-failure.ts';
import { takeRequestOptions } from './request-options.ts';

function field(understudy: JsonValue, headers: Record<string, string> = {}): string | undefined {
  try {
    takeRequestOptions({ understudy }, headers);
  } catch (error) {
    if (error instanceof HttpFailure) return error.failure.field;
  }
  return undefined;
}

describe('options in the body', () => {
  it('are taken out of it, and the rest stays as it was', () => {
    const body = {
      model: 'reply',
      understudy: { deadline_ms: 900, quality: 'strict', residency: ['eu'], pin: 'a/b/c', tags: ['x', 'y'] },
    };
    expect(takeRequestOptions(body, {})).toEqual({
      body: { model: 'reply' },
      options: { deadlineMs: 900, quality: 'strict', residency: ['eu'], pin: 'a/b/c', tags: ['x', 'y'] },
    });
    expect(body.understudy).toBeDefined();
  });

  it('that are not there leave the body as it is, the very same one', () => {
    const body = { model: 'reply' };
    const taken = takeRequestOptions(body, {});
    expect(taken.body).toBe(body);
    expect(taken.options).toEqual({});
  });

  it.each<[string, JsonValue, string]>([
    ['no object', 'fast', 'understudy'],
    ['null', null, 'understudy'],
    ['an unknown name', { deadline: 5 }, 'understudy.deadline'],
    ['a deadline of nothing', { deadline_ms: 0 }, 'understudy.deadline_ms'],
    ['a deadline of more than a day', { deadline_ms: 86_400_001 }, 'understudy.deadline_ms'],
    ['a deadline as text', { deadline_ms: '5' }, 'understudy.deadline_ms'],
    ['a quality of another name', { quality: 'best' }, 'understudy.quality'],
    ['a pin without provider', { pin: 'gpt' }, 'understudy.pin'],
    ['a pin with white space', { pin: 'a/b c' }, 'understudy.pin'],
    ['no region at all', { residency: [] }, 'understudy.residency'],
    ['a tag that is a number', { tags: ['a', 1] }, 'understudy.tags'],
    ['an empty tag', { tags: [''] }, 'understudy.tags'],
    ['an empty conversation', { conversation: '' }, 'understudy.conversation'],
    ['a conversation that is a number', { conversation: 7 }, 'understudy.conversation'],
    ['a conversation that is too long', { conversation: 'x'.repeat(201) }, 'understudy.conversation'],
    ['a tag that is too long', { tags: ['x'.repeat(65)] }, 'understudy.tags'],
    ['too many tags', { tags: Array.from({ length: 21 }, String) }, 'understudy.tags'],
  ])('%s is refused by name', (_, given, name) => {
    expect(field(given)).toBe(name);
  });

  it('limit where data goes, how long it is kept, and in which languages it is answered', () => {
    const understudy = { residency: ['eu'], retention_days: 0, languages: ['de', 'pt-BR', 'zh-Hant-TW'] };
    expect(takeRequestOptions({ understudy }, {}).options).toEqual({
      residency: ['eu'],
      maxRetentionDays: 0,
      languages: ['de', 'pt-BR', 'zh-Hant-TW'],
    });
    const headers = { 'x-understudy-retention-days': '30', 'x-understudy-languages': 'de, fr' };
    expect(takeRequestOptions({}, headers).options).toEqual({ maxRetentionDays: 30, languages: ['de', 'fr'] });
  });

  it.each<[string, JsonValue, string]>([
    ['a retention of half a day', { retention_days: 0.5 }, 'understudy.retention_days'],
    ['a negative retention', { retention_days: -1 }, 'understudy.retention_days'],
    ['a retention of more than a century', { retention_days: 36_501 }, 'understudy.retention_days'],
    ['a language by its name', { languages: ['german'] }, 'understudy.languages'],
    ['no language at all', { languages: [] }, 'understudy.languages'],
  ])('%s is refused by name', (_, given, name) => {
    expect(field(given)).toBe(name);
  });

  it('may give a list of one as a text', () => {
    expect(takeRequestOptions({ understudy: { tags: 'x' } }, {}).options).toEqual({ tags: ['x'] });
  });
});

describe('options in headers', () => {
  it('mean the same', () => {
    const headers = {
      'x-understudy-deadline-ms': '900',
      'x-understudy-quality': 'degraded-ok',
      'x-understudy-residency': 'eu, ch',
      'x-understudy-pin': 'a/b',
      'x-understudy-tags': 'x,y',
      'x-understudy-conversation': 'c-1',
    };
    expect(takeRequestOptions({}, headers).options).toEqual({
      deadlineMs: 900,
      quality: 'degraded-ok',
      residency: ['eu', 'ch'],
      pin: 'a/b',
      tags: ['x', 'y'],
      conversation: 'c-1',
    });
  });

  it('give way to the body, name by name', () => {
    const headers = { 'x-understudy-pin': 'a/b', 'x-understudy-tags': 'x' };
    expect(takeRequestOptions({ understudy: { pin: 'c/d' } }, headers).options).toEqual({ pin: 'c/d', tags: ['x'] });
  });

  it.each([
    ['x-understudy-deadline-ms', 'soon'],
    ['x-understudy-deadline-ms', ''],
    ['x-understudy-tags', 'a,,b'],
    ['x-understudy-pin', 'b'],
  ])('%s: %s is refused under the header’s name', (name, value) => {
    expect(field({}, { [name]: value })).toBe(name);
  });
});
