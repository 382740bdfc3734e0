import { type Answer, answerText } from '../model/answer.ts';
import type { ChatRequest } from '../model/chat-request.ts';
import type { Fault } from '../model/fault.ts';
import { isCut, isRefusal } from '../quality/contract.ts';
import { repairJson } from '../quality/json-repair.ts';
import type { Branch } from './branch.ts';
import { askChecks, hasChecks } from './check-step.ts';
import type { Candidate } from './eligibility.ts';
import { unwatchedQuality } from './quality-watch.ts';
import { isStrict } from './strict-quality.ts';

/** The attempt whose answer is judged. */
export interface Judged {
  readonly candidate: Candidate;
  readonly seq: number;
  /** It goes on from what another target began: its answer is neither one's alone. */
  readonly joined: boolean;
}

/**
 * Judges the whole answer of an attempt, every alternative of it: its form and the contracts first, where allowed a
 * repair of its JSON, the operator's own checks last. Tells the quality watch. A promise only where checks are asked.
 */
export function judgeAnswer(branch: Branch, judged: Judged): Fault | undefined | Promise<Fault | undefined> {
  const fault = firstFault(branch, judged);
  if (fault || !hasChecks(branch)) return told(branch, judged, fault);
  return askChecks(branch, judged).then((found) => {
    if (found?.kind === 'unjudged') return found.fault;
    return told(branch, judged, found?.fault);
  });
}

/** The same of an alternative that was found broken before the others had ended. */
export function judgedEarly(branch: Branch, judged: Judged, fault: Fault): Fault {
  told(branch, judged, fault);
  return fault;
}

function firstFault(branch: Branch, judged: Judged): Fault | undefined {
  const mayRepair = repairs(branch, judged);
  for (const { choice, answer } of branch.delivery.answers()) {
    const fault = branch.verify(answer);
    if (!fault) continue;
    if (!mayRepair || fault.kind !== 'contract-broken' || !repaired(branch, judged, choice, answer)) return fault;
  }
  return undefined;
}

/** Only of JSON, of which nothing was given away yet, and for callers who take an answer that was adapted. */
function repairs({ state, delivery, contracts }: Branch, { joined }: Judged): boolean {
  const { route, request } = state.order;
  if (!route.repairJson || joined || delivery.committed || isStrict(state)) return false;
  return (
    request.output.kind !== 'text' ||
    contracts.some(({ contract: { schema, numbers } }) => schema !== undefined || numbers.length > 0)
  );
}

/** Puts the JSON of an answer right, where it keeps everything asked of it then. What was cut is never completed. */
function repaired(branch: Branch, judged: Judged, choice: number, answer: Answer): boolean {
  if (answer.finish !== 'stop') return false;
  const found = repairJson(answerText(answer));
  if (!found || branch.verify(withText(answer, found.text))) return false;
  const { state, delivery, answerLosses } = branch;
  delivery.replaceText(choice, found.text);
  answerLosses.add({ field: 'answer', why: `repaired: ${found.how}`, matters: true });
  for (const field of ['logprobs', 'citations'] as const) {
    if (answer[field])
      answerLosses.add({ field, why: 'they were those of the text before its repair', matters: false });
  }
  const target = judged.candidate.target.target.id;
  state.journal.note({ type: 'repaired', target, seq: judged.seq, how: found.how }, state.now);
  return true;
}

function withText(answer: Answer, text: string): Answer {
  return { ...answer, parts: [...answer.parts.filter((part) => part.type !== 'text'), { type: 'text', text }] };
}

/** One sample an attempt that gave a whole answer, where something was asked of it. */
function told(branch: Branch, judged: Judged, fault: Fault | undefined): Fault | undefined {
  const { state, contracts } = branch;
  const { quality } = state.deps;
  if (quality === unwatchedQuality || judged.joined || branch.aside) return fault;
  const { request } = state.order;
  if (contracts.length === 0 && asksNothing(request)) return fault;
  const finding = findingOf(fault);
  if (finding === 'none' || (finding === undefined && unjudgeable(branch))) return fault;
  const { target, prompt } = judged.candidate.target;
  const sample = {
    requestId: state.order.requestId,
    route: state.order.route.name,
    target: target.id,
    ...(prompt && { promptVersion: prompt.version }),
    source: 'contract' as const,
    score: finding === undefined ? 1 : 0,
    ...(finding !== undefined && { finding }),
  };
  quality.sample(sample, state.now);
  return fault;
}

/** A request whose answer can be anything that says something. */
function asksNothing({ output, tools }: ChatRequest): boolean {
  return output.kind === 'text' && tools.length === 0;
}

/** The rule that was broken; `none` where the fault says nothing of how good the answer is. */
function findingOf(fault: Fault | undefined): string | 'none' | undefined {
  if (!fault) return undefined;
  if (fault.kind === 'bad-response') return fault.what;
  return fault.kind === 'contract-broken' ? (fault.rule ?? 'none') : 'none';
}

/** A refusal and a cut answer break nothing where they are allowed, and show nothing either. */
function unjudgeable({ delivery }: Branch): boolean {
  return delivery.answers().some(({ answer }) => isRefusal(answer) || isCut(answer));
}
