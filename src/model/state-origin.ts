import type { Target } from './target.ts';

/**
 * Who can read the opaque state that a target makes; equal for two targets exactly where the one reads the other's.
 *
 * Anthropic's signatures hold on every platform that serves its models, and blocks that a model cannot read are left out
 * by the API without an error (platform.claude.com/docs/en/build-with-claude/preserved-thinking). OpenAI's encrypted
 * reasoning is bound to the organisation, Gemini's signatures to the endpoint, and neither vendor promises that another
 * family of models takes them.
 */
export function stateOrigin({ dialect, provider, model, quirks }: Target): string {
  switch (quirks.stateReaders) {
    case 'vendor':
      return dialect;
    case 'model-family':
      return `${dialect}@${provider}/${modelFamily(model)}`;
  }
}

/** A model's name up to the end of its first number: `gemini-3` of `gemini-3.8-flash`; the whole name where it has none. */
export function modelFamily(model: string): string {
  return /^\D*\d+/.exec(model)?.[0] ?? model;
}
