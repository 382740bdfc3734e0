import type { KeyScheme } from '../model/authorisation.ts';
import type { TargetDialectName } from '../model/dialect-name.ts';
import type { Quirks } from '../model/quirks.ts';

export const CLOUD_NAMES = ['azure', 'vertex', 'bedrock'] as const;
/** A cloud that serves the models of several vendors, in its own way. */
export type CloudName = (typeof CLOUD_NAMES)[number];

/** What a cloud has to be told before its address is known. */
export const CLOUD_SETTINGS = ['resource', 'apiVersion', 'deployments', 'project', 'location'] as const;
export type CloudSetting = (typeof CLOUD_SETTINGS)[number];

/** How a cloud serves some of its models; the first rule that matches a model's name holds. */
export interface CloudModels {
  /** A group named `name` is the vendor's own name of the model; without one it is the whole name. */
  readonly match: RegExp;
  readonly dialect: TargetDialectName;
  /** The known provider that makes these models: its model facts and quirks hold here too. */
  readonly vendor?: string;
  /** Where the cloud departs from the vendor. */
  readonly quirks?: Partial<Quirks>;
}

export interface CloudProvider {
  readonly models: readonly CloudModels[];
  /** Every dialect that can be asked for here. */
  readonly dialects: readonly TargetDialectName[];
  readonly settings: readonly CloudSetting[];
  /** The one setting without which there is no address, unless `baseUrl` is written; with the variables that may hold it. */
  readonly needs: readonly { readonly setting: CloudSetting; readonly example: string; readonly variables: string[] }[];
  /** The header for a key that does not change. */
  readonly keyScheme: KeyScheme;
  /** Variables that hold such a key. */
  readonly keyVariables: readonly string[];
  /** Name in the price table of `@pydantic/genai-prices`. */
  readonly pricesAs: string;
  readonly source: string;
  readonly verifiedAt: string;
}

const verifiedAt = '2026-11-20';

/** Neither cloud documents the vendor's native structured output for all of these models; a forced tool works with each. */
const forcedTool = { structuredOutput: 'forced-tool' } as const;

/** Clouds speak the first version of the vendor's API, whatever the vendor itself has come to. */
const firstVersion = { anthropicVersion: '2023-06-01', vendorFields: false } as const;

/** Clouds whose names may be used in a configuration, and what sets them apart from a base URL with a key. */
export const CLOUD_PROVIDERS: Readonly<Record<CloudName, CloudProvider>> = {
  azure: {
    // Not told that the vendor's counter of tokens answers here.
    models: [{ match: /^/, dialect: 'openai-chat', vendor: 'openai', quirks: { tokenCounter: 'none' } }],
    dialects: ['openai-chat', 'openai-responses'],
    settings: ['resource', 'apiVersion', 'deployments'],
    needs: [{ setting: 'resource', example: 'my-resource', variables: ['AZURE_OPENAI_ENDPOINT'] }],
    keyScheme: 'api-key',
    keyVariables: ['AZURE_OPENAI_API_KEY'],
    pricesAs: 'azure',
    source: 'https://learn.microsoft.com/azure/ai-services/openai/reference',
    verifiedAt,
  },
  vertex: {
    models: [
      {
        match: /^claude-/,
        dialect: 'anthropic-messages',
        vendor: 'anthropic',
        quirks: { ...firstVersion, ...forcedTool },
      },
      // `meta/llama-…`, `deepseek-ai/…`: models of others, which Google serves in OpenAI's dialect.
      { match: /\//, dialect: 'openai-chat', quirks: forcedTool },
      { match: /^/, dialect: 'gemini-generate', vendor: 'gemini' },
    ],
    dialects: ['gemini-generate', 'anthropic-messages', 'openai-chat'],
    settings: ['project', 'location'],
    needs: [
      { setting: 'project', example: 'my-project', variables: ['GOOGLE_CLOUD_PROJECT'] },
      { setting: 'location', example: 'europe-west4', variables: ['GOOGLE_CLOUD_LOCATION'] },
    ],
    keyScheme: 'x-goog-api-key',
    keyVariables: [],
    pricesAs: 'google',
    source: 'https://cloud.google.com/vertex-ai/generative-ai/docs/partner-models/claude/use-claude',
    verifiedAt,
  },
  bedrock: {
    models: [
      // `anthropic.claude-…-v1:0`, `eu.anthropic.…`, and ARNs of either.
      {
        match: /(?:^|[./])anthropic\.(?<name>claude-.+?)(?:-v\d+(?::\d+)?)?$/,
        dialect: 'anthropic-messages',
        vendor: 'anthropic',
        // Its counter is another than the vendor's.
        quirks: { ...firstVersion, tokenCounter: 'none' },
      },
      { match: /^/, dialect: 'bedrock-converse', quirks: forcedTool },
    ],
    dialects: ['bedrock-converse', 'anthropic-messages'],
    settings: ['location'],
    needs: [{ setting: 'location', example: 'eu-central-1', variables: ['AWS_REGION', 'AWS_DEFAULT_REGION'] }],
    keyScheme: 'bearer',
    keyVariables: ['AWS_BEARER_TOKEN_BEDROCK'],
    pricesAs: 'aws',
    source: 'https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Operations_Amazon_Bedrock_Runtime.html',
    verifiedAt,
  },
};

/** The cloud of this name; undefined where it is none. */
export function cloudProvider(name: string | undefined): CloudProvider | undefined {
  const known = CLOUD_NAMES.find((cloud) => cloud === name);
  return known && CLOUD_PROVIDERS[known];
}

/** How a cloud serves a model, and what the model's vendor calls it. */
export function cloudModel(cloud: CloudProvider, model: string): { readonly rule: CloudModels; readonly name: string } {
  for (const rule of cloud.models) {
    const match = rule.match.exec(model);
    if (match) return { rule, name: match.groups?.name ?? model };
  }
  throw new RangeError(`no rule of the cloud matches the model ${model}`);
}

/** A cloud's address. `location`: the vendor's own name of a region. Without a slash at its end. */
export function cloudBaseUrl(
  cloud: CloudName,
  at: { readonly resource?: string; readonly location?: string; readonly dated: boolean },
): string | undefined {
  switch (cloud) {
    case 'azure':
      return at.resource && `https://${at.resource}.openai.azure.com/openai${at.dated ? '' : '/v1'}`;
    case 'vertex':
      return at.location && `https://${vertexHost(at.location)}/v1`;
    case 'bedrock': {
      const { location } = at;
      return location && `https://bedrock-runtime.${location}.amazonaws.com${location.startsWith('cn-') ? '.cn' : ''}`;
    }
  }
}

/** @see https://github.com/googleapis/js-genai/blob/main/src/_api_client.ts */
function vertexHost(location: string): string {
  switch (location) {
    case 'global':
      return 'aiplatform.googleapis.com';
    case 'us':
    case 'eu':
      return `aiplatform.${location}.rep.googleapis.com`;
    default:
      return `${location}-aiplatform.googleapis.com`;
  }
}
