import type { JsonObject } from '../../model/json.ts';
import { BY_TYPE } from './assertion-types.ts';

const CODE = /^(?:javascript|fn|eval):/;
const LISTS = /^(?:not-)?i?contains-(?:all|any)$/;

/**
 * What a table writes under `__expected` as an assertion: `type:value`, `type(threshold):value`, or a text that the answer
 * has to equal (https://www.promptfoo.dev/docs/configuration/test-cases/).
 */
export function expectedAssertion(text: string): JsonObject {
  if (CODE.test(text)) return { type: 'javascript', value: text.replace(CODE, '').trim() };
  if (/^file:\/\/\S+\.(?:js|ts)(?::\w+)?$/.test(text)) return { type: 'javascript', value: text };
  if (/^file:\/\/\S+\.py(?::\w+)?$/.test(text)) return { type: 'python', value: text };
  if (text.startsWith('grade:')) return { type: 'llm-rubric', value: text.slice('grade:'.length) };
  const [, not = '', type = '', threshold, value] =
    /^(not-)?([a-z][a-z-]*)(?:\((\d+(?:\.\d+)?)\))?(?::([\s\S]*))?$/.exec(text) ?? [];
  if (!BY_TYPE.has(type)) return { type: 'equals', value: text };
  const whole = `${not}${type}`;
  return {
    type: whole,
    ...(value === undefined ? {} : { value: LISTS.test(whole) ? value.split(',').map((one) => one.trim()) : value }),
    ...(threshold === undefined ? {} : { threshold: Number(threshold) }),
  };
}
