import { containsFacts } from './contains-facts.ts';
import { contract } from './contract.ts';
import { exact } from './exact.ts';
import { finish } from './finish.ts';
import type { Grader } from './grader.ts';
import { jsonFields } from './json-fields.ts';
import { jsonSchema } from './json-schema.ts';
import { language } from './language.ts';
import { length } from './length.ts';
import { moduleGrader } from './module.ts';
import { noRefusal } from './no-refusal.ts';
import { normalised } from './normalised.ts';
import { numeric } from './numeric.ts';
import { regex } from './regex.ts';
import { rubric } from './rubric.ts';
import { similarity } from './similarity.ts';
import { toolCall } from './tool-call.ts';

/** Every grader once. */
export const GRADERS: readonly Grader[] = [
  exact,
  normalised,
  containsFacts,
  regex,
  jsonSchema,
  jsonFields,
  toolCall,
  numeric,
  similarity,
  length,
  language,
  finish,
  noRefusal,
  contract,
  rubric,
  moduleGrader,
];

const BY_NAME: ReadonlyMap<string, Grader> = new Map(GRADERS.map((grader) => [grader.name, grader]));

export function graderNamed(name: string): Grader | undefined {
  return BY_NAME.get(name);
}
