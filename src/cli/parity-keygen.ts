import { writeFile } from 'node:fs/promises';
import { generateKeys } from '../rehearsal/receipts/receipt-keys.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError, type Output } from './output.ts';

const DEFAULT_FILE = 'understudy-receipts.key';

/** `understudy parity keygen`: a new pair of keys. The secret one goes into a file and is shown nowhere. */
export async function parityKeygen(options: { readonly out?: string }, output: Output): Promise<CommandOutcome> {
  const file = options.out ?? DEFAULT_FILE;
  const { publicText, secretText } = generateKeys();
  try {
    // Only its owner may read it, and nothing that is there already is written over.
    await writeFile(file, `${secretText}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code, message } = error as { code?: string; message?: string };
    if (code === 'EEXIST') throw new CommandError(EXIT.usage, `${file} exists already; name another file with --out`);
    throw new CommandError(EXIT.usage, `${file} cannot be written: ${message ?? String(error)}`);
  }
  if (output.json) output.data(JSON.stringify({ file, publicKey: publicText }, null, 2));
  else output.data(`receipts:\n  publicKeys: ["${publicText}"]\n  signingKey: "file:${file}"`);
  output.say(
    `${file} holds the secret key: keep it out of the repository. For CI give its content as a variable, and write signingKey: "env:NAME".`,
  );
  return EXIT.ok;
}
