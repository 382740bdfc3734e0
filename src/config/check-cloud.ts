import { CLOUD_PROVIDERS, CLOUD_SETTINGS } from '../providers/cloud-providers.ts';
import { cloudOf, missingSettings } from './cloud-settings.ts';
import type { Environment } from './environment-variable.ts';
import type { Path } from './problems.ts';
import { authOptions } from './schema-auth.ts';
import type { Finding } from './schema-problems.ts';
import type { ProviderConfig } from './schema-providers.ts';

/** What the schema cannot see of a provider's cloud and of how it shows who asks. */
export function checkCloud(path: Path, name: string, provider: ProviderConfig, env: Environment): Finding[] {
  return [
    ...checkSettings(path, name, provider),
    ...missingFindings(path, name, provider, env),
    ...checkDialect(path, name, provider),
    ...checkAuth(path, name, provider),
  ];
}

function checkSettings(path: Path, name: string, provider: ProviderConfig): Finding[] {
  const cloud = cloudOf(name, provider);
  const allowed = cloud === undefined ? [] : CLOUD_PROVIDERS[cloud].settings;
  return CLOUD_SETTINGS.filter((setting) => provider[setting] !== undefined && !allowed.includes(setting)).map(
    (setting) => ({
      path: [...path, setting],
      at: 'key' as const,
      message: cloud === undefined ? 'belongs to a cloud, and this provider names none' : `is no option of ${cloud}`,
      fix: cloud === undefined ? 'write cloud: azure, vertex or bedrock, or leave it out' : 'leave it out',
    }),
  );
}

function missingFindings(path: Path, name: string, provider: ProviderConfig, env: Environment): Finding[] {
  return missingSettings(name, provider, env).map(({ setting, example, variables }) => ({
    path,
    at: 'key' as const,
    message: `needs ${setting}`,
    fix: `write ${setting}: ${example}, or set ${variables.join(' or ')}`,
  }));
}

function checkDialect(path: Path, name: string, { cloud: named, dialect }: ProviderConfig): Finding[] {
  if (dialect === undefined) return [];
  const cloud = cloudOf(name, { ...(named && { cloud: named }) });
  if (cloud === undefined && dialect === 'bedrock-converse') {
    return [
      { path: [...path, 'dialect'], message: 'is spoken by Bedrock alone', fix: 'write cloud: bedrock beside it' },
    ];
  }
  const spoken = cloud === undefined ? undefined : CLOUD_PROVIDERS[cloud].dialects;
  if (!spoken || spoken.includes(dialect)) return [];
  return [
    { path: [...path, 'dialect'], message: `is not spoken by ${cloud}`, fix: `write one of ${spoken.join(', ')}` },
  ];
}

function checkAuth(path: Path, name: string, provider: ProviderConfig): Finding[] {
  const at: Path = [...path, 'auth'];
  const cloud = cloudOf(name, provider);
  if (provider.auth === undefined) {
    if (cloud === undefined || provider.baseUrl === undefined || provider.apiKey !== undefined) return [];
    const message = 'is at an address of your own, which gets no credential by itself';
    return [{ path, at: 'key', message, fix: 'write apiKey, or auth: entra, google or sigv4' }];
  }
  const options = authOptions(provider.auth);
  if (options.kind !== 'key' && provider.apiKey !== undefined) {
    return [{ path: at, message: 'contradicts apiKey: one of the two would never be sent', fix: 'keep one of them' }];
  }
  switch (options.kind) {
    case 'key':
      return provider.apiKey ? [] : [{ path: at, message: 'needs apiKey', fix: 'write apiKey: "env:NAME" beside it' }];
    case 'entra': {
      const whole = options.tenantId !== undefined && options.clientId !== undefined;
      if (options.clientSecret === undefined || whole) return [];
      return [{ path: at, message: 'has a clientSecret alone', fix: 'write tenantId and clientId beside it' }];
    }
    case 'google':
      return [];
    case 'sigv4':
      if (cloud !== 'bedrock') return [{ path: at, message: 'signs for Bedrock alone', fix: 'write cloud: bedrock' }];
      if ((options.accessKeyId === undefined) === (options.secretAccessKey === undefined)) return [];
      return [{ path: at, message: 'has half of a key', fix: 'write accessKeyId and secretAccessKey, or neither' }];
  }
}
