import type { UnmappedField } from '../../model/chat-request.ts';
import type { DialectName } from '../../model/dialect-name.ts';
import type { JsonObject } from '../../model/json.ts';
import { RequestError } from '../../model/request-error.ts';
import type { Requirement } from '../../model/requirement.ts';
import { abilityOfTool } from './built-in-tools.ts';
import { fieldPath } from './fields.ts';
import { asksNothing, type FieldRule, type FieldTable } from './request-fields.ts';

/** Most names that are collected from one request, and most requirements. */
export const maxUnmapped = 100;

/** Collects what of a request has no neutral meaning, and what it cannot be served without. */
export class Unmapped {
  readonly #dialect: DialectName;
  readonly #fields = new Map<string, UnmappedField>();
  readonly #requires: Requirement[] = [];

  constructor(dialect: DialectName) {
    this.#dialect = dialect;
  }

  /** One field that no other dialect has. */
  add(field: string, matters = true, why?: string): void {
    if (this.#fields.size >= maxUnmapped || this.#fields.has(field)) return;
    this.#fields.set(field, { field, matters, ...(why !== undefined && { why }) });
  }

  /** A tool that the provider brings: whoever cannot be asked for it in this dialect may not serve. */
  addBuiltInTool(type: string, field: string): void {
    this.require({ kind: 'ability', ability: abilityOfTool(type), only: this.#dialect, field });
  }

  require(requirement: Requirement): void {
    if (this.#requires.length < maxUnmapped) this.#requires.push(requirement);
  }

  /** Every key outside `known` that asks for something. */
  addRest(object: JsonObject, known: ReadonlySet<string>, path: string): void {
    for (const key of Object.keys(object)) {
      if (known.has(key)) continue;
      const value = object[key];
      if (value !== undefined && !asksNothing(value, undefined)) this.add(fieldPath(path, key));
    }
  }

  /** Every key by its rule; one without a rule is this dialect's alone, and matters. Throws `RequestError`. */
  addByRules(object: JsonObject, table: FieldTable, path: string): void {
    for (const key of Object.keys(object)) {
      const rule = Object.hasOwn(table, key) ? table[key] : undefined;
      if (rule !== undefined && asksNobody(rule)) continue;
      const value = object[key];
      if (value !== undefined && !asksNothing(value, rule)) this.#obey(rule, fieldPath(path, key));
    }
  }

  fields(): UnmappedField[] {
    return [...this.#fields.values()];
  }

  requires(): Requirement[] {
    return [...this.#requires];
  }

  #obey(rule: FieldRule | undefined, field: string): void {
    switch (rule?.kind) {
      case undefined:
        return this.add(field);
      case 'neutral':
      case 'gateway':
      case 'harmless':
        // Not even looked at.
        return;
      case 'same-dialect':
        return this.add(field, rule.matters, rule.why);
      case 'required':
        if (rule.byValue) return;
        return this.require({ kind: 'ability', ability: rule.needs, only: this.#dialect, field });
      case 'held':
        return this.require({ kind: 'provider-state', state: rule.state, dialect: this.#dialect, field });
      case 'refused':
        throw new RequestError(field, `${field}: ${rule.instead}.`);
    }
  }
}

/** Most fields of most requests: every target is told them, or none has to be. */
function asksNobody({ kind }: FieldRule): boolean {
  return kind === 'neutral' || kind === 'gateway' || kind === 'harmless';
}
