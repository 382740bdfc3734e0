import type { Contract, CustomCheck, LengthRule, NumberRule } from '../quality/contract-rules.ts';
import { CONTRACT_DEFAULTS } from './contract-defaults.ts';
import type { ContractConfig } from './schema-contract.ts';

/** A contract with every default filled in. */
export function resolveContract(written: ContractConfig): Contract {
  const { schema, tools, length, language } = written;
  return {
    ...(schema && { schema }),
    mustCall: tools?.must ?? [],
    mustNotCall: tools?.mustNot ?? [],
    arguments: tools?.arguments ?? {},
    ...(length && { length: defined<LengthRule>(length) }),
    languages: language === undefined ? [] : [language].flat(),
    required: written.require ?? [],
    forbidden: written.forbid ?? [],
    refusal: written.refusal ?? CONTRACT_DEFAULTS.refusal,
    truncation: written.truncation ?? CONTRACT_DEFAULTS.truncation,
    numbers: (written.numbers ?? []).map((rule) => defined<NumberRule>(rule)),
    checks: (written.checks ?? []).map(resolveCheck),
  };
}

function resolveCheck(written: NonNullable<ContractConfig['checks']>[number]): CustomCheck {
  const onFailure = written.onFailure ?? CONTRACT_DEFAULTS.onFailure;
  if ('module' in written) {
    return {
      kind: 'module',
      name: written.name ?? (written.module.split('/').at(-1) ?? written.module).slice(0, 64),
      path: written.module,
      timeoutMs: written.timeout ?? CONTRACT_DEFAULTS.checkTimeoutMs,
      onFailure,
    };
  }
  const { url, timeout, region } = written.http;
  return {
    kind: 'http',
    name: written.name ?? new URL(url).host.slice(0, 64),
    url,
    ...(region !== undefined && { region }),
    timeoutMs: timeout ?? CONTRACT_DEFAULTS.checkTimeoutMs,
    onFailure,
  };
}

/** Without the members that are only there to say that nothing was written. */
function defined<T extends object>(written: { readonly [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined)) as T;
}
