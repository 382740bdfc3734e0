import { type Answer, answerText } from '../model/answer.ts';
import type { Fault } from '../model/fault.ts';
import type { JsonObject } from '../model/json.ts';
import type { StopSignal } from '../model/stop-signal.ts';
import { isCut, isRefusal, quoted } from '../quality/contract.ts';
import type { CustomCheck } from '../quality/contract-rules.ts';
import type { CheckVerdict } from './answer-checks.ts';
import type { Branch } from './branch.ts';
import type { Candidate } from './eligibility.ts';
import type { Clock } from './ports.ts';
import { faultBehind, Scope } from './scope.ts';

/** Longest text of a check that is kept on record, in characters. */
const MAX_WHY_CHARS = 200;

/** `unjudged`: nothing was learned of the answer, because the check failed or nobody waits any more. */
export type CheckFound =
  | { readonly kind: 'broken'; readonly fault: Fault }
  | { readonly kind: 'unjudged'; readonly fault: Fault };

interface Checked {
  readonly candidate: Candidate;
  readonly seq: number;
}

/** The operator has checks of his own for these answers. */
export function hasChecks({ contracts }: Branch): boolean {
  for (const { contract } of contracts) if (contract.checks.length > 0) return true;
  return false;
}

/**
 * Asks the operator's own checks, one after the other, of every alternative that is whole; the first that finds the
 * answer broken is the last. A check that gives no verdict is reported as its own problem, and counts as its owner says.
 */
export async function askChecks(branch: Branch, checked: Checked): Promise<CheckFound | undefined> {
  for (const { answer } of branch.delivery.answers()) {
    // What is allowed to be no answer is none that could be checked.
    if (isRefusal(answer) || isCut(answer)) continue;
    const payload = payloadOf(branch, checked, answer);
    for (const { contract } of branch.contracts) {
      for (const check of contract.checks) {
        const found = await askCheck(branch, checked, check, payload);
        if (found) return found;
      }
    }
  }
  return undefined;
}

async function askCheck(
  branch: Branch,
  checked: Checked,
  check: CustomCheck,
  payload: JsonObject,
): Promise<CheckFound | undefined> {
  const { state } = branch;
  const from = state.now;
  state.journal.leaves(from);
  const verdict = await verdictOf(branch, check, payload);
  const { now } = state;
  state.journal.returns(now);
  if (branch.signal.aborted) return { kind: 'unjudged', fault: faultBehind(branch.signal) };
  if (verdict.kind === 'kept') return undefined;
  const why = state.deps.redact(verdict.why).slice(0, MAX_WHY_CHARS);
  const name = quoted(check.name);
  if (verdict.kind === 'broken') {
    const message = `the check ${name} found: ${why}`;
    return { kind: 'broken', fault: { kind: 'contract-broken', rule: `check ${check.name}`, message } };
  }
  const target = checked.candidate.target.target.id;
  const { seq } = checked;
  state.journal.note({ type: 'check-failed', target, seq, check: check.name, why, ms: now - from }, now);
  state.deps.alerts.raise({ kind: 'check-failed', target: check.name, message: `the check ${name}: ${why}` }, now);
  if (check.onFailure === 'pass') return undefined;
  return { kind: 'unjudged', fault: { kind: 'contract-broken', message: `the check ${name} gave no verdict: ${why}` } };
}

function verdictOf({ state, signal }: Branch, check: CustomCheck, payload: JsonObject): Promise<CheckVerdict> {
  const { order, deps } = state;
  const bound = [order.route.demands.residency, order.request.options.residency];
  if (check.kind === 'http' && bound.some((regions) => regions && !regions.includes(check.region ?? ''))) {
    const where = check.region === undefined ? 'in no region that is known' : `in ${check.region}`;
    return Promise.resolve({ kind: 'failed', why: `it stands ${where}, where the answer may not go` });
  }
  return within(deps.clock, check.timeoutMs, signal, (until) => deps.checks.ask({ at: check, payload, signal: until }));
}

/** Whatever the check does, its time ends, and it is told so. */
async function within(
  clock: Clock,
  ms: number,
  signal: StopSignal,
  ask: (until: StopSignal) => Promise<CheckVerdict>,
): Promise<CheckVerdict> {
  if (signal.aborted) return { kind: 'failed', why: 'nobody waits for it any more' };
  const scope = new Scope(signal);
  let cancel = () => {};
  const ended = new Promise<CheckVerdict>((resolve) => {
    const end = (why: string) => {
      resolve({ kind: 'failed', why });
      scope.abort({ kind: 'outrun', message: why });
    };
    cancel = clock.setTimer(ms, () => end(`it gave no verdict within ${ms} ms`));
    scope.signal.addEventListener('abort', () => end('nobody waits for it any more'), { once: true });
  });
  try {
    return await Promise.race([ended, ask(scope.signal)]);
  } finally {
    cancel();
    scope.close();
  }
}

/** What a check is told: the answer, and of the request what it needs to judge it. */
function payloadOf({ state }: Branch, { candidate }: Checked, answer: Answer): JsonObject {
  const { request, route, requestId } = state.order;
  return {
    answer: {
      text: answerText(answer),
      toolCalls: answer.parts.flatMap((part) =>
        part.type === 'tool-call' ? [{ name: part.name, arguments: part.arguments }] : [],
      ),
      finish: answer.finish ?? null,
      target: candidate.target.target.id,
    },
    request: {
      id: requestId,
      route: route.name,
      messages: request.messages.map(({ role, parts }) => ({
        role,
        text: parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n'),
      })),
      tools: request.tools.map(({ name }) => name),
    },
  };
}
