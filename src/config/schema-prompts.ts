import * as z from 'zod';
import { PROMPT_DEFAULTS } from './defaults.ts';
import { text } from './scalars.ts';

/** Where prompts are. */
export const promptsSchema = z
  .strictObject({
    dir: text(
      { description: 'Folder of the prompts, one YAML file each, beside this file.', default: PROMPT_DEFAULTS.dir },
      { max: 1_024 },
    ).optional(),
    lock: text(
      {
        description:
          'File that says which version each target is told, beside this file; `understudy prompts pin` writes it.',
        default: PROMPT_DEFAULTS.lock,
      },
      { max: 1_024 },
    ).optional(),
  })
  .meta({ description: 'Prompts as files. A folder that is not there is no prompts.' });
