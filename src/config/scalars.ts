import * as z from 'zod';
import { DURATION_PATTERN, formatDuration, parseDuration } from './duration.ts';
import { withFix } from './fix.ts';
import { parseSecretRef, SECRET_REF_PATTERN, type SecretRef } from './secret-ref.ts';
import { formatSize, parseSize, SIZE_PATTERN } from './size.ts';

/** A day: no clock of a request needs more, and every timer can hold it. */
const maxDurationMs = 86_400_000;

type Described = {
  readonly description: string;
  /** What holds when the option is left out, as an operator would write it. */
  readonly default?: string | number | boolean;
};

// The published schema describes what is written, so the description stands before each transform.

/** A length of time with its unit. Milliseconds once parsed. */
export function duration(meta: Described, { min = 0, max = maxDurationMs } = {}) {
  const refuse = (input: unknown) =>
    typeof input === 'number'
      ? withFix(`${input} has no unit`, `write ${input}s, ${input}ms, ${input}m or ${input}h`)
      : withFix('is no duration', 'write a number with its unit, such as 500ms, 8s, 2m or 1h');
  return z
    .string({ error: (issue) => refuse(issue.input) })
    .regex(DURATION_PATTERN, { error: (issue) => refuse(issue.input) })
    .meta(meta)
    .transform((text, context) => {
      const ms = parseDuration(text) ?? Number.NaN;
      if (ms >= min && ms <= max) return ms;
      const range = `from ${formatDuration(min)} to ${formatDuration(max)}`;
      context.addIssue({ code: 'custom', message: withFix(`${text} is out of range`, `write a duration ${range}`) });
      return z.NEVER;
    });
}

/** A number of bytes with its unit. Bytes once parsed. */
export function size(meta: Described, { min, max }: { min: number; max: number }) {
  const message = withFix('is no size', 'write a number with its unit, such as 512KiB or 20MiB');
  return z
    .string({ error: message })
    .regex(SIZE_PATTERN, { error: message })
    .meta(meta)
    .transform((text, context) => {
      const bytes = parseSize(text) ?? Number.NaN;
      if (bytes >= min && bytes <= max) return bytes;
      const range = `from ${formatSize(min)} to ${formatSize(max)}`;
      context.addIssue({ code: 'custom', message: withFix(`${text} is out of range`, `write a size ${range}`) });
      return z.NEVER;
    });
}

/** A whole number within bounds. */
export function count(meta: Described, { min, max }: { min: number; max: number }) {
  const message = withFix('is out of range or no whole number', `write a whole number from ${min} to ${max}`);
  return z.int({ error: message }).min(min, { error: message }).max(max, { error: message }).meta(meta);
}

/** A number within bounds. */
export function amount(meta: Described, { min, max }: { min: number; max: number }) {
  const message = withFix('is out of range or no number', `write a number from ${min} to ${max}`);
  return z.number({ error: message }).min(min, { error: message }).max(max, { error: message }).meta(meta);
}

/** A reference to a secret. The value of a refused one is in no message: it may be the secret itself. */
export function secretRef(meta: Described) {
  const message = withFix(
    'holds a literal value, and secrets do not belong into configuration files',
    'put it into a variable and write "env:NAME", or into a file and write "file:/path"',
  );
  return z
    .string({ error: message })
    .regex(SECRET_REF_PATTERN, { error: message })
    .meta(meta)
    .transform((text, context): SecretRef => {
      const ref = parseSecretRef(text);
      if (ref) return ref;
      context.addIssue({ code: 'custom', message });
      return z.NEVER;
    });
}

/** Text of bounded length. */
export function text(meta: Described, { min = 1, max }: { min?: number; max: number }) {
  const message = withFix('is no text of fitting length', `write ${min} to ${max} characters`);
  return z.string({ error: message }).min(min, { error: message }).max(max, { error: message }).meta(meta);
}

/** Yes or no as YAML writes it. */
export function flag(meta: Described) {
  return z.boolean({ error: withFix('is neither true nor false', 'write true or false') }).meta(meta);
}
