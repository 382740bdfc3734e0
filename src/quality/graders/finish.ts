import * as z from 'zod';
import { FINISH_REASONS } from '../../model/chat-event.ts';
import { missed, passed, pureGrader } from './grader.ts';

const reason = z.enum(FINISH_REASONS);

/** Why the model stopped: `stop` where nothing may be cut off. */
export const finish = pureGrader(
  'finish',
  z.union([reason, z.array(reason).min(1)]).transform((written) => (Array.isArray(written) ? written : [written])),
  {
    label: (reasons) => `ends with ${reasons.join(' or ')}`,
    grade(reasons, { answer }) {
      const found = answer.finish ?? 'other';
      return reasons.includes(found) ? passed(found) : missed(`it ended with ${found}`);
    },
  },
);
