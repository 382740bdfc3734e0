import * as z from 'zod';
import { STORAGE_DEFAULT } from './defaults.ts';
import { withFix } from './fix.ts';
import { secretRef, text } from './scalars.ts';

const message = withFix('is no place for the ledger', `write "${STORAGE_DEFAULT}", or another path after sqlite:`);

const ledgerUrl = (description: string) =>
  z
    .string({ error: message })
    .regex(/^sqlite:(?!:memory:$).{1,1024}$/, { error: message })
    .meta({ description, default: STORAGE_DEFAULT });

const PLACE = '`sqlite:` and a path, relative to the working directory.';

const storageOptions = z
  .strictObject({
    url: ledgerUrl(`Where the ledger is: ${PLACE}`).optional(),
    sealKey: secretRef({
      description:
        'A secret of at least 16 characters that seals are made with. Without it whoever can write the file can seal what he wrote. Once a ledger has one, nobody writes it without.',
    }).optional(),
    checkpoints: text(
      {
        description:
          'File to which the end of the chain of seals is added every minute, relative to the working directory. Put it where whoever can write the ledger cannot change it.',
      },
      { max: 1_024 },
    ).optional(),
  })
  .meta({ description: 'The place, and what shows changes of the record.' });

/** Where the ledger is, and how it is sealed. */
export const storageSchema = z.union([ledgerUrl(`The ledger: ${PLACE}`), storageOptions]).meta({
  description: `The ledger, and what callers have kept: ${PLACE} Or an object, to have seals made with a key or checkpointed.`,
  default: STORAGE_DEFAULT,
});
