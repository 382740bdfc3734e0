/** Text for the inside of an HTML element or of a quoted attribute. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

// What XML 1.0 has no way to write, not even as a reference (https://www.w3.org/TR/xml/#charsets).
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to be found
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g;

/** Text for XML 1.0; a character that XML cannot carry becomes U+FFFD. */
export function escapeXml(text: string): string {
  return escapeHtml(wellFormed(text).replace(NOT_XML, '\ufffd'))
    .replaceAll('\r', '&#13;')
    .replaceAll('\n', '&#10;')
    .replaceAll('\t', '&#9;');
}

/**
 * JSON for the inside of a `<script type="application/json">`: without `<`, so that neither `</script` nor `<!--` can end or
 * change it (https://html.spec.whatwg.org/multipage/scripting.html#restrictions-for-contents-of-script-elements).
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e')
    .replaceAll('\u2028', '\\u2028')
    .replaceAll('\u2029', '\\u2029');
}

const MARKDOWN = /[\\`*_{}[\]()<>|~&]/g;

/**
 * Text for one line of GitHub Markdown: nothing in it is markup, nobody is mentioned, no issue is linked, nothing becomes a
 * link. A word joiner (U+2060) stands where a sign would otherwise mean something.
 */
export function escapeMarkdown(text: string): string {
  return oneLine(text)
    .replace(/[@#]/g, (sign) => `${sign}\u2060`)
    .replace(MARKDOWN, (sign) => `&#${sign.charCodeAt(0)};`)
    .replaceAll('://', ':\u2060//')
    .replace(/\bwww\./gi, (start) => `${start.slice(0, 3)}\u2060.`);
}

/** A code span that holds any text, in a table as well. */
export function codeSpan(text: string): string {
  const line = oneLine(text).replaceAll('|', '\u2502') || ' ';
  const fence = '`'.repeat(longestRun(line) + 1);
  const pad = line.startsWith('`') || line.endsWith('`') || line.trim() === '' ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** A fenced block that holds any text: its fence is longer than any run of backticks inside. */
export function codeBlock(text: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}text\n${text}\n${fence}`;
}

/** Text on one line, so that a line break in it starts no heading and no list. */
export function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

function longestRun(text: string): number {
  return (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0);
}

/** Text without halves of characters, which no encoding can carry. */
export function wellFormed(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
