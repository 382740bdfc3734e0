const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const TIME = '(?<hour>\\d{2}):(?<minute>\\d{2}):(?<second>\\d{2})';
const FORMS: readonly RegExp[] = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  new RegExp(`^[a-z]{3}, (?<day>\\d{2}) (?<month>[a-z]{3}) (?<year>\\d{4}) ${TIME} GMT$`, 'i'),
  // Sunday, 06-Nov-94 08:49:37 GMT
  new RegExp(`^[a-z]{6,9}, (?<day>\\d{2})-(?<month>[a-z]{3})-(?<year>\\d{2}) ${TIME} GMT$`, 'i'),
  // Sun Nov  6 08:49:37 1994
  new RegExp(`^[a-z]{3} (?<month>[a-z]{3}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})$`, 'i'),
];

const RFC_3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/i;

/**
 * Reads the dates that providers put into headers: the three forms of an HTTP date, and RFC 3339. Gives milliseconds
 * since 1970; undefined for anything else. `Date.parse` alone would read `abc 1` as a day in 2001.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
 * @see https://www.rfc-editor.org/rfc/rfc3339#section-5.6
 */
export function parseWireDate(text: string, wallNow: number): number | undefined {
  if (RFC_3339.test(text)) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? undefined : at;
  }
  for (const form of FORMS) {
    const fields = form.exec(text)?.groups;
    if (fields) return fromFields(fields, wallNow);
  }
  return undefined;
}

function fromFields(fields: Readonly<Record<string, string | undefined>>, wallNow: number): number | undefined {
  const month = MONTHS.indexOf((fields.month ?? '').toLowerCase());
  const [day, hour, minute, second] = [fields.day, fields.hour, fields.minute, fields.second].map(Number);
  if (month < 0 || day === undefined || hour === undefined || minute === undefined || second === undefined) {
    return undefined;
  }
  // 60 is a leap second, which the RFC allows.
  if (day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return undefined;
  return Date.UTC(fullYear(fields.year ?? '', wallNow), month, day, hour, minute, second);
}

/** RFC 9110: a two-digit year that seems more than 50 years ahead is the latest past year with these digits. */
function fullYear(digits: string, wallNow: number): number {
  if (digits.length !== 2) return Number(digits);
  const thisYear = new Date(wallNow).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}
