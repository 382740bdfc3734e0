import type { ChatRequest } from '../model/chat-request.ts';
import type { Message } from '../model/conversation.ts';
import type { CallerDialect } from '../model/dialect.ts';
import type { Failure } from '../model/failure.ts';
import type { PromptUse } from '../model/prompt-use.ts';
import { openAdditions } from '../quality/prompts/additions.ts';
import { isPromptError, PromptError } from '../quality/prompts/prompt-error.ts';
import type { BoundPrompt, PromptLibrary, Told } from '../quality/prompts/prompt-library.ts';
import { type Needs, needsOf } from './needs.ts';
import type { LibraryWords, Route, RouteTarget } from './route.ts';
import type { EngineDeps, RunOrder, RunState } from './run-state.ts';
import { LazyMeasure } from './token-estimate.ts';

/** What binding needs of a request beside itself. */
export interface Binding {
  readonly route: Route;
  /** Absent where a gateway has no prompts. */
  readonly library: PromptLibrary | undefined;
  readonly caller: CallerDialect;
  /** Wall clock, milliseconds since 1970. */
  readonly wallNow: number;
  /** Nobody gives any variables: only who would serve is asked. */
  readonly unsaid: boolean;
}

/** A request whose prompt is bound, with what each target of its route is told. */
export interface PromptedRequest {
  readonly prompt: BoundPrompt;
  /** What the prompt brings beside words stands in the request itself. */
  readonly request: ChatRequest;
  readonly targets: readonly RouteTarget[];
}

/** The prompt of a request: its caller's, else its route's. Throws `PromptError` where the two differ. */
export function promptUseOf(request: ChatRequest, route: Route): PromptUse | undefined {
  const asked = request.prompt ?? request.options.prompt;
  if (request.prompt && request.options.prompt) {
    throw new PromptError('id', 'is named twice: in `prompt` and in `understudy.prompt`');
  }
  if (route.prompt === undefined) return asked;
  if (asked === undefined) return { name: route.prompt, variables: {} };
  if (asked.name === route.prompt) return asked;
  throw new PromptError('id', `names ${asked.name}, and the route is bound to ${route.prompt}`);
}

/** Whether a request has anything to do with prompts of the library: most have not, and pay for no more than this. */
export function usesPrompt(request: ChatRequest, route: Route): boolean {
  return request.prompt !== undefined || route.prompt !== undefined || request.options.prompt !== undefined;
}

/** An order whose prompt is bound; with the problem, where its caller has to put something right. */
export interface PromptedOrder {
  readonly order: RunOrder;
  readonly targets: readonly RouteTarget[];
  readonly prompt?: BoundPrompt;
  readonly problem?: PromptError;
}

export function promptedOrder(order: RunOrder, deps: EngineDeps): PromptedOrder {
  const { request, route } = order;
  const bound = boundOr(request, route, { deps, unsaid: order.supposed !== undefined });
  if (bound === undefined) return { order, targets: route.targets };
  if (isPromptError(bound)) return { order, targets: route.targets, problem: bound };
  return { order: { ...order, request: bound.request }, targets: bound.targets, prompt: bound.prompt };
}

/** What binding needs of the engine. */
type PromptDeps = Pick<EngineDeps, 'prompts' | 'dialects' | 'clock'>;

function boundOr(
  request: ChatRequest,
  route: Route,
  { deps, unsaid }: { readonly deps: PromptDeps; readonly unsaid: boolean },
): PromptedRequest | PromptError | undefined {
  if (!usesPrompt(request, route)) return undefined;
  const caller = deps.dialects.caller(request.dialect);
  const binding = { route, library: deps.prompts, caller, wallNow: deps.clock.wallNow(), unsaid };
  try {
    return withPrompt(request, binding);
  } catch (error) {
    if (isPromptError(error)) return error;
    throw error;
  }
}

/** What a caller has to put right of its prompt before anything is done with the request, with the field where it stands. */
export function promptProblem(
  request: ChatRequest,
  route: Route,
  deps: PromptDeps,
): { readonly field: string; readonly message: string } | undefined {
  const bound = boundOr(request, route, { deps, unsaid: false });
  if (!isPromptError(bound)) return undefined;
  const field = promptField(request, bound.at);
  return { field, message: `${field} ${bound.message}` };
}

/** The request and its targets as they are with the prompt bound; as they came, where there is none or it cannot be told. */
export function promptedForCount<T extends { readonly request: ChatRequest; readonly route: Route }>(
  order: T,
  deps: PromptDeps,
): { readonly order: T; readonly targets: readonly RouteTarget[]; readonly needs: Needs } {
  const bound = boundOr(order.request, order.route, { deps, unsaid: false });
  if (bound === undefined || isPromptError(bound)) {
    return { order, targets: order.route.targets, needs: needsOf(order.request) };
  }
  const prompted = { ...order, request: bound.request };
  return {
    order: prompted,
    targets: bound.targets,
    needs: needsWithWords({ order: prompted, targets: bound.targets }),
  };
}

/** The targets of a route as a request of it finds them, whatever variables it brings: what `check` and `explain` show. */
export function targetsTold(
  route: Route,
  deps: { readonly prompts: PromptLibrary | undefined; readonly wallNow: number },
): readonly RouteTarget[] {
  const { prompts, wallNow } = deps;
  const primary = route.targets[primaryIndex(route)];
  if (route.prompt === undefined || prompts === undefined || !primary) return route.targets;
  const prompt = prompts.bind({ name: route.prompt, variables: {} }, primary.target, true);
  return route.targets.map((one) => prompted(one, prompt, primary, { wallNow, unsaid: true }));
}

/** What a request needs whose words are more than its caller's. */
export function needsWithWords({
  order,
  targets,
}: {
  readonly order: { readonly request: ChatRequest; readonly route: Route };
  readonly targets: readonly RouteTarget[];
}): Needs {
  const { request } = order;
  const needs = needsOf(request, order.route.targets);
  const words = targets.find(({ prompt }) => prompt !== undefined && 'before' in prompt)?.prompt;
  if (!words || !('before' in words)) return needs;
  return { ...needs, measure: new LazyMeasure({ ...request, messages: words.before(request.messages) }) };
}

/** The error that a caller is given, which names the field where the caller has it. */
export function unusablePrompt({ order, journal }: RunState, problem: PromptError): Failure {
  const field = promptField(order.request, problem.at);
  return {
    code: 'invalid_request',
    status: 400,
    message: `${field} ${problem.message}`,
    field,
    shouldRetry: false,
    targets: journal.reports,
    requestId: order.requestId,
  };
}

/** Where a caller has what is wrong with its prompt. */
function promptField(request: ChatRequest, at: string): string {
  const own = request.prompt !== undefined || (request.dialect === 'openai-responses' && !request.options.prompt);
  return own ? `prompt.${at}` : `understudy.prompt.${at}`;
}

/** Binds the prompt of a request. Throws `PromptError` for what its caller has to put right. */
export function withPrompt(request: ChatRequest, binding: Binding): PromptedRequest | undefined {
  const { route, library } = binding;
  const use = promptUseOf(request, route);
  if (use === undefined) return undefined;
  if (request.dialect === 'openai-embeddings') throw new PromptError('id', 'has no meaning for embeddings');
  if (library === undefined)
    throw new PromptError(
      'id',
      'names no prompt of this gateway (those stored at a provider cannot fail over); it has none',
    );
  const { pin } = request.options;
  const primary = route.targets.find(({ target }) => target.id === pin) ?? route.targets[primaryIndex(route)];
  if (!primary) throw new RangeError(`route ${route.name} has no targets`);
  const prompt = library.bind(use, primary.target, binding.unsaid);
  const added = openAdditions(request, prompt.additions);
  const bound: ChatRequest = added
    ? { ...request, ...added, prompt: use, original: binding.caller.withAdditions(request.original, added) }
    : { ...request, prompt: use };
  const targets = route.targets.map((one) => prompted(one, prompt, primary, binding));
  return { prompt, request: bound, targets };
}

function primaryIndex({ policy, targets }: Route): number {
  return policy.kind === 'cascade' ? targets.length - 1 : 0;
}

function prompted(
  one: RouteTarget,
  prompt: BoundPrompt,
  primary: RouteTarget,
  binding: Pick<Binding, 'wallNow' | 'unsaid'>,
): RouteTarget {
  const { prompt: _, ...rest } = one;
  const told = prompt.toldTo(one.target);
  if (typeof told === 'string') return { ...rest, lacksWords: told };
  const words = wordsOf(told);
  // What cannot be written with these variables is the caller's to put right, before anybody is asked.
  if (one === primary && !binding.unsaid) words.before([]);
  const { primaryOnly } = prompt;
  if (one === primary || primaryOnly === undefined || binding.wallNow >= primaryOnly.until) {
    return { ...rest, prompt: words };
  }
  const until = new Date(primaryOnly.until).toISOString();
  return {
    ...rest,
    prompt: words,
    lacksWords: `the prompt is for its primary alone until ${until}: ${primaryOnly.reason}`,
  };
}

/** Written when the target is first asked, and then no more. */
function wordsOf(told: Told): LibraryWords {
  let written: { readonly system: string; readonly user: string } | undefined;
  return {
    version: told.version,
    before(messages) {
      written ??= { system: told.compiled.system(told.values), user: told.compiled.user(told.values) };
      return placed(messages, told, written);
    },
  };
}

/**
 * The words of a prompt before those of its caller: instructions, the caller's own instructions, examples, the first turn
 * of the prompt, and then the conversation.
 */
function placed(
  messages: readonly Message[],
  { compiled }: Told,
  { system, user }: { readonly system: string; readonly user: string },
): Message[] {
  const first = messages.findIndex((message) => message.role !== 'system');
  const split = first === -1 ? messages.length : first;
  const head = messages.slice(0, split);
  const turns = [...compiled.turns, ...(user === '' ? [] : [saying('user', user)]), ...messages.slice(split)];
  if (system === '') return [...head, ...turns];
  if (compiled.layout.place === 'system') return [saying('system', system), ...head, ...turns];
  return [...head, ...beforeFirstUser(turns, system)];
}

function beforeFirstUser(turns: readonly Message[], text: string): Message[] {
  const at = turns.findIndex(({ role }) => role === 'user');
  const user = turns[at];
  if (!user) return [saying('user', text), ...turns];
  const joined: Message = { role: 'user', parts: [{ type: 'text', text }, ...user.parts] };
  return [...turns.slice(0, at), joined, ...turns.slice(at + 1)];
}

function saying(role: 'system' | 'user', text: string): Message {
  return { role, parts: [{ type: 'text', text }] };
}
