import type { JsonObject, JsonValue } from '../model/json.ts';
import { isJsonObject } from '../model/json.ts';
import type { Context } from '../storage/conversation-reader.ts';
import type { KeptPlace } from '../storage/kept-conversation.ts';
import type { CallerKey } from './caller-keys.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';
import { absent, type Keeping, keepsNothing, ownerOf } from './keeping.ts';
import { KeptAnswer } from './kept-answer.ts';
import { inputItems, keptItem, referenceOf, refersToStorage } from './kept-items.ts';
import { readTurnState, type TurnState } from './turn-state.ts';

/** A request of the Responses API, with what it goes on from put before its own input. */
export interface ConversationTurn {
  /** The body that everybody behind the edge sees: stateless. */
  readonly body: JsonObject;
  /** The same without what was kept, whose items are counted as the caller counts them. */
  readonly own: JsonObject;
  /** What happens to the answer; undefined where nothing of it is the gateway's. */
  answer(requestId: string): KeptAnswer | undefined;
  /** Whatever became of the request. */
  release(): void;
}

/** How long an answer waits to be kept. */
const KEEP_WAIT_MS = 5_000;
const SEND_ALL = 'send the whole conversation as input';

/**
 * Nobody else goes on with the conversation until it is released; a promise where other processes have to be asked.
 * Throws, or rejects with, `HttpFailure` for state that is not there, not the caller's, or not kept at all.
 */
export function beginTurn(
  body: JsonObject,
  caller: CallerKey | undefined,
  gateway: Gateway,
): ConversationTurn | Promise<ConversationTurn> {
  const { store, conversation } = readTurnState(body).state;
  const { keeping } = gateway;
  if (!keeping || !store || conversation === undefined) return readTurn(body, caller, gateway);
  const lock = keeping.locks.take(conversation);
  if (typeof lock === 'function') return readTurn(body, caller, gateway, lock);
  return lock.then((release) => readTurn(body, caller, gateway, release));
}

/** The same for whoever keeps nothing of the answer, and locks nobody out. */
export function readTurn(
  body: JsonObject,
  caller: CallerKey | undefined,
  gateway: Gateway,
  release: () => void = () => undefined,
): ConversationTurn {
  const { state, rest } = readTurnState(body);
  const { keeping } = gateway;
  if (!keeping) return statelessTurn(body, state);
  const owner = ownerOf(caller);
  try {
    const before = contextOf(state, owner, keeping);
    const sent = inputItems(body.input);
    const input = sent.map((item, at) => resolved(item, at, owner, keeping));
    // The provider is asked to keep nothing, which is no loss where the gateway does.
    const stateless = { ...rest, ...(state.store && { store: false }) };
    const asSent = before.length === 0 && input.every((item, at) => item === sent[at]);
    const own = asSent ? stateless : { ...stateless, input };
    return {
      body: before.length === 0 ? own : { ...stateless, input: [...before, ...input] },
      own,
      answer: (requestId) => keptAnswer({ requestId, owner, state, sent }, keeping, gateway),
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** The operator has nothing kept: what a request refers to cannot be there. */
function statelessTurn(body: JsonObject, { previous, conversation }: TurnState): ConversationTurn {
  if (previous !== undefined) throw keepsNothing('previous_response_id', SEND_ALL);
  if (conversation !== undefined) throw keepsNothing('conversation', SEND_ALL);
  const items = Array.isArray(body.input) ? body.input : [];
  const at = items.findIndex((item) => referenceOf(item) !== undefined);
  if (at >= 0) throw keepsNothing(`input[${at}]`, 'send the item itself, and `store: false`, which clients go by');
  return { body, own: body, answer: () => undefined, release: () => undefined };
}

function contextOf(state: TurnState, owner: string, { store, limits }: Keeping): readonly JsonObject[] {
  const { previous, conversation } = state;
  if (previous !== undefined) {
    const found = store.reader.context(owner, { response: previous }, limits);
    return contextItems(found, { field: 'previous_response_id', what: 'response', id: previous });
  }
  if (conversation !== undefined) {
    const found = store.reader.context(owner, { conversation }, limits);
    return contextItems(found, { field: 'conversation', what: 'conversation', id: conversation });
  }
  return [];
}

function contextItems(found: Context, about: { field: string; what: string; id: string }): readonly JsonObject[] {
  const { field } = about;
  const refuse = (status: number, message: string) =>
    new HttpFailure(status, status === 404 ? 'not_found' : 'invalid_request', message, { field });
  switch (found.kind) {
    case 'found':
      return found.items.filter((item) => !refersToStorage(item));
    case 'absent':
      throw absent(field, about.what, about.id);
    case 'inside':
      throw refuse(400, `${about.id} belongs to a conversation: go on with \`conversation: "${found.conversation}"\``);
    case 'incomplete':
      throw refuse(
        404,
        `${about.id} cannot be gone on from: ${found.missing}, which it was made from, is no longer kept`,
      );
    case 'too-large':
      throw refuse(
        400,
        `${about.id} has grown to ${found.items} items of ${found.bytes} bytes, more than this gateway takes ` +
          '(`conversations.items`, `conversations.size`): begin a new one, with a summary as its input',
      );
  }
}

function resolved(item: JsonValue, at: number, owner: string, { store }: Keeping): JsonValue {
  const id = referenceOf(item);
  if (id === undefined) return item;
  const found = store.reader.item(owner, id);
  const field = `input[${at}]`;
  if (found === 'absent') throw absent(field, 'item', id);
  if (found === 'ambiguous') {
    const message = `${field}: the provider of ${id} has used this id for two items that differ; send the item itself`;
    throw new HttpFailure(400, 'invalid_request', message, { field });
  }
  return found;
}

interface Asked {
  readonly requestId: string;
  readonly owner: string;
  readonly state: TurnState;
  /** The caller's items, as it sent them. */
  readonly sent: readonly JsonValue[];
}

function keptAnswer(asked: Asked, keeping: Keeping, gateway: Gateway): KeptAnswer | undefined {
  const { previous, conversation, store } = asked.state;
  const from: JsonObject = {
    ...(previous !== undefined && { previous_response_id: previous }),
    ...(conversation !== undefined && { conversation: { id: conversation } }),
  };
  if (!store) {
    const { conversation: _, ...owned } = from;
    return previous === undefined ? undefined : new KeptAnswer(owned, undefined);
  }
  const id = `resp_${asked.requestId}`;
  return new KeptAnswer({ ...from, id, store: true }, (response, output) =>
    keep({ id, response, output }, asked, keeping, gateway),
  );
}

interface Made {
  readonly id: string;
  readonly response: JsonObject;
  readonly output: readonly JsonObject[];
}

/** Never rejects: an answer that cannot be kept is an answer all the same. */
async function keep(made: Made, asked: Asked, keeping: Keeping, { engine }: Gateway): Promise<boolean> {
  const { owner, sent, state } = asked;
  const input = sent.filter(isJsonObject);
  const turn = {
    id: made.id,
    place: placeOf(state),
    at: engine.clock.wallNow(),
    body: JSON.stringify(made.response),
    input: input.map(keptItem),
    output: made.output.map(keptItem),
    references: input.flatMap((item) => referenceOf(item) ?? []),
  };
  const unkept = (why: string, fault: boolean) => {
    keeping.onUnkept({ requestId: asked.requestId, why, fault });
    return false;
  };
  let cancel = () => {};
  const late = new Promise<'late'>((resolve) => {
    cancel = engine.clock.setTimer(KEEP_WAIT_MS, () => resolve('late'));
  });
  try {
    const done = await Promise.race([keeping.store.change(owner, { kind: 'keep-turn', turn }), late]);
    if (done === true) return true;
    if (done === 'late') {
      // Told as not kept, it must not turn up later.
      keeping.store.change(owner, { kind: 'forget-turn', response: made.id }).catch(() => {});
      return unkept(`it was not written in ${KEEP_WAIT_MS} ms`, true);
    }
    return unkept('what it goes on from was deleted meanwhile', false);
  } catch (error) {
    return unkept(error instanceof Error ? error.message : String(error), true);
  } finally {
    cancel();
  }
}

function placeOf({ previous, conversation }: TurnState): KeptPlace {
  if (previous !== undefined) return { kind: 'after', previous };
  if (conversation !== undefined) return { kind: 'in', conversation };
  return { kind: 'first' };
}
