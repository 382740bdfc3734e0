import type { DegradedRule, PreparedAnswer } from '../engine/degraded-rule.ts';
import { DEGRADED_DEFAULTS } from './defaults.ts';
import type { DegradedConfig } from './schema-degraded.ts';

/** Undefined where a route says nothing of it. */
export function resolveDegraded(written: DegradedConfig | undefined): DegradedRule | undefined {
  if (written === undefined) return undefined;
  const { notice, noticeInText, substantial, onRefused, whenNobodyServes, static: prepared } = written;
  return {
    ...(notice && {
      notice: { texts: localised(notice), inText: noticeInText ?? DEGRADED_DEFAULTS.noticeInText },
    }),
    substantial: substantial ?? [],
    onRefused: onRefused ?? DEGRADED_DEFAULTS.onRefused,
    whenNobodyServes: whenNobodyServes ?? DEGRADED_DEFAULTS.whenNobodyServes,
    ...(prepared && { prepared: preparedAnswer(prepared) }),
  };
}

function preparedAnswer({ text, json }: NonNullable<DegradedConfig['static']>): PreparedAnswer {
  return {
    text: typeof text === 'string' ? new Map([['', text]]) : localised(text),
    ...(json !== undefined && { json }),
  };
}

function localised(texts: Readonly<Record<string, string>>): PreparedAnswer['text'] {
  return new Map(Object.entries(texts));
}
