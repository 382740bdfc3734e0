import type { ResolvedConfig } from '../config/resolved-config.ts';
import type { Receipt } from '../quality/receipts/receipt.ts';
import type { EvalReport } from '../rehearsal/evals/report.ts';
import { receiptsOf } from '../rehearsal/receipts/issue.ts';
import { writeReceipt } from '../rehearsal/receipts/receipt-files.ts';
import { parseSigningKey, type SigningKey } from '../rehearsal/receipts/receipt-keys.ts';
import { sealed } from '../rehearsal/receipts/seal.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError } from './output.ts';

/** What came of reports. */
export interface IssuedReceipts {
  readonly written: readonly { readonly file: string; readonly receipt: Receipt }[];
  readonly withheld: readonly { readonly suite: string; readonly target: string; readonly because: string }[];
  /** What keeps them from counting, in one line; absent where nothing does. */
  readonly warning?: string;
}

/**
 * Writes the receipts of reports into the configured folder, signed with the configured key.
 * @throws CommandError where there is no key and unsigned receipts do not count
 */
export async function issueReceipts(
  reports: readonly EvalReport[],
  config: ResolvedConfig,
  now: number,
): Promise<IssuedReceipts> {
  const key = await signingKey(config);
  const { dir, validForMs, publicKeys } = config.receipts;
  const written: { file: string; receipt: Receipt }[] = [];
  const withheld: { suite: string; target: string; because: string }[] = [];
  for (const report of reports) {
    const issuable = receiptsOf(report, { now, validForMs });
    for (const claim of issuable.claims) {
      const receipt = sealed(claim, key);
      written.push({ file: await writeReceipt(dir, receipt), receipt });
    }
    withheld.push(...issuable.withheld.map((one) => ({ suite: report.suite.name, ...one })));
  }
  const stranger = key !== undefined && !publicKeys.includes(key.publicText);
  return {
    written,
    withheld,
    ...(stranger && {
      warning: `nobody believes key ${key.id}: add "${key.publicText}" to receipts.publicKeys`,
    }),
  };
}

/** One line for each receipt, and for each that there is not. */
export function issuedLines({ written, withheld, warning }: IssuedReceipts): string[] {
  return [
    ...written.map(
      ({ file, receipt }) => `${file}: ${receipt.target.target} ${receipt.verdict}, until ${receipt.expiresAt}`,
    ),
    ...withheld.map(({ suite, target, because }) => `no receipt for ${target} on ${suite}: ${because}`),
    ...(warning === undefined ? [] : [`! ${warning}`]),
  ];
}

async function signingKey(config: ResolvedConfig): Promise<SigningKey | undefined> {
  const { readSigningKey } = await import('../compose.ts');
  const text = await readSigningKey(config);
  if (text === undefined) {
    if (config.receipts.unsigned === 'accept') return undefined;
    throw new CommandError(
      EXIT.usage,
      'receipts.signingKey is missing, and nobody believes an unsigned receipt; `understudy parity keygen` makes a key',
    );
  }
  const key = parseSigningKey(text);
  if (!key) throw new CommandError(EXIT.usage, 'receipts.signingKey holds no key of `understudy parity keygen`');
  return key;
}
