import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';

/** One assertion as the rules see it. */
export interface LintSubject {
  readonly grader: string;
  /** What the suite writes after the grader's name. */
  readonly options: JsonValue;
  /** The demand is that it does not hold. */
  readonly not: boolean;
  /** Texts that are asked for to the letter or nearly so; of `regex`, what its pattern says literally. */
  readonly literals: readonly string[];
  /** Source of the pattern, of `regex` alone. */
  readonly pattern?: string;
}

export function lintSubject(grader: string, written: JsonObject): LintSubject {
  const options = written[grader] ?? null;
  const pattern = grader === 'regex' ? field(options, 'pattern') : undefined;
  return {
    grader,
    options,
    not: written.not === true,
    literals: pattern === undefined ? literalsOf(grader, options) : [literalOf(pattern)],
    ...(pattern === undefined ? {} : { pattern }),
  };
}

/** The text that an option holds alone or under a name. */
function field(options: JsonValue, name: string): string | undefined {
  const value = isJsonObject(options) ? options[name] : options;
  return typeof value === 'string' ? value : undefined;
}

function literalsOf(grader: string, options: JsonValue): readonly string[] {
  switch (grader) {
    case 'exact':
      return textsIn(isJsonObject(options) ? options.text : options);
    case 'normalised':
      return textsIn(options);
    case 'contains-facts':
      return textsIn(isJsonObject(options) ? options.facts : options);
    case 'similarity':
      return textsIn(isJsonObject(options) ? options.to : null);
    default:
      return [];
  }
}

function textsIn(value: JsonValue | undefined): string[] {
  if (typeof value === 'string') return [value];
  return Array.isArray(value) ? value.flatMap((one) => textsIn(one)) : [];
}

/** A pattern as the text that it is looking for: signs that stand for others become blanks, escaped ones themselves. */
function literalOf(pattern: string): string {
  return pattern
    .replace(/\\[dDwWsSbBnrt]/g, ' ')
    .replace(/\\(.)/g, '$1')
    .replace(/[()[\]^$?*+|]|\{\d+(,\d*)?\}/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** These compare words in their normal form, without signs. */
export function takesNoNoticeOfSigns({ grader, options }: LintSubject): boolean {
  if (grader === 'contains-facts') return !(isJsonObject(options) && options.exactly === true);
  return grader === 'normalised' || grader === 'similarity';
}
