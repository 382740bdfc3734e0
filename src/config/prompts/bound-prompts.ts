import type { PromptLibrary } from '../../quality/prompts/prompt-library.ts';
import { type ConfigProblem, formatPath, type Path } from '../problems.ts';
import type { Config } from '../schema.ts';
import { suggestion } from '../suggest.ts';
import { readYaml } from '../yaml-text.ts';

/** Routes that are bound to a prompt which is not there, or that say the same thing in two places. */
export function boundPromptProblems(
  { routes }: Config,
  library: PromptLibrary | undefined,
  source: { readonly file: string; readonly text: string },
): ConfigProblem[] {
  const names = library?.names ?? [];
  const found: ConfigProblem[] = [];
  for (const [route, { prompt, targets }] of Object.entries(routes)) {
    if (prompt === undefined) continue;
    if (!names.includes(prompt)) {
      const fix = suggestion(prompt, names, 'prompts are') ?? `write it into the folder of prompts, as ${prompt}.yaml`;
      found.push(problem(source, ['routes', route, 'prompt'], `there is no prompt "${prompt}"`, fix));
    }
    for (const [at, target] of targets.entries()) {
      if (typeof target === 'string' || !target.prompt) continue;
      const message = 'says what the route’s own prompt is to say';
      const fix = `write it under \`adjust\` in the prompt ${prompt}`;
      found.push(problem(source, ['routes', route, 'targets', at, 'prompt'], message, fix));
    }
  }
  return found;
}

function problem(
  { file, text }: { readonly file: string; readonly text: string },
  path: Path,
  message: string,
  fix: string,
): ConfigProblem {
  const read = readYaml(text, file);
  const place = 'yaml' in read ? read.yaml.position(path) : undefined;
  return { file, ...place, path: formatPath(path), message, fix };
}
