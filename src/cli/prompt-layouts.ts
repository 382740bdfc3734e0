import type { Target } from '../model/target.ts';
import type { CompiledPrompt } from '../quality/prompts/compile.ts';
import type { Layout } from '../quality/prompts/layout-rules.ts';
import { type PromptVersion, versionLabel } from '../quality/prompts/prompt-spec.ts';
import type { Scope } from '../quality/prompts/template.ts';

/** What targets of one layout are told. */
export interface ToldLayout {
  readonly targets: readonly string[];
  readonly version: string;
  readonly family: string;
  /** A hand-kept variant rather than the compiler's words. */
  readonly byHand: boolean;
  readonly layout: Layout;
  readonly system: string;
  readonly turns: readonly { readonly role: string; readonly text: string }[];
  readonly user: string;
}

interface Told {
  readonly target: Target;
  readonly version: PromptVersion;
  readonly compiled: CompiledPrompt;
  readonly values: Scope;
}

/** One entry for all targets that are told the very same. */
export function layoutsOf(told: readonly Told[]): ToldLayout[] {
  const found = new Map<string, ToldLayout>();
  for (const { target, version, compiled, values } of told) {
    const { family, byHand, layout } = compiled;
    const words = {
      system: compiled.system(values),
      turns: compiled.turns.map(({ role, parts }) => ({
        role,
        text: parts.map((part) => (part.type === 'text' ? part.text : '')).join(''),
      })),
      user: compiled.user(values),
    };
    const label = versionLabel(version);
    const key = JSON.stringify([label, layout.place, words]);
    const same = found.get(key);
    const targets = [...(same?.targets ?? []), target.id];
    found.set(key, { targets, version: label, family, byHand, layout, ...words });
  }
  return [...found.values()];
}

/** The words in the order in which the model reads them. */
export function toldText({ layout, system, turns, user }: ToldLayout): string {
  const place = layout.place === 'system' ? '[system]' : '[user, before the first words]';
  const blocks = [
    ...(system === '' ? [] : [`${place}\n${system}`]),
    ...turns.map(({ role, text }) => `[${role}]\n${text}`),
    ...(user === '' ? [] : [`[user]\n${user}`]),
  ];
  return blocks.join('\n\n');
}
