import { describe, expect, test } from 'vitest';
import { CATALOGUE } from '../providers/catalogue.ts';
import { MAX_CHOSEN } from './auto-targets.ts';
import { parseConfig } from './parse.ts';
import { resolveConfig } from './resolve.ts';

function chain(providers: string, route: string) {
  const resolved = resolveConfig(parseConfig(`providers:\n${providers}routes:\n  a:\n${route}`, 'understudy.yaml'));
  const choice = resolved.autoChoices.get('a');
  return {
    targets: resolved.routes.get('a')?.targets.map(({ target }) => target.id),
    why: (target: string) =>
      [...(choice?.chosen ?? []), ...(choice?.passedOver ?? [])].find((one) => one.target === target)?.because,
    choice,
    demands: resolved.routes.get('a')?.demands,
  };
}

/** A server of one's own with one model. */
const own = (name: string, model: string, facts: string, more = '') =>
  `  ${name}: { dialect: openai-chat, baseUrl: "http://127.0.0.1:1/v1", ${more}models: { ${model}: { ${facts} } } }\n`;
const PRIMARY = own('home', 'big', 'tier: standard, contextWindow: 100000, abilities: { tools: yes, vision: yes }');
const FIRST = '    targets: [home/big, auto]\n';
const able = 'abilities: { tools: yes, vision: yes }';

describe('a chain from the catalogue', () => {
  test('has another host of the primary’s model before models of its tier', () => {
    const { targets, why } = chain(
      '  groq: {}\n  mistral: {}\n  cerebras: {}\n',
      '    targets: [groq/openai/gpt-oss-20b, auto]\n',
    );
    expect(targets?.[0]).toBe('groq/openai/gpt-oss-20b');
    const { targets: bigger, why: because } = chain(
      '  groq: {}\n  gemini: {}\n  cerebras: {}\n',
      '    targets: [groq/openai/gpt-oss-120b, auto]\n',
    );
    expect(bigger?.[1]).toBe('cerebras/gpt-oss-120b');
    expect(because('cerebras/gpt-oss-120b')).toBe('another host of gpt-oss-120b');
    expect(why('groq/openai/gpt-oss-120b')).toMatch(/^the route has a target at its provider/);
  });

  test('alone begins with the default of the first provider', () => {
    expect(chain('  openai: {}\n  anthropic: {}\n', '    targets: auto\n').targets?.[0]).toBe('openai/gpt-5.6');
    expect(chain('  anthropic: {}\n  openai: {}\n', '    targets: [auto]\n').targets?.[0]).toMatch(/^anthropic\//);
  });

  test('keeps the tier while it runs, too', () => {
    expect(chain('  openai: {}\n', '    targets: auto\n').demands?.tier).toBe('same-or-better');
    expect(chain('  openai: {}\n', '    targets: [openai/gpt-5.6]\n').demands?.tier).toBe('any');
  });

  test('is the same every time, and every model that it could have had has a reason', () => {
    const providers = '  openai: {}\n  anthropic: {}\n  gemini: {}\n  mistral: {}\n  xai: {}\n';
    const once = chain(providers, '    targets: [openai/gpt-5.6, auto]\n');
    expect(chain(providers, '    targets: [openai/gpt-5.6, auto]\n').choice).toEqual(once.choice);
    const told = [...(once.choice?.chosen ?? []), ...(once.choice?.passedOver ?? [])];
    const known = ['openai', 'anthropic', 'gemini', 'mistral', 'xai'].flatMap((provider) =>
      (CATALOGUE[provider] ?? []).filter(({ match }) => match === 'model').map(({ name }) => `${provider}/${name}`),
    );
    expect(told.map(({ target }) => target).sort()).toEqual(known.filter((id) => id !== 'openai/gpt-5.6').sort());
  });

  test('has no more than a few, in the order in which the providers are written, and one a provider', () => {
    const many = ['p1', 'p2', 'p3', 'p4'].map((name) =>
      own(name, 'm', `tier: standard, contextWindow: 100000, ${able}`),
    );
    const { targets, why } = chain(PRIMARY + many.join(''), FIRST);
    expect(targets).toEqual(['home/big', 'p1/m', 'p2/m', 'p3/m']);
    expect(targets).toHaveLength(1 + MAX_CHOSEN);
    expect(why('p4/m')).toBe('3 others were chosen before it');
    const two = `  p1: { dialect: openai-chat, baseUrl: "http://127.0.0.1:1/v1", models: { n: { tier: standard, contextWindow: 100000, ${able} }, big: { tier: small } } }\n`;
    const same = chain(PRIMARY + two, FIRST);
    expect(same.targets).toEqual(['home/big', 'p1/big']);
    expect(same.why('p1/n')).toBe('p1/big is the primary’s own model');
    const next = chain(
      PRIMARY + two.replace('big:', 'o:').replace('tier: small', `tier: standard, contextWindow: 100000, ${able}`),
      FIRST,
    );
    expect(next.why('p1/o')).toBe('p1/n was chosen at its provider');
  });

  test.each([
    ['a lower tier', `tier: small, contextWindow: 100000, ${able}`, /^it is small, and the primary is standard$/],
    ['a higher tier', `tier: frontier, contextWindow: 100000, ${able}`, /^it is frontier/],
    ['no tier', `contextWindow: 100000, ${able}`, /^its tier is not known$/],
    [
      'a window just too small',
      `tier: standard, contextWindow: 89999, ${able}`,
      /^its window of 89999 tokens is smaller/,
    ],
    ['no window', `tier: standard, ${able}`, /^its window is not known$/],
    [
      'an ability less',
      'tier: standard, contextWindow: 100000, abilities: { tools: yes }',
      /as the primary has: vision$/,
    ],
    [
      'an ability that it lacks',
      'tier: standard, contextWindow: 100000, abilities: { tools: no, vision: yes }',
      /: tools$/,
    ],
  ])('leaves out a model of %s', (_, facts, because) => {
    const { targets, why } = chain(PRIMARY + own('p', 'm', facts), FIRST);
    expect(targets).toEqual(['home/big']);
    expect(why('p/m')).toMatch(because);
  });

  test('takes a window of nine tenths, one of input alone, and more abilities than asked for', () => {
    const taken = (facts: string) => chain(PRIMARY + own('p', 'm', facts), FIRST).targets?.length === 2;
    expect(taken(`tier: standard, contextWindow: 90000, ${able}`)).toBe(true);
    expect(taken(`tier: standard, maxInputTokens: 100000, ${able}`)).toBe(true);
    expect(taken('tier: standard, contextWindow: 100000, abilities: { tools: yes, vision: yes, audio: yes }')).toBe(
      true,
    );
    expect(chain(own('home', 'big', 'contextWindow: 1000') + own('p', 'm', 'tier: standard'), FIRST).why('p/m')).toBe(
      'the tier of home/big is not known',
    );
  });

  test('never goes to another region than the primary’s or the route’s', () => {
    const inRegion = (region: string) => own('p', 'big', 'tier: standard', region === '' ? '' : `region: ${region}, `);
    const eu = PRIMARY.replace('models', 'region: eu, models');
    expect(chain(eu + inRegion('eu'), FIRST).targets).toHaveLength(2);
    expect(chain(eu + inRegion('us'), FIRST).why('p/big')).toBe('the route stays in eu, and its region is us');
    expect(chain(eu + inRegion(''), FIRST).why('p/big')).toBe(
      'the route stays in eu, and its region is not configured',
    );
    expect(chain(PRIMARY + inRegion('us'), FIRST).targets).toHaveLength(2);
    expect(chain(eu + inRegion('us'), `${FIRST}    residency: [eu, us]\n`).targets).toHaveLength(2);
  });

  test('never keeps anything longer than the route or the operator says of the primary', () => {
    const keeping = (days: string) => own('p', 'big', `tier: standard${days === '' ? '' : `, retentionDays: ${days}`}`);
    const limited = `${FIRST}    retention: 30\n`;
    expect(chain(PRIMARY + keeping('30'), limited).targets).toHaveLength(2);
    expect(chain(PRIMARY + keeping('31'), limited).why('p/big')).toBe(
      'what is sent may be kept 30 days, and its host keeps it 31 days',
    );
    expect(chain(PRIMARY + keeping(''), limited).why('p/big')).toMatch(/how long its host keeps it is not known$/);
    const zero = PRIMARY.replace('models', 'retentionDays: 0, models');
    expect(chain(zero + keeping('1'), FIRST).why('p/big')).toMatch(/^what is sent must not be kept/);
    expect(chain(zero + keeping('0'), FIRST).targets).toHaveLength(2);
    expect(chain(PRIMARY.replace('tier:', 'retentionDays: 0, tier:') + keeping('1'), FIRST).targets).toHaveLength(1);
    expect(chain(PRIMARY + keeping('999'), FIRST).targets).toHaveLength(2);
  });

  test('has hosts of the same model alone where vectors are wanted', () => {
    const { targets, why } = chain(
      '  openai: {}\n  gemini: {}\n',
      '    targets: [openai/text-embedding-3-small, auto]\n',
    );
    expect(targets).toEqual(['openai/text-embedding-3-small']);
    expect(why('gemini/gemini-embedding-2')).toBe('vectors of another model cannot stand in');
  });

  test('takes nothing for granted on a server of one’s own: what the catalogue knows need not be installed', () => {
    const { targets, choice } = chain('  groq: {}\n  ollama: {}\n', '    targets: [groq/openai/gpt-oss-120b, auto]\n');
    expect(targets).toEqual(['groq/openai/gpt-oss-120b']);
    expect(choice?.passedOver.filter(({ target }) => target.startsWith('ollama/'))).toEqual([]);
  });
});
