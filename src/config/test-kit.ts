import { parseConfig } from './parse.ts';
import { type ConfigProblem, isConfigError } from './problems.ts';

/** Every problem of a text; none when it is accepted. */
export function problemsOf(text: string): readonly ConfigProblem[] {
  try {
    parseConfig(text, 'understudy.yaml');
  } catch (error) {
    if (isConfigError(error)) return error.problems;
    throw error;
  }
  return [];
}

/** What is written, and the one problem that it has. */
export type RefusedCase = [
  situation: string,
  text: string,
  line: number,
  path: string,
  message: RegExp,
  fix: RegExp | undefined,
];

/** A configuration without a problem, to be gone wrong. */
export const accepted = `providers:
  openai: { apiKey: "env:OPENAI_API_KEY" }
routes:
  a: { targets: [openai/gpt-5.6] }
`;

/** Lines of the section `server`, the first of them on line 6. */
export const inServer = (lines: string) => `${accepted}server:\n${lines}`;

/** Lines of a route, the first of them on line 6. */
export const inRoute = (lines: string) =>
  `providers:\n  openai: {}\nroutes:\n  a:\n    targets: [openai/gpt-5.6]\n${lines}`;

/** Lines of a provider of an unknown name, the first of them on line 6. */
export const inProvider = (lines: string) =>
  `routes:\n  a: { targets: [p/m] }\nproviders:\n  p:\n    dialect: openai-chat\n${lines}`;

/** The base URL that such a provider needs. */
export const reachable = '    baseUrl: http://127.0.0.1:1/v1\n';
