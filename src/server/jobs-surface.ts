import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { endOf } from '../engine/job-object.ts';
import { isOpenJob, JOB_STATES, type StoredJob } from '../model/job.ts';
import type { Admission } from './admission.ts';
import { sendFailure } from './answer-writer.ts';
import { echoedHeaders, newRequestId } from './chat-surface.ts';
import { type Deferring, describeJob, sendAccepted, submitJob } from './deferral.ts';
import type { Gateway } from './gateway.ts';
import { HttpFailure } from './http-failure.ts';
import { listOf, queryOf } from './item-query.ts';
import { readJobBody, submissionOf } from './job-body.ts';
import { absent, ownerOf } from './keeping.ts';

type ById = { Params: { id: string } };

const MAX_JOBS = 100;
/** What whoever asks for an answer that is not there yet is told to wait. */
const RESULT_RETRY_SECONDS = 5;

interface Asked {
  readonly deferring: Deferring;
  readonly owner: string;
}

/** `/v1/jobs`: requests that are answered later. Jobs belong to the caller whose key submitted them. */
export function addJobsSurface(app: FastifyInstance, gateway: Gateway, admission: Admission): void {
  app.post('/v1/jobs', async (request, reply) => submit(gateway, admission, request, reply));

  app.get('/v1/jobs', async (request) => {
    const { deferring, owner } = asked(gateway, request);
    const page = deferring.store.view.list({ caller: owner, ...readQuery(request) });
    if (!page) throw invalid('after', 'after must be the id of one of these jobs');
    return listOf(
      page.jobs.map((job) => describeJob(job, deferring, gateway)),
      page.more,
    );
  });

  app.get<ById>('/v1/jobs/:id', async (request) => {
    const { deferring, owner } = asked(gateway, request);
    return describeJob(ownJob(deferring, owner, request.params.id), deferring, gateway);
  });

  app.get<ById>('/v1/jobs/:id/result', async (request, reply) => {
    const { deferring, owner } = asked(gateway, request);
    return answer({ job: ownJob(deferring, owner, request.params.id), deferring, request, reply }, gateway);
  });

  app.delete<ById>('/v1/jobs/:id', async (request) => {
    const { deferring, owner } = asked(gateway, request);
    const { id } = request.params;
    const cancelled = await deferring.store.order({ kind: 'cancel', id, caller: owner });
    deferring.wake();
    if (cancelled > 0) return describeJob(ownJob(deferring, owner, id), deferring, gateway);
    const deleted = await deferring.store.order({ kind: 'delete', id, caller: owner });
    if (deleted === 0) throw absent('id', 'job', id);
    return { id, object: 'job.deleted', deleted: true };
  });
}

async function submit(
  gateway: Gateway,
  admission: Admission,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<void> {
  const { deferring } = asked(gateway, request);
  const caller = gateway.keys.authenticate(request.headers);
  const read = readJobBody(request);
  reply.hijack();
  const { dialects } = gateway.engine;
  const requestId = newRequestId();
  try {
    const owner = ownerOf(caller);
    const refused = admission.refuses(owner, request.raw.socket);
    if (refused !== undefined) throw HttpFailure.of(admission.failure(refused));
    const place = admission.enter(owner);
    try {
      const submission = submissionOf(read, { request, caller, deferring }, gateway);
      const job = await submitJob(deferring, submission);
      sendAccepted(reply.raw, { job, deferring, requestId, extraHeaders: echoedHeaders(request.raw) }, gateway);
    } finally {
      admission.leave(place);
    }
  } catch (error) {
    if (!(error instanceof HttpFailure)) gateway.onInternalError(error, requestId);
    const { failure } = error instanceof HttpFailure ? error : internal();
    sendFailure(reply.raw, dialects.caller(read.dialect), { ...failure, requestId }, echoedHeaders(request.raw));
  }
}

/** The answer as the surface of its dialect would have given it; until then 202 and the job. */
function answer(
  about: { job: StoredJob; deferring: Deferring; request: FastifyRequest; reply: FastifyReply },
  gateway: Gateway,
): unknown {
  const { job, deferring, request, reply } = about;
  if (isOpenJob(job.state)) {
    reply.code(202).header('retry-after', String(RESULT_RETRY_SECONDS));
    return describeJob(job, deferring, gateway);
  }
  const failure = endOf(job);
  if (!failure)
    return reply.type('application/json; charset=utf-8').send(deferring.store.view.result(job.id) ?? 'null');
  reply.hijack();
  sendFailure(reply.raw, gateway.engine.dialects.caller(job.dialect), failure, echoedHeaders(request.raw));
  return undefined;
}

function asked(gateway: Gateway, request: FastifyRequest): Asked {
  const caller = gateway.keys.authenticate(request.headers);
  return { deferring: gateway.deferring, owner: ownerOf(caller) };
}

/** The same answer for a job that is not there and one that is another caller's. */
function ownJob({ store }: Deferring, owner: string, id: string): StoredJob {
  const job = store.view.job(id);
  if (job?.caller !== owner) throw absent('id', 'job', id);
  return job;
}

function readQuery(request: FastifyRequest) {
  const limit = Number(queryOf(request, 'limit') ?? 20);
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_JOBS) {
    throw invalid('limit', `limit must be a whole number from 1 to ${MAX_JOBS}`);
  }
  const wanted = queryOf(request, 'state');
  const state = JOB_STATES.find((known) => known === wanted);
  if (wanted !== undefined && !state) throw invalid('state', `state must be one of ${JOB_STATES.join(', ')}`);
  const [after, route] = [queryOf(request, 'after'), queryOf(request, 'route')];
  return {
    limit,
    ...(state && { state }),
    ...(after !== undefined && { after }),
    ...(route !== undefined && { route }),
  };
}

function internal(): HttpFailure {
  return new HttpFailure(500, 'internal_error', 'the gateway failed; the request id finds the cause in its log');
}

function invalid(field: string, message: string): HttpFailure {
  return new HttpFailure(400, 'invalid_request', message, { field });
}
