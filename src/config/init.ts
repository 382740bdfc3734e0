import type { Workload } from '../engine/route.ts';
import { canonicalProviderName, KNOWN_PROVIDERS } from '../providers/known-providers.ts';

/** A provider chosen by the operator. */
export interface ProviderAnswer {
  readonly name: string;
  /** Variable that holds its key; the usual one of a known provider where absent. */
  readonly keyVariable?: string;
  /** For names that are not known. */
  readonly dialect?: string;
  readonly baseUrl?: string;
}

/** What `init` asked for. */
export interface InitAnswers {
  /** In order of preference. */
  readonly providers: readonly ProviderAnswer[];
  readonly route: {
    readonly name: string;
    readonly workload: Workload;
    /** `provider/model`, the primary first. */
    readonly targets: readonly string[];
  };
  /** Port to listen on; left out of the file where absent. */
  readonly port?: number;
}

/** Where the installed package keeps the schema, seen from the project's folder. */
const SCHEMA_PATH = './node_modules/understudy/understudy.schema.json';

/** The YAML that `init` writes: short, commented, and accepted by `parseConfig` when the answers make sense. */
export function renderConfig(answers: InitAnswers): string {
  const { route, port, providers } = answers;
  return [
    `# yaml-language-server: $schema=${SCHEMA_PATH}`,
    '# Every option: docs/config.md. Check this file with: understudy check',
    ...(port === undefined ? [] : ['server:', `  port: ${port}`]),
    '',
    '# Accounts. Keys are read from the environment when the gateway starts; they are never written here.',
    'providers:',
    ...providers.flatMap(providerLines),
    '',
    '# Names that clients send as `model`. The first target serves; the others step in when it cannot.',
    'routes:',
    `  ${scalar(route.name)}:`,
    `    workload: ${route.workload}`,
    '    targets:',
    ...route.targets.map((target) => `      - ${scalar(target)}`),
    '',
    '# Requests, attempts and failovers, without the text of prompts.',
    'storage: "sqlite:./data/understudy.db"',
    '',
  ].join('\n');
}

function providerLines(provider: ProviderAnswer): string[] {
  const canonical = canonicalProviderName(provider.name);
  const usual = canonical === undefined ? undefined : KNOWN_PROVIDERS[canonical]?.keyVariables[0];
  const variable = provider.keyVariable ?? usual;
  const options = [
    ...(provider.dialect === undefined ? [] : [`dialect: ${scalar(provider.dialect)}`]),
    ...(provider.baseUrl === undefined ? [] : [`baseUrl: ${JSON.stringify(provider.baseUrl)}`]),
    ...(variable === undefined ? [] : [`apiKey: ${JSON.stringify(`env:${variable}`)}`]),
  ];
  return options.length === 0
    ? [`  ${scalar(provider.name)}: {}`]
    : [`  ${scalar(provider.name)}:`, ...options.map((option) => `    ${option}`)];
}

/** Bare where YAML reads the text as a text, quoted where it might read something else into it. */
function scalar(text: string): string {
  const plain = /^[A-Za-z][A-Za-z0-9._/-]*$/.test(text) && !/^(true|false|null|yes|no|on|off)$/i.test(text);
  return plain ? text : JSON.stringify(text);
}
