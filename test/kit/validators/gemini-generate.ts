import { isJsonObject, type JsonObject } from '../../../src/model/json.ts';
import { refuse } from '../../../src/simulator/dialect-kit.ts';
import { checkContents, type GeminiTurn } from '../../../src/simulator/gemini-generate/contents.ts';
import { type Complaint, complaintOf, type Origin } from './verdict.ts';

const WAIVERS = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

/**
 * The rules of generateContent for a history, as the simulated vendor has them for a model that signs; pairs by id and by
 * order, and the signatures of this endpoint (ai.google.dev/gemini-api/docs/thought-signatures).
 */
export function geminiComplaint(body: JsonObject, origin: Origin): Complaint {
  return complaintOf(() => {
    const turns = checkContents(body.contents, true);
    turns.forEach((turn, index) => {
      for (const part of turn.parts) checkSignature(part, origin);
      checkPairs(turns[index - 1], turn);
    });
  });
}

function checkSignature(part: JsonObject, origin: Origin): void {
  const { thoughtSignature: signature } = part;
  if (typeof signature !== 'string' || WAIVERS.includes(signature)) return;
  if (!origin.reads(signature, '')) refuse('Corrupted thought signature.');
}

/** As many responses of each name as calls, and each names a call where both sides have names. */
function checkPairs(before: GeminiTurn | undefined, turn: GeminiTurn): void {
  const responses = fieldsOf(turn, 'functionResponse');
  const calls = fieldsOf(before, 'functionCall');
  const names = (list: readonly JsonObject[]) => list.map(({ name }) => String(name)).sort();
  if (responses.length > 0 && names(responses).join() !== names(calls).join())
    refuse('Please ensure that the function responses are those of the function calls of the turn before.');
  const ids = calls.flatMap(({ id }) => (id === undefined ? [] : [id]));
  if (new Set(ids).size < ids.length) refuse('Two function calls of one turn have the same id.');
  for (const { id } of responses) {
    if (id !== undefined && ids.length > 0 && !ids.includes(id))
      refuse(`The function response ${String(id)} answers no call of the turn before.`);
  }
}

function fieldsOf(turn: GeminiTurn | undefined, field: string): JsonObject[] {
  return (turn?.parts ?? []).flatMap((part) => {
    const value = part[field];
    return isJsonObject(value) ? [value] : [];
  });
}
