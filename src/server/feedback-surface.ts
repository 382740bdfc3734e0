import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { FeedbackGiven } from '../engine/record.ts';
import type { JsonObject, JsonValue } from '../model/json.ts';
import type { StoredFeedback, StoredRequest } from '../storage/stored-request.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';
import { absent, ownerOf } from './keeping.ts';

const maxCommentChars = 2_000;
const maxTags = 16;
const maxTagChars = 64;
const maxIdChars = 256;
/** What is said of an older answer is kept, and tells nothing of how the target answers now. */
export const FEEDBACK_COUNTS_MS = 86_400_000;

const FIELDS = ['request_id', 'score', 'complaint', 'comment', 'tags'];

type Given = Omit<FeedbackGiven, 'caller' | 'at'>;

/**
 * `POST /v1/feedback`: how good an answer was, from whoever got it. Once for each request and caller: the same again is
 * answered as the first time (200), another word on the same answer is refused (409).
 */
export function addFeedbackSurface(app: FastifyInstance, gateway: Gateway): void {
  const onRequest = async ({ headers }: FastifyRequest) => {
    gateway.keys.authenticate(headers);
  };
  app.post('/v1/feedback', { onRequest }, async (request, reply) => {
    const caller = gateway.keys.authenticate(request.headers);
    const given = readFeedback(request.body);
    const about = await ownRequest(gateway, given.requestId, caller?.name);
    const row: FeedbackGiven = { ...given, caller: ownerOf(caller), at: gateway.engine.clock.wallNow() };
    if (!(await gateway.feedbackGiven(row))) return repeated(await reread(gateway, row), row, reply);
    counted(gateway, about, row);
    return reply.code(201).send(shown(row, false));
  });
}

/** The same answer for a request that is not there and one that is another caller's. */
async function ownRequest(gateway: Gateway, id: string, caller: string | undefined): Promise<StoredRequest> {
  const found = await gateway.reader.request(id);
  if (!found || found.caller !== caller) throw absent('request_id', 'request', id);
  if (found.servedBy !== undefined) return found;
  throw new HttpFailure(409, 'invalid_request', 'nobody has answered this request, so that there is nothing to judge', {
    field: 'request_id',
  });
}

/** What this caller has said before; nothing where the request went meanwhile. */
async function reread(gateway: Gateway, { requestId, caller }: FeedbackGiven): Promise<StoredFeedback> {
  const found = await gateway.reader.request(requestId);
  const known = found?.feedback.find((one) => one.caller === caller);
  if (!known) throw absent('request_id', 'request', requestId);
  return known;
}

function repeated(known: StoredFeedback, row: FeedbackGiven, reply: FastifyReply): FastifyReply {
  if (known.score === row.score && known.complaint === row.complaint) {
    return reply.code(200).send(shown({ ...row, ...known }, true));
  }
  throw new HttpFailure(409, 'invalid_request', 'this caller has judged this answer before, and otherwise', {
    field: 'request_id',
  });
}

function counted(gateway: Gateway, about: StoredRequest, row: FeedbackGiven): void {
  const { quality, clock } = gateway.engine;
  if (about.servedBy === undefined || row.at - about.at > FEEDBACK_COUNTS_MS) return;
  const sample = {
    requestId: row.requestId,
    route: about.route,
    target: about.servedBy,
    ...(about.promptVersion !== undefined && { promptVersion: about.promptVersion }),
    source: 'feedback' as const,
    score: row.score,
  };
  quality.sample(sample, clock.now());
}

function shown(row: FeedbackGiven, repeated: boolean): JsonObject {
  return {
    object: 'feedback',
    request_id: row.requestId,
    score: row.score,
    complaint: row.complaint,
    ...(row.comment !== undefined && { comment: row.comment }),
    tags: [...row.tags],
    created_at: Math.floor(row.at / 1000),
    repeated,
  };
}

function readFeedback(body: unknown): Given {
  const { request_id: requestId, comment, ...rest } = (body ?? {}) as JsonObject;
  const unknown = Object.keys((body ?? {}) as JsonObject).find((name) => !FIELDS.includes(name));
  if (unknown !== undefined) throw invalid(unknown.slice(0, 40), `known fields are ${FIELDS.join(', ')}`);
  if (typeof requestId !== 'string' || requestId === '' || requestId.length > maxIdChars) {
    throw invalid('request_id', 'request_id must be the id that the answer came with, in x-understudy-request-id');
  }
  if (comment !== undefined && (typeof comment !== 'string' || comment.length > maxCommentChars)) {
    throw invalid('comment', `comment must be a text of at most ${maxCommentChars} characters`);
  }
  return {
    requestId,
    ...readVerdict(rest.score, rest.complaint),
    ...(typeof comment === 'string' && comment !== '' && { comment }),
    tags: readTags(rest.tags),
  };
}

function readVerdict(
  score: JsonValue | undefined,
  complaint: JsonValue | undefined,
): Pick<Given, 'score' | 'complaint'> {
  if (complaint !== undefined && complaint !== true) {
    throw invalid('complaint', 'complaint is true or left out; what was good has a score');
  }
  if (complaint && score !== undefined)
    throw invalid('complaint', 'give score or complaint: a complaint is a score of 0');
  if (complaint) return { score: 0, complaint: true };
  if (typeof score === 'number' && score >= 0 && score <= 1) return { score, complaint: false };
  throw invalid('score', 'give a score from 0 to 1, or complaint: true');
}

function readTags(tags: JsonValue | undefined): readonly string[] {
  if (tags === undefined) return [];
  const good =
    Array.isArray(tags) &&
    tags.length <= maxTags &&
    tags.every((tag) => typeof tag === 'string' && tag !== '' && tag.length <= maxTagChars);
  if (!good) throw invalid('tags', `tags must be at most ${maxTags} texts of 1 to ${maxTagChars} characters`);
  return tags.map(String);
}

function invalid(field: string, message: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', message, { field });
}
