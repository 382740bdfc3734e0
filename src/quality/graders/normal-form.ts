/** What two texts have in common that say the same: NFC, lower case, no punctuation, single blanks. */
export function normalForm(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/[\p{P}\p{S}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The words of a normal form; scripts without blanks give their characters. */
export function wordsOf(text: string): string[] {
  return normalForm(text)
    .replace(/([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}])/gu, ' $1 ')
    .split(' ')
    .filter((word) => word !== '');
}
