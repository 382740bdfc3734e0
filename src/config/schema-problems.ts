import type * as z from 'zod';
import { splitFix } from './fix.ts';
import { optionNames, type SchemaNode, schemaAt } from './json-schema.ts';
import type { Path } from './problems.ts';
import { suggestion } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** A problem before it has a place in a file. */
export interface Finding {
  readonly path: Path;
  /** Points at the name of the last step rather than at its value. */
  readonly at?: 'key';
  readonly message: string;
  readonly fix?: string;
}

/** Says in our words what the schema refuses. Values are quoted where they are words of a closed list, never elsewhere. */
export function schemaFindings(
  issues: readonly Issue[],
  value: unknown,
  nodeAt: (path: Path) => SchemaNode | undefined = schemaAt,
): Finding[] {
  return issues.flatMap((issue) => findings(issue, [], { value, nodeAt }));
}

/** What was read, and the schema that describes it. */
interface Root {
  readonly value: unknown;
  nodeAt(path: Path): SchemaNode | undefined;
}

function findings(issue: Issue, above: Path, root: Root): Finding[] {
  const path = [...above, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownOption(path, key, root));
    case 'invalid_union':
      return union(issue, path, root);
    case 'invalid_key':
      return issue.issues.slice(0, 1).map((inner) => ({ path, at: 'key' as const, ...splitFix(inner.message) }));
    case 'invalid_value':
      return [notListed(path, issue, root)];
    case 'invalid_type':
      return [wrongType(path, issue, root)];
    default:
      return [{ path, ...splitFix(issue.message) }];
  }
}

function unknownOption(path: Path, key: string, root: Root): Finding {
  const fix = suggestion(key, optionNames(root.nodeAt(path)), 'known here');
  return { path: [...path, key], at: 'key', message: 'is no option here', ...(fix !== undefined && { fix }) };
}

/** Of several forms, the one whose type the value has is the one that was meant. */
function union(issue: Extract<Issue, { code: 'invalid_union' }>, path: Path, root: Root): Finding[] {
  const meant = issue.errors.filter(
    (branch) => !branch.some((inner) => inner.path.length === 0 && isTypeMismatch(inner)),
  );
  const branch = meant.length === 1 ? meant[0] : undefined;
  if (branch) return branch.flatMap((inner) => findings(inner, path, root));
  const { message, fix } = splitFix(issue.message);
  if (fix !== undefined) return [{ path, message, fix }];
  const forms = describeForms(root.nodeAt(path));
  return [{ path, message: 'has the wrong form', ...(forms !== undefined && { fix: `write ${forms}` }) }];
}

function isTypeMismatch(issue: Issue): boolean {
  return issue.code === 'invalid_type' || issue.code === 'invalid_value';
}

function describeForms(node: SchemaNode | undefined): string | undefined {
  const forms = (node?.anyOf ?? []).flatMap((option) => {
    if (option.enum) return option.enum.map(String);
    if (option.const !== undefined) return [String(option.const)];
    if (option.type === 'object') return [`{ ${Object.keys(option.properties ?? {}).join(', ')} }`];
    return option.type === undefined ? [] : [`a ${option.type}`];
  });
  return forms.length === 0 ? undefined : forms.join(' or ');
}

function notListed(path: Path, issue: Extract<Issue, { code: 'invalid_value' }>, root: Root): Finding {
  const value = valueAt(root.value, path);
  if (value === undefined) return missing(path, root);
  const { message, fix } = splitFix(issue.message);
  if (fix !== undefined) return { path, message, fix };
  const listed = issue.values.map(String);
  const near = typeof value === 'string' ? suggestion(value, listed, 'write one of') : undefined;
  return { path, message: `${quote(value)}is not known here`, fix: near ?? `write one of: ${listed.join(', ')}` };
}

/** Long values are left out: nothing of a closed list is long, so it is something pasted into the wrong place. */
function quote(value: unknown): string {
  return typeof value === 'string' && value.length <= 24 ? `"${value}" ` : '';
}

function wrongType(path: Path, issue: Extract<Issue, { code: 'invalid_type' }>, root: Root): Finding {
  const value = valueAt(root.value, path);
  if (value === undefined) return missing(path, root);
  const { message, fix } = splitFix(issue.message);
  if (fix !== undefined) return { path, message, fix };
  if (value === null) return { path, message: 'is empty', fix: emptyFix(path, root) };
  return { path, message: `is ${kindOf(value)} where ${named(issue.expected)} belongs` };
}

function emptyFix(path: Path, root: Root): string {
  const names = optionNames(root.nodeAt(path));
  return names.length > 0 ? `write some of ${names.join(', ')}, or {}` : 'write a value, or leave the option out';
}

function missing(path: Path, root: Root): Finding {
  const description = root.nodeAt(path)?.description;
  return { path, message: 'is missing', ...(description !== undefined && { fix: `add it: ${description}` }) };
}

function kindOf(value: unknown): string {
  if (value === null) return 'empty';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'a group of options' : named(typeof value);
}

function named(type: string): string {
  switch (type) {
    case 'object':
    case 'record':
      return 'a group of options';
    case 'array':
      return 'a list';
    case 'string':
      return 'a text';
    case 'int':
    case 'number':
      return 'a number';
    case 'boolean':
      return 'true or false';
    default:
      return `a ${type}`;
  }
}

function valueAt(root: unknown, path: Path): unknown {
  let value = root;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
