/** Words by language tag (BCP 47), in the operator's order: the first is for whoever asks for none of them. Never empty. */
export type LocalisedText = ReadonlyMap<string, string>;

export interface ChosenText {
  readonly language: string;
  readonly text: string;
}

/** Longest `Accept-Language` that is read, in characters, and most languages in it. */
const MAX_HEADER_CHARS = 1_000;
const MAX_LANGUAGES = 32;

/** The text for a reader, by lookup as RFC 4647 §3.4 has it: `pt-BR` is content with `pt`. Throws `RangeError` where there is none at all. */
export function textFor(texts: LocalisedText, wanted: readonly string[]): ChosenText {
  for (const tag of wanted) {
    const found = lookUp(texts, tag);
    if (found) return found;
  }
  const [first] = texts;
  if (!first) throw new RangeError('a localised text holds no language');
  return { language: first[0], text: first[1] };
}

/** The languages of an `Accept-Language` header (RFC 9110 §12.5.4), the most wanted first; those with `q=0` and `*` are left out. */
export function acceptedLanguages(header: string): string[] {
  const entries: { readonly tag: string; readonly weight: number }[] = [];
  for (const part of header.slice(0, MAX_HEADER_CHARS).split(',', MAX_LANGUAGES)) {
    const [tag = '', ...parameters] = part.split(';').map((piece) => piece.trim());
    const weight = weightOf(parameters);
    if (/^[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*$/.test(tag) && weight > 0) entries.push({ tag, weight });
  }
  // Sorting is stable: of equal weights the first stays first.
  return entries.sort((one, other) => other.weight - one.weight).map(({ tag }) => tag);
}

function weightOf(parameters: readonly string[]): number {
  const given = parameters.find((parameter) => /^q=/i.test(parameter));
  if (given === undefined) return 1;
  const weight = Number(given.slice(2));
  return Number.isFinite(weight) ? Math.min(1, weight) : 0;
}

function lookUp(texts: LocalisedText, tag: string): ChosenText | undefined {
  for (let range = tag.toLowerCase(); range !== ''; range = shortened(range)) {
    for (const [language, text] of texts) if (language.toLowerCase() === range) return { language, text };
  }
  return undefined;
}

/** Without its last subtag, and without a single letter that would then end it (RFC 4647 §3.4). */
function shortened(range: string): string {
  const cut = range.slice(0, Math.max(0, range.lastIndexOf('-')));
  return /-[a-z0-9]$/.test(cut) ? cut.slice(0, -2) : cut;
}
