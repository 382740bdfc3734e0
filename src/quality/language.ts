import { detectAll } from 'tinyld/light';

/** The languages that can be told apart (ISO 639-1): those of the small profile of tinyld. */
export const LANGUAGES = [
  'ar',
  'bn',
  'de',
  'el',
  'en',
  'es',
  'fi',
  'fr',
  'he',
  'hi',
  'hu',
  'it',
  'ja',
  'ko',
  'nl',
  'no',
  'pl',
  'pt',
  'ro',
  'ru',
  'sv',
  'th',
  'tr',
  'zh',
] as const;

/** Letters below which the language of a text is not judged; of scripts that write a word in one or two signs. */
export const MIN_LETTERS = 40;
export const MIN_SIGNS = 12;
/** Letters that are looked at: more would cost time and change nothing. */
const MAX_LETTERS = 500;
/** How sure the detector is where an answer counts as one in another language; from 0 to 1. */
const SURE = 0.2;
/** How many times as likely it is as any language that was asked for. */
const CLEARLY = 3;

const NO_WORDS = /```[\s\S]*?(?:```|$)|`[^`\n]*`|https?:\/\/\S+|[\w.+-]+@[\w-]+\.\S+/g;
const LETTER = /\p{L}/gu;
const SIGN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu;

/**
 * The language that a text is clearly written in where it is none of these; undefined where it may be one of them.
 * Short texts, and texts of which nobody can be sure, are undefined. Code, addresses and e-mail addresses have no language.
 */
export function otherLanguage(text: string, wanted: readonly string[]): string | undefined {
  const words = text
    .slice(0, 4 * MAX_LETTERS)
    .replace(NO_WORDS, ' ')
    .slice(0, MAX_LETTERS);
  if (!holds(words, LETTER, MIN_LETTERS) && !holds(words, SIGN, MIN_SIGNS)) return undefined;
  const guesses = detectAll(words);
  const [best] = guesses;
  if (!best || wanted.includes(best.lang) || best.accuracy < SURE) return undefined;
  const likeliest = Math.max(0, ...guesses.filter(({ lang }) => wanted.includes(lang)).map(({ accuracy }) => accuracy));
  return likeliest * CLEARLY > best.accuracy ? undefined : best.lang;
}

/** Whether there are so many of them; looks no further than that. */
function holds(text: string, sign: RegExp, least: number): boolean {
  sign.lastIndex = 0;
  for (let found = 0; found < least; found += 1) if (!sign.test(text)) return false;
  return true;
}
