import { rowsOf, said } from './row.ts';

const OPENAI = 'https://platform.openai.com/docs/guides/error-codes';
const AZURE = 'https://learn.microsoft.com/azure/ai-services/openai/how-to/content-filters, oddities 92 and 93';

/** OpenAI and Azure OpenAI. */
export const OPENAI_ROWS = [
  ...rowsOf('OpenAI', 'openai-chat', OPENAI, [
    [401, said('Incorrect API key provided: sk-***.', 'invalid_api_key'), 'credential-refused'],
    [401, said('You must be a member of an organization to use the API'), 'credential-refused'],
    [
      403,
      said('Country, region, or territory not supported', 'unsupported_country_region_territory'),
      'credential-refused',
    ],
    [403, said('Project `p` does not have access to model `m`', 'model_not_found'), 'model-not-found'],
    [404, said('The model `m` does not exist or you do not have access to it.', 'model_not_found'), 'model-not-found'],
    [404, said('The model `m` has been deprecated, learn more here: …', 'model_not_found'), 'model-not-found'],
    [
      429,
      said('You exceeded your current quota, please check your plan and billing details.', 'insufficient_quota'),
      'quota-exhausted',
    ],
    [400, said('Billing hard limit has been reached', 'billing_hard_limit_reached'), 'quota-exhausted'],
    [
      429,
      said('Your account is not active, please check your billing details', 'billing_not_active'),
      'quota-exhausted',
    ],
    [
      429,
      said(
        'Rate limit reached for m on requests per min (RPM): Limit 3, Used 3. Please try again in 20s.',
        'rate_limit_exceeded',
      ),
      'rate-limited',
      { retryAfterMs: 20_000 },
    ],
    [
      429,
      said(
        'Rate limit reached for m on tokens per min (TPM): Limit 10000. Please try again in 6m0s.',
        'rate_limit_exceeded',
      ),
      'rate-limited',
      { retryAfterMs: 360_000 },
    ],
    [
      429,
      said(
        'Request too large for m on tokens per min (TPM): Limit 10000, Requested 12000.',
        'rate_limit_exceeded',
        'tokens',
      ),
      'provider-rejected',
    ],
    [
      400,
      said(
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens.",
        'context_length_exceeded',
      ),
      'context-too-long',
      { limitTokens: 8192 },
    ],
    [400, said('Your input exceeds the context window of this model.', 'context_length_exceeded'), 'context-too-long'],
    [400, said("Invalid 'messages[0].content': string too long.", 'string_above_max_length'), 'provider-rejected'],
    [400, said("Invalid 'tools': array too long.", 'array_above_max_length'), 'provider-rejected'],
    [
      400,
      said("Unsupported parameter: 'max_tokens' is not supported with this model.", 'unsupported_parameter'),
      'provider-rejected',
    ],
    [400, said("Unknown parameter: 'top_k'.", 'unknown_parameter'), 'provider-rejected'],
    [400, said('Error while downloading https://example.org/a.png.', 'invalid_image_url'), 'provider-rejected'],
    [
      400,
      said(
        "Invalid schema for response_format 'a': In context=(), 'additionalProperties' is required to be supplied and to be false.",
      ),
      'provider-rejected',
    ],
    [400, said('The encrypted content could not be verified.', 'invalid_encrypted_content'), 'provider-rejected'],
    [404, said("Item with id 'rs_1' not found."), 'provider-rejected'],
    [400, said("Invalid type for 'messages': expected an array.", 'invalid_type'), 'invalid-request'],
    [
      400,
      said('Your request was rejected as a result of our safety system.', 'content_policy_violation'),
      'content-policy',
    ],
    [
      400,
      said('Invalid prompt: your prompt was flagged as potentially violating our usage policy.', 'invalid_prompt'),
      'content-policy',
    ],
    [500, said('The server had an error while processing your request.', null, 'server_error'), 'server-error'],
    [503, said('The engine is currently overloaded, please try again later', null, 'server_error'), 'server-error'],
    [503, said('Slow down', 'slow_down', 'service_unavailable_error'), 'server-error'],
    [408, '', 'server-error'],
    [502, '<html><body>502 Bad Gateway</body></html>', 'server-error'],
    [403, '<html><title>Just a moment...</title></html>', 'bad-response', { what: 'html' }],
    [413, 'Request Entity Too Large', 'provider-rejected'],
  ]),
  ...rowsOf('OpenAI Responses', 'openai-responses', `${OPENAI}, oddities 94 and 98`, [
    [
      401,
      '{"error":{"message":"Incorrect API key provided","code":"invalid_api_key"},"status":401}',
      'credential-refused',
    ],
    [400, said('Previous response with id resp_1 not found.', 'previous_response_not_found'), 'provider-rejected'],
    [400, said("The requested model 'm' does not exist.", 'model_not_found'), 'model-not-found'],
    [400, said('The file type you uploaded is not supported.', 'unsupported_file'), 'provider-rejected'],
  ]),
  ...rowsOf('Azure', 'openai-chat', AZURE, [
    [
      400,
      {
        error: {
          message: "The response was filtered due to the prompt triggering Azure OpenAI's content management policy.",
          code: 'content_filter',
          status: 400,
          innererror: { code: 'ResponsibleAIPolicyViolation', content_filter_result: {} },
        },
      },
      'content-policy',
    ],
    [404, { error: { code: 'DeploymentNotFound', message: 'The API deployment does not exist.' } }, 'model-not-found'],
    [404, { error: { code: '404', message: 'Resource not found' } }, 'model-not-found'],
    [
      400,
      {
        error: {
          code: 'OperationNotSupported',
          message: 'The chatCompletion operation does not work with the specified model, m.',
        },
      },
      'model-not-found',
    ],
    [
      401,
      { error: { code: '401', message: 'Access denied due to invalid subscription key or wrong API endpoint.' } },
      'credential-refused',
    ],
    [
      401,
      { error: { code: 'PermissionDenied', message: 'Principal does not have access to API/Operation.' } },
      'credential-refused',
    ],
    [
      403,
      { error: { code: '403', message: 'Access denied due to Virtual Network/Firewall rules.' } },
      'credential-refused',
    ],
    [
      403,
      { error: { code: '403', message: 'Out of call volume quota. Quota will be replenished in 12.00:00:00.' } },
      'quota-exhausted',
    ],
    [
      429,
      {
        error: {
          code: '429',
          message: 'Requests have exceeded token rate limit of your pricing tier. Please retry after 26 seconds.',
        },
      },
      'rate-limited',
      { retryAfterMs: 26_000 },
    ],
    [
      429,
      { error: { code: 'RateLimitReached', message: 'Your requests to m in a region have exceeded rate limit.' } },
      'rate-limited',
    ],
    [
      400,
      {
        error: { code: 'BadRequest', message: 'Model m is enabled only for api versions 2024-12-01-preview and later' },
      },
      'invalid-request',
    ],
    [
      500,
      { error: { code: 'InternalServerError', message: 'The server had an error processing your request.' } },
      'server-error',
    ],
    [408, { error: { code: 'Timeout', message: 'The operation was timeout.' } }, 'server-error'],
  ]),
];
