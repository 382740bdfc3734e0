import type { Sampling } from '../../model/chat-request.ts';
import type { JsonObject } from '../../model/json.ts';
import type { Quirks } from '../../model/quirks.ts';
import type { LossList } from '../common/losses.ts';

/** The fields that version 2026-10-21 of the API answers 400 to. */
export const samplingFields = ['temperature', 'top_p', 'top_k'] as const;

export function takesSampling(quirks: Quirks): boolean {
  return quirks.sampling && quirks.anthropicVersion !== '2026-10-21';
}

/** Writes what the API has of the caller's sampling and names the rest. */
export function encodeSampling(body: JsonObject, sampling: Sampling, quirks: Quirks, losses: LossList): void {
  const { temperature, topP, topK, frequencyPenalty, presencePenalty, seed } = sampling;
  if (takesSampling(quirks)) {
    encodeTaken(body, sampling, losses);
  } else {
    const given = { temperature, top_p: topP, top_k: topK };
    for (const field of samplingFields) {
      if (given[field] !== undefined) losses.add(field, 'dropped: this target refuses it');
    }
  }
  const unknown = { frequency_penalty: frequencyPenalty, presence_penalty: presencePenalty };
  for (const [field, value] of Object.entries(unknown)) {
    if (value !== undefined && value !== 0) losses.add(field, 'has no counterpart at this target');
  }
  if (seed !== undefined) losses.add('seed', 'has no counterpart at this target');
}

function encodeTaken(body: JsonObject, { temperature, topP, topK }: Sampling, losses: LossList): void {
  if (temperature !== undefined) {
    body.temperature = Math.min(1, temperature);
    if (temperature > 1) losses.add('temperature', `lowered from ${temperature} to 1, the highest this target takes`);
  }
  if (topP !== undefined) {
    // Newer models refuse the two together, and the vendor advises to change the temperature alone.
    if (temperature === undefined) body.top_p = topP;
    else if (topP < 1) losses.add('top_p', 'dropped: this target takes temperature or top_p, not both');
  }
  if (topK !== undefined) body.top_k = topK;
}
