import { CLOUD_PROVIDERS } from '../providers/cloud-providers.ts';
import { KNOWN_PROVIDERS } from '../providers/known-providers.ts';
import { CONFIG_DEFAULTS } from './defaults.ts';
import { configJsonSchema, type SchemaNode } from './json-schema.ts';

/** `docs/config.md`: every option in a table a section, and the reasons of the defaults. Made from the schema alone. */
export function renderConfigDocs(): string {
  return [INTRODUCTION, ...section('', configJsonSchema()), knownProvidersTable(), defaultsTable(), ''].join('\n');
}

const INTRODUCTION = `# Configuration

<!-- Generated from src/config/schema.ts. Run \`npm run docs\` after a change there. -->

Understudy reads one YAML file: the one named by \`--config\`, else by the variable \`UNDERSTUDY_CONFIG\`, else
\`understudy.yaml\` or \`understudy.yml\` in the working directory. Without a file it serves a route named \`default\` over
the providers whose keys are set in the environment, and without any key a demo over scripted providers. The variables
\`HOST\` and \`PORT\` win over the file.

Unknown options are refused, and every problem is reported at once with its line. Durations carry a unit (\`500ms\`,
\`8s\`, \`2m\`, \`1h\`), sizes too (\`16KiB\`, \`20MiB\`). Secrets are references: \`env:NAME\` or \`file:/path\`, never values.

For completion in an editor, let the first line be
\`# yaml-language-server: $schema=./node_modules/understudy/understudy.schema.json\`.

\`\`\`yaml
providers:
  anthropic: { apiKey: "env:ANTHROPIC_API_KEY" }
  openai: { apiKey: "env:OPENAI_API_KEY" }
routes:
  support-reply:
    targets: [anthropic/claude-opus-5-5, openai/gpt-5.6]
\`\`\`
`;

/** The tables of a group of options and of all groups below it. */
function section(path: string, node: SchemaNode): string[] {
  const rows: string[] = [];
  const below: string[] = [];
  for (const [name, option] of Object.entries(node.properties ?? {})) {
    rows.push(row(name, option, node.required?.includes(name) ?? false));
    for (const [suffix, group] of groups(option))
      below.push(...section(`${path}${path && '.'}${name}${suffix}`, group));
  }
  const heading = path === '' ? '## The file' : `## \`${path}\``;
  const text = path !== '' && node.description !== undefined ? [node.description, ''] : [];
  return [heading, '', ...text, '| option | type | default | meaning |', '|---|---|---|---|', ...rows, '', ...below];
}

/** Groups of options inside an option, each with what its path gains: `.<name>` for free names, `[]` for list items. */
function groups(option: SchemaNode): [string, SchemaNode][] {
  const found: [string, SchemaNode][] = option.properties ? [['', option]] : [];
  if (option.additionalProperties) {
    for (const [suffix, group] of groups(option.additionalProperties)) found.push([`.<name>${suffix}`, group]);
  }
  if (option.items) for (const [suffix, group] of groups(option.items)) found.push([`[]${suffix}`, group]);
  for (const form of option.anyOf ?? []) found.push(...groups(form));
  return found;
}

function row(name: string, option: SchemaNode, required: boolean): string {
  const fallback = option.default === undefined ? '' : `\`${String(option.default)}\``;
  return `| \`${name}\` | ${cell(typeOf(option))} | ${required ? 'required' : fallback} | ${cell(option.description ?? '')} |`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function typeOf(option: SchemaNode): string {
  if (option.anyOf) return option.anyOf.map(typeOf).join(' or ');
  if (option.enum) return option.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (option.items) return `list of ${typeOf(option.items)}`;
  if (option.additionalProperties) return 'options by name';
  if (option.type === 'object') return 'options';
  if (option.pattern?.includes('ms|s|m|h')) return 'duration';
  if (option.pattern?.includes('KiB')) return 'size';
  if (option.pattern?.startsWith('^(?:env:')) return 'secret';
  return typeName(option.type);
}

function typeName(type: string | undefined): string {
  switch (type) {
    case 'integer':
      return 'whole number';
    case 'boolean':
      return 'true or false';
    case 'string':
      return 'text';
    default:
      return type ?? 'any';
  }
}

function knownProvidersTable(): string {
  const rows = Object.entries(KNOWN_PROVIDERS).map(([name, known]) => {
    const names = [name, ...(known.aliases ?? [])].map((alias) => `\`${alias}\``).join(', ');
    const keys = known.keyVariables.map((variable) => `\`${variable}\``).join(', ') || 'none needed';
    return `| ${names} | \`${known.dialect}\` | \`${known.baseUrl}\` | ${keys} |`;
  });
  const clouds = Object.entries(CLOUD_PROVIDERS).map(([name, { dialects, needs, keyVariables }]) => {
    const spoken = dialects.map((dialect) => `\`${dialect}\``).join(', ');
    const made = needs.map(({ setting }) => `\`${setting}\``).join(', ');
    const keys = keyVariables.map((variable) => `\`${variable}\``).join(', ');
    return `| \`${name}\` | ${spoken} | of ${made} | ${keys || 'tokens'}; see [providers](providers.md) |`;
  });
  return [
    '## Known providers',
    '',
    'Their names bring the dialect, the base URL and the usual variable of the key. Any other name needs `dialect` and `baseUrl`.',
    '',
    '| name | dialect | base URL | key |',
    '|---|---|---|---|',
    ...rows,
    ...clouds,
    '',
  ].join('\n');
}

function defaultsTable(): string {
  const rows = CONFIG_DEFAULTS.map(({ name, value, reason }) => `| ${name} | ${cell(value)} | ${cell(reason)} |`);
  return ['## Why these defaults', '', '| default | value | reason |', '|---|---|---|', ...rows].join('\n');
}
