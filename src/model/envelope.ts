/**
 * What a provider puts around a dialect: other paths, fields in other places, another framing. The dialect's own words
 * stay as they are, so that its kit serves every provider that speaks it.
 */
export type Envelope =
  | { readonly kind: 'plain' }
  | {
      readonly kind: 'azure';
      /** A model's name → the deployment that serves it; a model that is not named has a deployment of its own name. */
      readonly deployments: Readonly<Record<string, string>>;
      /** A dated version: deployments stand in the path then. Absent: the API without versions below `/openai/v1`. */
      readonly apiVersion?: string;
    }
  | { readonly kind: 'vertex' }
  | { readonly kind: 'bedrock' };
