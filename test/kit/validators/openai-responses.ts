import { isJsonObject, type JsonObject } from '../../../src/model/json.ts';
import { refuse } from '../../../src/simulator/dialect-kit.ts';
import { checkInput } from '../../../src/simulator/openai-responses/items.ts';
import { sealed } from '../../../src/simulator/openai-responses/reasoning.ts';
import { type Complaint, complaintOf, type Origin } from './verdict.ts';

/**
 * The rules of the Responses API for a history that nobody stores: items, pairs and what thinking is followed by as the
 * simulated vendor has them; ids of calls once each, no ids that were never its own, and the seals of its organisation.
 */
export function responsesComplaint(body: JsonObject, origin: Origin): Complaint {
  return complaintOf(() => {
    if (body.store !== false) refuse('this organisation stores nothing: `store` must be false');
    const input = Array.isArray(body.input) ? body.input.map((item) => opened(item, origin)) : body.input;
    const called = new Set<string>();
    for (const item of checkInput(input)) {
      if (typeof item.id === 'string' && item.id.includes('understudy')) refuse(`Item with id '${item.id}' not found.`);
      if (item.type !== 'function_call') continue;
      const id = String(item.call_id);
      if (called.has(id)) refuse(`Duplicate call_id ${id}.`);
      called.add(id);
    }
  });
}

/** The simulated vendor knows its own seals alone; here each organisation has its own. */
function opened<Item>(item: Item, origin: Origin): Item {
  if (!isJsonObject(item) || item.type !== 'reasoning' || typeof item.encrypted_content !== 'string') return item;
  if (!origin.reads(item.encrypted_content, ''))
    refuse(`The encrypted content for item ${String(item.id)} could not be verified.`);
  return { ...item, encrypted_content: sealed('x') };
}
