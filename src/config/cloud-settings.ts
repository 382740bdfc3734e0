import type { Envelope } from '../model/envelope.ts';
import { CLOUD_PROVIDERS, type CloudName, cloudBaseUrl, cloudProvider } from '../providers/cloud-providers.ts';
import type { Environment } from './environment-variable.ts';
import { variable } from './environment-variable.ts';
import type { ProviderConfig } from './schema-providers.ts';

/** A provider's place in a cloud, variables of the vendor read. */
export interface CloudPlace {
  readonly cloud: CloudName;
  /** Undefined where something that the address needs is not known. */
  readonly baseUrl: string | undefined;
  /** The vendor's own name of the region. */
  readonly location: string | undefined;
  readonly envelope: Envelope;
}

/** The cloud that a provider lives in: the one it names, or the one whose name it has. */
export function cloudOf(name: string, provider: ProviderConfig): CloudName | undefined {
  if (provider.cloud !== undefined) return provider.cloud;
  return name === 'azure' || name === 'vertex' || name === 'bedrock' ? name : undefined;
}

/** Undefined for a provider that lives in no cloud. */
export function cloudPlace(name: string, provider: ProviderConfig, env: Environment): CloudPlace | undefined {
  const cloud = cloudOf(name, provider);
  if (cloud === undefined) return undefined;
  const dated = datedVersion(provider);
  const location = setting(cloud, 'location', provider, env);
  const resource = provider.resource;
  const project = setting(cloud, 'project', provider, env);
  const root =
    provider.baseUrl ??
    cloudBaseUrl(cloud, {
      ...(resource !== undefined && { resource }),
      ...(location !== undefined && { location }),
      dated: dated !== undefined,
    }) ??
    (cloud === 'azure' ? azureEndpoint(dated, env) : undefined);
  return {
    cloud,
    baseUrl: baseUrlOf(cloud, root, { project, location }),
    location,
    envelope: envelopeOf(cloud, provider),
  };
}

/** Names of settings that are neither written nor in the environment, and without which there is no address. */
export function missingSettings(name: string, provider: ProviderConfig, env: Environment) {
  const cloud = cloudOf(name, provider);
  if (cloud === undefined) return [];
  const given = provider.baseUrl !== undefined ? ['resource'] : [];
  return CLOUD_PROVIDERS[cloud].needs.filter(
    ({ setting: needed, variables }) =>
      !given.includes(needed) && provider[needed] === undefined && !variables.some((each) => variable(env, each)),
  );
}

/** Undefined for the API without versions. */
export function datedVersion({ apiVersion }: ProviderConfig): string | undefined {
  return apiVersion === 'v1' ? undefined : apiVersion;
}

function setting(
  cloud: CloudName,
  wanted: 'project' | 'location',
  provider: ProviderConfig,
  env: Environment,
): string | undefined {
  const needed = cloudProvider(cloud)?.needs.find((each) => each.setting === wanted);
  const found = needed?.variables.map((each) => variable(env, each)).find((value) => value !== undefined);
  return provider[wanted] ?? found;
}

/** `AZURE_OPENAI_ENDPOINT` ends with the host, in all of the vendor's examples. */
function azureEndpoint(dated: string | undefined, env: Environment): string | undefined {
  const endpoint = variable(env, 'AZURE_OPENAI_ENDPOINT')?.replace(/\/+$/, '');
  return endpoint && `${endpoint}/openai${dated === undefined ? '/v1' : ''}`;
}

function baseUrlOf(
  cloud: CloudName,
  root: string | undefined,
  { project, location }: { project: string | undefined; location: string | undefined },
): string | undefined {
  const bare = root?.replace(/\/+$/, '');
  if (cloud !== 'vertex' || bare === undefined) return bare;
  if (project === undefined || location === undefined) return undefined;
  return `${bare}/projects/${encodeURIComponent(project)}/locations/${encodeURIComponent(location)}`;
}

function envelopeOf(cloud: CloudName, provider: ProviderConfig): Envelope {
  switch (cloud) {
    case 'azure': {
      const apiVersion = datedVersion(provider);
      return {
        kind: 'azure',
        deployments: provider.deployments ?? {},
        ...(apiVersion !== undefined && { apiVersion }),
      };
    }
    case 'vertex':
    case 'bedrock':
      return { kind: cloud };
  }
}
