import { describe, expect, it } from 'vitest';
import type { Tri } from '../../model/capability.ts';
import { UNKNOWN_CAPABILITIES } from '../../model/capability.ts';
import type { ToolDefinition } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import { DEFAULT_QUIRKS } from '../../model/quirks.ts';
import { LossList } from './losses.ts';
import { decodeTextTool, takesTextTools, textToolNames, withStandIns } from './text-tools.ts';
import { Unmapped } from './unmapped.ts';

function decoded(tool: JsonObject): { tool: ToolDefinition; unmapped: string[] } {
  const unmapped = new Unmapped('openai-responses');
  return { tool: decodeTextTool(tool, 'tools[0]', unmapped), unmapped: unmapped.fields().map(({ field }) => field) };
}

const lark = { syntax: 'lark', definition: 'start: "a"' };

describe('a tool of free text', () => {
  it('has its grammar from either of the two dialects', () => {
    const flat = decoded({ name: 'run', description: 'Runs.', format: { type: 'grammar', ...lark } });
    const deep = decoded({ name: 'run', description: 'Runs.', format: { type: 'grammar', grammar: lark } });
    expect(flat).toEqual(deep);
    expect(flat.tool).toMatchObject({ name: 'run', description: 'Runs.', freeText: { grammar: lark } });
    expect(decoded({ name: 'run', format: { type: 'text' } }).tool.freeText).toEqual({});
  });

  it('of a kind that is not known yet is named where the dialect changes', () => {
    expect(decoded({ name: 'run', format: { type: 'ebnf' } }).unmapped).toEqual(['tools[0].format']);
    const unknown = { type: 'grammar', syntax: 'peg', definition: 'x' };
    expect(decoded({ name: 'run', format: unknown })).toMatchObject({
      tool: { freeText: {} },
      unmapped: ['tools[0].format'],
    });
  });

  it.each([
    [{}, 'tools[0].name'],
    [{ name: '' }, 'tools[0].name'],
    [{ name: 'run', format: 'text' }, 'tools[0].format'],
    [{ name: 'run', format: { type: 'grammar', syntax: 'lark' } }, 'tools[0].format.definition'],
    [{ name: 'run', format: { type: 'grammar', grammar: { syntax: 'lark' } } }, 'tools[0].format.grammar.definition'],
  ])('%j is refused, and the field named', (tool, field) => {
    expect(() => decoded(tool)).toThrow(field);
  });

  it('is a function of one text for targets that take no others, with its grammar in words', () => {
    const losses = new LossList();
    const plain: ToolDefinition = { name: 'look', parameters: { type: 'object' } };
    const { tool } = decoded({ name: 'run', description: 'Runs.', format: { type: 'grammar', ...lark } });
    const bare = decoded({ name: 'say' }).tool;
    const { tools } = withStandIns({ tools: [plain, tool, bare] }, losses);
    expect(tools[0]).toBe(plain);
    expect(tools[1]?.description).toMatch(/^Runs\.\n\n"input" is the whole text.*grammar \(Lark\):\n\nstart: "a"$/s);
    expect(tools[2]?.description).toMatch(/^"input" is the whole text/);
    for (const stand of tools.slice(1)) {
      expect(stand.parameters).toMatchObject({ properties: { input: { type: 'string' } }, required: ['input'] });
      expect(stand).not.toHaveProperty('freeText');
    }
    expect(losses.list().map(({ field, matters }) => [field, matters])).toEqual([
      ['tools[1]', false],
      ['tools[1].format', true],
      ['tools[2]', false],
    ]);
    expect([...textToolNames({ tools: [plain, tool, bare] })]).toEqual(['run', 'say']);
  });

  it('a request without one is passed on itself, and nothing is lost', () => {
    const losses = new LossList();
    const request = { tools: [{ name: 'look', parameters: {} }] };
    expect(withStandIns(request, losses)).toBe(request);
    expect(losses.list()).toEqual([]);
  });

  it.each<[Tri, boolean, boolean]>([
    ['yes', false, true],
    ['unknown', true, true],
    ['unknown', false, false],
    ['no', true, false],
  ])('goes as it is where that is known (%s), or at the vendor itself (%s): %s', (known, vendorFields, takes) => {
    const abilities = { ...UNKNOWN_CAPABILITIES.abilities, 'custom-tools': known };
    expect(takesTextTools({ capabilities: { abilities }, quirks: { ...DEFAULT_QUIRKS, vendorFields } })).toBe(takes);
  });
});
