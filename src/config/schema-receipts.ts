import * as z from 'zod';
import { RECEIPT_DEFAULTS } from './defaults.ts';
import { formatDuration } from './duration.ts';
import { withFix } from './fix.ts';
import { duration, secretRef, text } from './scalars.ts';

const DAY_MS = 86_400_000;

const publicKey = z.string().regex(/^ed25519:[A-Za-z0-9_-]{43}$/, {
  error: withFix(
    'is no public key',
    'write the line that `understudy parity keygen` prints: ed25519: and 43 characters',
  ),
});

/** Where evidence of parity lies, and whose counts. */
export const receiptsSchema = z
  .strictObject({
    dir: text(
      { description: 'Folder of the receipts, relative to the working directory.', default: RECEIPT_DEFAULTS.dir },
      { max: 1_024 },
    ).optional(),
    publicKeys: z
      .array(publicKey)
      .max(32, { error: withFix('holds more than 32 keys', 'name fewer') })
      .optional()
      .meta({ description: 'Whose signatures count. Without any no signed receipt does.' }),
    signingKey: secretRef({
      description: 'The key that `parity issue` and `eval gate --receipts` sign with. The gateway never reads it.',
    }).optional(),
    validFor: duration(
      {
        description: 'How long evidence stands, from the last answer that it rests on.',
        default: formatDuration(RECEIPT_DEFAULTS.validForMs),
      },
      { min: 60_000, max: 366 * DAY_MS },
    ).optional(),
    unsigned: z.enum(['refuse', 'accept']).optional().meta({
      description: '`accept`: whoever can write into the folder is believed. A wrong signature never is.',
      default: RECEIPT_DEFAULTS.unsigned,
    }),
    every: duration(
      {
        description: 'How often a running gateway looks whether receipts, suites and revocations have changed.',
        default: formatDuration(RECEIPT_DEFAULTS.everyMs),
      },
      { min: 100, max: 3_600_000 },
    ).optional(),
  })
  .meta({ description: 'The evidence that routes with `parity` ask for.' });
