import { isJsonObject, type JsonObject } from '../model/json.ts';
import { HttpFailure } from './http-failure.ts';

/** What a request of the Responses API says about state. */
export interface TurnState {
  readonly previous: string | undefined;
  readonly conversation: string | undefined;
  /** The caller wants its response kept: the default of the API. */
  readonly store: boolean;
}

/** Reads the fields about state, and gives the body without those that mean something to the gateway alone. */
export function readTurnState(body: JsonObject): { state: TurnState; rest: JsonObject } {
  const { previous_response_id: previous, conversation, ...rest } = body;
  const state: TurnState = {
    previous: idIn(previous ?? undefined, 'previous_response_id'),
    conversation: conversationIn(conversation ?? undefined),
    // Any other value is refused with the rest of the body.
    store: body.store === undefined || body.store === null || body.store === true,
  };
  if (state.previous !== undefined && state.conversation !== undefined) {
    const message = 'previous_response_id and conversation cannot be given together: each is a place to go on from';
    throw new HttpFailure(400, 'invalid_request', message, { field: 'previous_response_id' });
  }
  return { state, rest };
}

function conversationIn(value: unknown): string | undefined {
  return isJsonObject(value) ? idIn(value.id ?? null, 'conversation.id') : idIn(value, 'conversation');
}

function idIn(value: unknown, field: string): string | undefined {
  if (value === undefined || (typeof value === 'string' && value !== '' && value.length <= 200)) return value;
  throw new HttpFailure(400, 'invalid_request', `${field} must be the id of one, as a text`, { field });
}
