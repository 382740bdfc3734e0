import type { CapabilityName } from '../../model/capability.ts';
import type { DialectName } from '../../model/dialect-name.ts';
import type { JsonObject, JsonValue } from '../../model/json.ts';
import type { ProviderState } from '../../model/requirement.ts';

/** What becomes of a field. */
type Fate =
  /** It has a neutral meaning, which every encoder writes, or names as lost where its dialect has no place for it. */
  | { readonly kind: 'neutral' }
  /** The gateway does it, whoever serves. */
  | { readonly kind: 'gateway'; readonly how: string }
  /** It reaches targets of this dialect as it came, and is named as lost by all others. */
  | { readonly kind: 'same-dialect'; readonly matters: boolean; readonly why: string }
  /** Targets that cannot do it may not serve. */
  | {
      readonly kind: 'required';
      readonly needs: CapabilityName;
      /** What is needed depends on the value: the decoder says it, `needs` is what the example needs. */
      readonly byValue?: true;
    }
  /** Only the provider that holds it may serve. */
  | { readonly kind: 'held'; readonly state: ProviderState }
  /** 400, with what to do instead. */
  | { readonly kind: 'refused'; readonly instead: string }
  /** It reaches targets of this dialect; the others do the same without being told, so that nothing is lost. */
  | { readonly kind: 'harmless'; readonly why: string };

/**
 * One field of a dialect's request: what becomes of it, and a value with which that can be watched. The decoder obeys
 * this, the conformance test sends the example to every target, and the documentation is written from what it saw.
 */
export type FieldRule = Fate & {
  readonly example: JsonValue;
  /** A value that asks for the contrary, where leaving the field out may mean the same as the example. */
  readonly opposite?: JsonValue;
  /** Further fields that the example needs to make sense, for the body's top. */
  readonly beside?: JsonObject;
  /** Values, beside null, false and empty ones, that ask for nothing that is not done anyway. */
  readonly idle?: readonly JsonValue[];
  /** An empty object asks for it too. */
  readonly emptyAsks?: true;
};

/** The fields of one object of a request, by name. */
export type FieldTable = Readonly<Record<string, FieldRule>>;

export interface FieldsOfObject {
  readonly fields: FieldTable;
  /** What a request holds in which the object makes sense, for the body's top. */
  readonly within?: JsonObject;
}

/** The decisions of one dialect: objects by their path, `''` being the body, `tools[]` each of a list's objects, `tools[]:custom` those of one type. */
export interface RequestFields {
  readonly dialect: DialectName;
  /** The smallest request that works. */
  readonly smallest: JsonObject;
  readonly objects: Readonly<Record<string, FieldsOfObject>>;
}

/** Null, false and empty values ask for nothing, and so do those that a rule calls idle. */
export function asksNothing(value: JsonValue, rule: FieldRule | undefined): boolean {
  if (value === null || value === false || value === '') return true;
  if (typeof value === 'object' && isEmpty(value)) return !rule?.emptyAsks;
  return rule?.idle?.some((idle) => JSON.stringify(idle) === JSON.stringify(value)) ?? false;
}

function isEmpty(value: JsonObject | readonly JsonValue[]): boolean {
  if (Array.isArray(value)) return value.length === 0;
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  return true;
}
