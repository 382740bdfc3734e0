import type { LogprobsResult, LogprobsResultCandidate, LogprobsResultTopCandidates } from '@google/genai';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { ChosenToken, TokenLogprob } from '../../model/logprob.ts';
import { listOf, objectOf, type Raw, wire } from './wire.ts';

/** `logprobsResult`: the chosen tokens in one list, and in another of the same length those that they were chosen from. */
export function readLogprobs(value: JsonValue | undefined): ChosenToken[] {
  const { chosenCandidates, topCandidates }: Raw<LogprobsResult> = objectOf(value);
  const tops = listOf(topCandidates);
  return listOf(chosenCandidates).flatMap((given, at) => {
    const chosen = readToken(given);
    const { candidates }: Raw<LogprobsResultTopCandidates> = objectOf(tops[at]);
    const top = listOf(candidates).flatMap((candidate) => readToken(candidate) ?? []);
    return chosen === undefined ? [] : [{ ...chosen, top }];
  });
}

/** A probability of 1 has the logarithm 0, which is left out on the wire. */
function readToken(value: JsonValue): TokenLogprob | undefined {
  const { token, logProbability = 0 }: Raw<LogprobsResultCandidate> = objectOf(value);
  return typeof token === 'string' && typeof logProbability === 'number'
    ? { token, logprob: logProbability }
    : undefined;
}

/** Undefined where nobody told any. */
export function writeLogprobs(tokens: readonly ChosenToken[]): JsonObject | undefined {
  if (tokens.length === 0) return undefined;
  const some = tokens.some(({ top }) => top.length > 0);
  return wire<LogprobsResult>({
    chosenCandidates: tokens.map(writeToken),
    topCandidates: some ? tokens.map(({ top }) => ({ candidates: top.map(writeToken) })) : undefined,
  });
}

function writeToken({ token, logprob }: TokenLogprob): JsonObject {
  return wire<LogprobsResultCandidate>({ token, logProbability: logprob });
}
