/** Response headers as the HTTP client gives them: names in lower case, repeated fields as lists. */
export type RawHeaders = Readonly<Record<string, string | string[] | undefined>>;

const HANDED_ON = new Set([
  'content-type',
  'x-ms-retry-after-ms',
  'request-id',
  'x-request-id',
  'x-amzn-requestid',
  'x-amzn-errortype',
  'apim-request-id',
  'cf-ray',
  'x-should-retry',
  'openai-processing-ms',
]);

/** The few response headers that mean something to the engine. Everything else, cookies above all, stays here. */
export function keptHeaders(raw: RawHeaders): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const name of Object.keys(raw)) {
    const value = headerValue(raw, name);
    if (value !== undefined && isHandedOn(name)) kept[name] = value;
  }
  return kept;
}

/** One field, repeated values joined as RFC 9110 §5.3 has it. */
export function headerValue(raw: RawHeaders, name: string): string | undefined {
  const value = raw[name];
  return Array.isArray(value) ? value.join(', ') : value;
}

function isHandedOn(name: string): boolean {
  return HANDED_ON.has(name) || name.startsWith('retry-after') || name.includes('ratelimit');
}
