import * as z from 'zod';
import { KEY_SCHEMES } from '../model/authorisation.ts';
import { secretRef, text } from './scalars.ts';

const name = (description: string) => text({ description }, { max: 256 });
const path = (description: string) => text({ description }, { max: 1_024 });

const keySchema = z
  .strictObject({
    kind: z.literal('key').meta({ description: 'A key that does not change.' }),
    scheme: z.enum(KEY_SCHEMES).meta({ description: 'The header that carries `apiKey`.' }),
  })
  .meta({ description: 'A key in a header of your choice.' });

const entraSchema = z
  .strictObject({
    kind: z.literal('entra').meta({ description: 'Microsoft Entra.' }),
    scope: path('What the token is for.').optional(),
    tenantId: name('Directory of the application.').optional(),
    clientId: name('The application.').optional(),
    clientSecret: secretRef({ description: 'Its secret: `env:NAME` or `file:/path`.' }).optional(),
    tokenFile: path('A federated token in a file, as Kubernetes mounts it.').optional(),
  })
  .meta({ description: 'Tokens of Microsoft Entra. Without more, whatever identity the machine has.' });

const googleSchema = z
  .strictObject({
    kind: z.literal('google').meta({ description: 'Google Cloud.' }),
    credentialsFile: path('The key of a service account, or a federation; application default otherwise.').optional(),
  })
  .meta({ description: 'Tokens of Google Cloud.' });

const sigv4Schema = z
  .strictObject({
    kind: z.literal('sigv4').meta({ description: 'Signatures of AWS, version 4.' }),
    profile: name('Profile of the shared AWS files.').optional(),
    accessKeyId: secretRef({ description: '`env:NAME` or `file:/path`.' }).optional(),
    secretAccessKey: secretRef({ description: '`env:NAME` or `file:/path`.' }).optional(),
    sessionToken: secretRef({ description: '`env:NAME` or `file:/path`.' }).optional(),
  })
  .meta({ description: 'Signatures of AWS. Without keys, those of the vendor’s default chain.' });

/** How the gateway shows who asks, where it is more than a key. */
export const authSchema = z
  .union([z.enum(['entra', 'google', 'sigv4']), keySchema, entraSchema, googleSchema, sigv4Schema])
  .meta({
    description:
      'How the gateway shows who asks: `entra`, `google` or `sigv4` alone, or options. A key, where there is one, needs none of it.',
  });

/** Authorisation as written, parsed. */
export type AuthConfig = z.output<typeof authSchema>;
/** The same with the short form spelled out. */
export type AuthOptions = Exclude<AuthConfig, string>;

export function authOptions(written: AuthConfig): AuthOptions {
  return typeof written === 'string' ? { kind: written } : written;
}
