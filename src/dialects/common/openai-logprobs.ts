import { isJsonObject, type JsonObject, type JsonValue } from '../../model/json.ts';
import type { ChosenToken, TokenLogprob } from '../../model/logprob.ts';

/** OpenAI's form of a token, the same in both of its APIs. */
export type WireLogprob = {
  readonly token: string;
  readonly logprob: number;
  readonly bytes: number[];
  readonly top_logprobs: { readonly token: string; readonly logprob: number; readonly bytes: number[] }[];
};

/** The tokens of a list of OpenAI's; what is no token is passed over. */
export function readLogprobs(list: JsonValue | undefined): ChosenToken[] {
  return objects(list).flatMap((entry) => {
    const chosen = readToken(entry);
    return chosen === undefined
      ? []
      : [{ ...chosen, top: objects(entry.top_logprobs).flatMap((t) => readToken(t) ?? []) }];
  });
}

/** Both of OpenAI's APIs demand the bytes; those of a token that nobody told them of are those of its text. */
export function writeLogprobs(tokens: readonly ChosenToken[]): WireLogprob[] {
  return tokens.map(({ top, ...chosen }) => ({ ...writeToken(chosen), top_logprobs: top.map(writeToken) }));
}

function readToken({ token, logprob, bytes }: JsonObject): TokenLogprob | undefined {
  if (typeof token !== 'string' || typeof logprob !== 'number') return undefined;
  const told = Array.isArray(bytes) ? bytes.filter((byte) => typeof byte === 'number') : undefined;
  return { token, logprob, ...(told && { bytes: told }) };
}

function writeToken({ token, logprob, bytes }: TokenLogprob) {
  return { token, logprob, bytes: [...(bytes ?? new TextEncoder().encode(token))] };
}

function objects(list: JsonValue | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isJsonObject) : [];
}
