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
const MAX_LETTERS = 2_000;
/** How sure the detector is where an answer counts as one in another language; from 0 to 1. */
const SURE = 0.4;
/** How many times as likely it is as any language that was asked for. */
const CLEARLY = 3;

const NO_WORDS = /```[\s\S]*?(?:```|$)|`[^`\n]*`|https?:\/\/\S+|[\w.+-]+@[\w-]+\.\S+/g;
const SIGNS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/gu;

/**
 * The language that a text is clearly written in where it is none of these; undefined where it may be one of them.
 * Short texts, and texts of which nobody can be sure, are undefined. Code, addresses and e-mail addresses have no language.
 */
export function otherLanguage(text: string, wanted: readonly string[]): string | undefined {
  const words = text
    .slice(0, 4 * MAX_LETTERS)
    .replace(NO_WORDS, ' ')
    .slice(0, MAX_LETTERS);
  const letters = words.match(/\p{L}/gu)?.length ?? 0;
  const signs = words.match(SIGNS)?.length ?? 0;
  if (letters < MIN_LETTERS && signs < MIN_SIGNS) return undefined;
  const guesses = detectAll(words);
  const [best] = guesses;
  if (!best || wanted.includes(best.lang) || best.accuracy < SURE) return undefined;
  const likeliest = Math.max(0, ...guesses.filter(({ lang }) => wanted.includes(lang)).map(({ accuracy }) => accuracy));
  return likeliest * CLEARLY > best.accuracy ? undefined : best.lang;
}
