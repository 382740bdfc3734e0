import { describe, expect, test } from 'vitest';
import { checkConfig } from './parse.ts';
import { ConfigError } from './problems.ts';
import { resolveConfig } from './resolve.ts';

type Options = Record<string, unknown>;

function configOf(name: string, options: Options, model = 'm') {
  return { providers: { [name]: options }, routes: { a: { targets: [`${name}/${model}`] } } };
}

function resolved(name: string, options: Options, env: Record<string, string> = {}, model = 'm') {
  const config = resolveConfig(checkConfig(configOf(name, options, model), 'test', {}, env), env);
  const provider = config.providers.get(name);
  const target = config.routes.get('a')?.targets[0]?.target;
  if (!provider || !target) throw new Error('not resolved');
  return { provider, target };
}

function refusals(name: string, options: Options, env: Record<string, string> = {}): string[] {
  try {
    checkConfig(configOf(name, options), 'test', {}, env);
  } catch (error) {
    if (error instanceof ConfigError) {
      return error.problems.map(({ path, message, fix }) => `${path} ${message}: ${fix}`);
    }
    throw error;
  }
  return [];
}

describe('azure', () => {
  test('a resource alone: the API without versions, the usual variable in its own header', () => {
    const { provider, target } = resolved('azure', { resource: 'acme' }, {}, 'gpt-5.6');
    expect(provider).toMatchObject({
      baseUrl: 'https://acme.openai.azure.com/openai/v1',
      envelope: { kind: 'azure', deployments: {} },
      authorisation: { kind: 'key', scheme: 'api-key', key: { kind: 'env', name: 'AZURE_OPENAI_API_KEY' } },
      known: 'azure',
    });
    expect(target).toMatchObject({
      dialect: 'openai-chat',
      capabilities: { contextWindow: 1_050_000 },
      quirks: { maxTokensField: 'max_completion_tokens' },
    });
  });

  test('a dated version, deployments and Entra', () => {
    const { provider } = resolved('azure', {
      resource: 'acme',
      apiVersion: '2025-04-01-preview',
      deployments: { 'gpt-5.6': 'prod' },
      dialect: 'openai-responses',
      auth: 'entra',
    });
    expect(provider).toMatchObject({
      baseUrl: 'https://acme.openai.azure.com/openai',
      dialect: 'openai-responses',
      envelope: { kind: 'azure', apiVersion: '2025-04-01-preview', deployments: { 'gpt-5.6': 'prod' } },
      authorisation: {
        kind: 'entra',
        scope: 'https://cognitiveservices.azure.com/.default',
        identity: { kind: 'default' },
      },
    });
  });

  test('the endpoint of the environment, and a second resource under a name of its own', () => {
    const env = { AZURE_OPENAI_ENDPOINT: 'https://from-env.openai.azure.com/' };
    expect(resolved('azure', {}, env).provider.baseUrl).toBe('https://from-env.openai.azure.com/openai/v1');
    const second = resolved('azure-se', { cloud: 'azure', resource: 'se', apiKey: 'env:SE', region: 'eu' });
    expect(second.provider).toMatchObject({ known: 'azure', region: 'eu', authorisation: { scheme: 'api-key' } });
  });

  test('identities of Entra', () => {
    const identity = (auth: Options) => {
      const { authorisation } = resolved('azure', { resource: 'acme', auth: { kind: 'entra', ...auth } }).provider;
      return authorisation.kind === 'entra' ? authorisation.identity : undefined;
    };
    expect(identity({ tenantId: 't', clientId: 'c', clientSecret: 'env:S' })).toEqual({
      kind: 'client-secret',
      tenantId: 't',
      clientId: 'c',
      clientSecret: { kind: 'env', name: 'S' },
    });
    expect(identity({ tokenFile: '/run/token' })).toEqual({ kind: 'workload-identity', tokenFile: '/run/token' });
  });
});

describe('vertex', () => {
  const at = { project: 'acme-1', location: 'europe-west4' };

  test.each([
    ['europe-west4', 'https://europe-west4-aiplatform.googleapis.com/v1'],
    ['global', 'https://aiplatform.googleapis.com/v1'],
    ['eu', 'https://aiplatform.eu.rep.googleapis.com/v1'],
  ])('the host of %s', (location, base) => {
    const { provider } = resolved('vertex', { ...at, location });
    expect(provider.baseUrl).toBe(`${base}/projects/acme-1/locations/${location}`);
  });

  test('each model in the dialect of its vendor, in the region of its location, with the vendor’s facts', () => {
    const target = (model: string) => resolved('vertex', at, {}, model).target;
    expect(target('gemini-3.8-flash')).toMatchObject({ dialect: 'gemini-generate', region: 'europe-west4' });
    expect(target('gemini-3.8-flash').capabilities.contextWindow).toBeGreaterThan(0);
    const claude = target('claude-haiku-4-5@20251001');
    expect(claude).toMatchObject({ dialect: 'anthropic-messages', capabilities: { maxOutputTokens: 64_000 } });
    expect(claude.quirks).toMatchObject({ anthropicVersion: '2023-06-01', structuredOutput: 'forced-tool' });
    expect(target('meta/llama-4').dialect).toBe('openai-chat');
  });

  test('application default credentials, or the file that is named; project and location of the environment', () => {
    const env = { GOOGLE_CLOUD_PROJECT: 'env-1', GOOGLE_CLOUD_LOCATION: 'us-east5' };
    const { provider } = resolved('vertex', {}, env);
    expect(provider).toMatchObject({ region: 'us-east5', authorisation: { kind: 'google' } });
    expect(provider.baseUrl).toContain('/projects/env-1/locations/us-east5');
    const named = resolved('vertex', { ...at, auth: { kind: 'google', credentialsFile: '/run/sa.json' } }).provider;
    expect(named.authorisation).toEqual({ kind: 'google', credentialsFile: '/run/sa.json' });
  });
});

describe('bedrock', () => {
  test('signatures by the default chain, or the API key of the environment, or keys by reference', () => {
    const env = { AWS_REGION: 'eu-central-1' };
    expect(resolved('bedrock', {}, env).provider).toMatchObject({
      baseUrl: 'https://bedrock-runtime.eu-central-1.amazonaws.com',
      region: 'eu-central-1',
      envelope: { kind: 'bedrock' },
      authorisation: { kind: 'sigv4', region: 'eu-central-1', service: 'bedrock', identity: { kind: 'default' } },
    });
    const keyed = resolved('bedrock', {}, { ...env, AWS_BEARER_TOKEN_BEDROCK: 'x' }).provider.authorisation;
    expect(keyed).toEqual({ kind: 'key', scheme: 'bearer', key: { kind: 'env', name: 'AWS_BEARER_TOKEN_BEDROCK' } });
    const auth = { kind: 'sigv4', accessKeyId: 'env:ID', secretAccessKey: 'file:/run/k' };
    expect(resolved('bedrock', { location: 'cn-north-1', auth }).provider).toMatchObject({
      baseUrl: 'https://bedrock-runtime.cn-north-1.amazonaws.com.cn',
      authorisation: { identity: { kind: 'keys', accessKeyId: { name: 'ID' }, secretAccessKey: { name: '/run/k' } } },
    });
  });

  test.each([
    ['eu.anthropic.claude-haiku-4-5-20251001-v1:0', 'anthropic-messages', 64_000],
    ['anthropic.claude-haiku-4-5-20251001-v1:0', 'anthropic-messages', 64_000],
    [
      'arn:aws:bedrock:eu-central-1:1:inference-profile/eu.anthropic.claude-haiku-4-5-20251001-v1:0',
      'anthropic-messages',
      64_000,
    ],
    ['amazon.nova-pro-v1:0', 'bedrock-converse', undefined],
    ['us.meta.llama3-3-70b-instruct-v1:0', 'bedrock-converse', undefined],
  ])('%s speaks %s', (model, dialect, maxOutputTokens) => {
    const { target } = resolved('bedrock', { location: 'eu-central-1' }, {}, model);
    expect(target.dialect).toBe(dialect);
    if (maxOutputTokens !== undefined) expect(target.capabilities.maxOutputTokens).toBe(maxOutputTokens);
  });

  test('Claude by Converse where the operator says so, with the facts of its vendor', () => {
    const options = { location: 'eu-central-1', dialect: 'bedrock-converse' };
    const { target } = resolved('bedrock', options, {}, 'anthropic.claude-haiku-4-5-20251001-v1:0');
    expect(target).toMatchObject({ dialect: 'bedrock-converse', capabilities: { maxOutputTokens: 64_000 } });
  });
});

describe('what is missing or contradicts is said, with what to write', () => {
  test.each<[string, string, Options, RegExp]>([
    ['no resource', 'azure', {}, /providers\.azure needs resource: write resource: .* or set AZURE_OPENAI_ENDPOINT/],
    ['no project', 'vertex', { location: 'eu' }, /needs project: .*GOOGLE_CLOUD_PROJECT/],
    ['no region', 'bedrock', {}, /needs location: .*eu-central-1, or set AWS_REGION or AWS_DEFAULT_REGION/],
    [
      'a setting of another cloud',
      'bedrock',
      { location: 'eu-west-1', resource: 'rr' },
      /resource is no option of bedrock/,
    ],
    ['a setting of a cloud elsewhere', 'openai', { location: 'eu' }, /location belongs to a cloud/],
    ['a foreign dialect', 'azure', { resource: 'rr', dialect: 'gemini-generate' }, /not spoken by azure: write one of/],
    ['Converse at home', 'p', { dialect: 'bedrock-converse', baseUrl: 'http://x' }, /spoken by Bedrock alone/],
    [
      'a credential for an own address',
      'bedrock',
      { location: 'eu-west-1', baseUrl: 'http://x' },
      /gets no credential/,
    ],
    ['two credentials', 'azure', { resource: 'rr', apiKey: 'env:A', auth: 'entra' }, /contradicts apiKey/],
    [
      'half a key',
      'bedrock',
      { location: 'eu-west-1', auth: { kind: 'sigv4', accessKeyId: 'env:A' } },
      /half of a key/,
    ],
    ['signatures elsewhere', 'openai', { auth: 'sigv4' }, /signs for Bedrock alone/],
    [
      'a secret alone',
      'azure',
      { resource: 'rr', auth: { kind: 'entra', clientSecret: 'env:S' } },
      /clientSecret alone/,
    ],
    [
      'a key that is not there',
      'azure',
      { resource: 'rr', auth: { kind: 'key', scheme: 'bearer' } },
      /auth needs apiKey/,
    ],
    [
      'a literal secret',
      'bedrock',
      { location: 'eu-west-1', auth: { kind: 'sigv4', accessKeyId: 'AKIA', secretAccessKey: 'x' } },
      /secret|wrong form/,
    ],
  ])('%s', (_what, name, options, said) => {
    const found = refusals(name, options);
    expect(found.join('\n')).toMatch(said);
    expect(found.join('\n')).not.toContain('AKIA');
  });

  test('a machine full of variables changes nothing for providers that are not in a cloud', () => {
    const env = {
      AWS_REGION: 'eu-central-1',
      AWS_BEARER_TOKEN_BEDROCK: 'x',
      GOOGLE_CLOUD_PROJECT: 'p',
      AZURE_OPENAI_ENDPOINT: 'https://x.openai.azure.com',
    };
    expect(resolved('openai', {}, env)).toEqual(resolved('openai', {}));
  });
});
