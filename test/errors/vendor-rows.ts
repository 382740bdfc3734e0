import { google, rowsOf, told } from './row.ts';

const ANTHROPIC = 'https://platform.claude.com/docs/en/api/errors, oddities 87 and 99';
const GEMINI = 'https://ai.google.dev/gemini-api/docs/troubleshooting, oddity 88';
const VERTEX = 'https://cloud.google.com/vertex-ai/generative-ai/docs/model-reference/api-errors';

const retryInfo = (retryDelay: string) => ({ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay });
const violated = (quotaId: string) => ({
  '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
  violations: [{ quotaId }],
});

/** Anthropic and Google. */
export const VENDOR_ROWS = [
  ...rowsOf('Anthropic', 'anthropic-messages', ANTHROPIC, [
    [
      400,
      told('invalid_request_error', 'Your credit balance is too low to access the Anthropic API.'),
      'quota-exhausted',
    ],
    [
      400,
      told(
        'invalid_request_error',
        'You have reached your specified API usage limits. You will regain access on 2027-01-01 at 00:00 UTC.',
      ),
      'quota-exhausted',
    ],
    [
      400,
      told('invalid_request_error', 'prompt is too long: 215000 tokens > 200000 maximum'),
      'context-too-long',
      { limitTokens: 200_000 },
    ],
    [
      400,
      told(
        'invalid_request_error',
        'input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000, decrease one',
      ),
      'context-too-long',
      { limitTokens: 200_000 },
    ],
    [400, told('invalid_request_error', 'Prompt is too long'), 'context-too-long'],
    [
      400,
      told(
        'invalid_request_error',
        'max_tokens: 200000 > 64000, which is the maximum allowed number of output tokens for m',
      ),
      'provider-rejected',
    ],
    [400, told('invalid_request_error', '`temperature` is deprecated for this model.'), 'provider-rejected'],
    [
      400,
      told('invalid_request_error', 'Prefilling assistant messages is not supported for this model.'),
      'provider-rejected',
    ],
    [
      400,
      told(
        'invalid_request_error',
        'messages.0.content.1.image.source.base64: image exceeds 5 MB maximum: 6 bytes > 5 bytes',
      ),
      'provider-rejected',
    ],
    [
      400,
      told('invalid_request_error', 'Unable to download the file. Please verify the URL and try again.'),
      'provider-rejected',
    ],
    [400, told('invalid_request_error', 'tools.0.custom.extra: Extra inputs are not permitted'), 'provider-rejected'],
    [
      400,
      told('invalid_request_error', '`tool_use` ids were found without `tool_result` blocks immediately after: a'),
      'invalid-request',
    ],
    [400, told('invalid_request_error', 'messages: text content blocks must be non-empty'), 'invalid-request'],
    [400, told('invalid_request_error', 'Output blocked by content filtering policy'), 'content-policy'],
    [400, told('invalid_request_error', 'This organization has been disabled.'), 'credential-refused'],
    [401, told('authentication_error', 'invalid x-api-key'), 'credential-refused'],
    [402, told('billing_error', 'Payment is overdue'), 'quota-exhausted'],
    [403, told('permission_error', 'Request not allowed'), 'credential-refused'],
    [404, told('not_found_error', 'model: claude-none'), 'model-not-found'],
    [413, told('request_too_large', 'Request exceeds the maximum size'), 'provider-rejected'],
    [
      429,
      told(
        'rate_limit_error',
        "This request would exceed your organization's rate limit of 40,000 input tokens per minute.",
      ),
      'rate-limited',
    ],
    [429, told('rate_limit_error', 'Number of concurrent connections has exceeded your rate limit.'), 'rate-limited'],
    [500, told('api_error', 'Internal server error'), 'server-error'],
    [504, told('timeout_error', 'Request timed out'), 'server-error'],
    [529, told('overloaded_error', 'Overloaded'), 'server-error'],
    [529, '', 'server-error'],
    [520, '<html>Web server is returning an unknown error</html>', 'server-error'],
    [403, '<html>Attention Required!</html>', 'bad-response', { what: 'html' }],
  ]),
  ...rowsOf('Gemini API', 'gemini-generate', GEMINI, [
    [400, google(400, 'INVALID_ARGUMENT', 'API key not valid. Please pass a valid API key.'), 'credential-refused'],
    [400, google(400, 'INVALID_ARGUMENT', 'API key expired. Please renew the API key.'), 'credential-refused'],
    [400, google(400, 'FAILED_PRECONDITION', 'User location is not supported for the API use.'), 'credential-refused'],
    [
      400,
      google(
        400,
        'FAILED_PRECONDITION',
        'Gemini API free tier is not available in your country. Please enable billing on your project.',
      ),
      'credential-refused',
    ],
    [
      403,
      google(
        403,
        'PERMISSION_DENIED',
        'Generative Language API has not been used in project 1 before or it is disabled.',
      ),
      'credential-refused',
    ],
    [
      403,
      google(403, 'PERMISSION_DENIED', 'Your API key was reported as leaked. Please use another API key.'),
      'credential-refused',
    ],
    [
      403,
      google(403, 'PERMISSION_DENIED', 'You do not have permission to access the File abc or it may not exist.'),
      'provider-rejected',
    ],
    [
      404,
      google(
        404,
        'NOT_FOUND',
        'models/m is not found for API version v1beta, or is not supported for generateContent.',
      ),
      'model-not-found',
    ],
    [
      400,
      google(400, 'INVALID_ARGUMENT', '* GenerateContentRequest.model: unexpected model name format'),
      'model-not-found',
    ],
    [
      429,
      google(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [
        violated('GenerateRequestsPerMinutePerProject'),
        retryInfo('34s'),
      ]),
      'rate-limited',
      { retryAfterMs: 34_000 },
    ],
    [
      429,
      google(429, 'RESOURCE_EXHAUSTED', 'You exceeded your current quota.', [
        violated('GenerateRequestsPerDayPerProject'),
        retryInfo('3s'),
      ]),
      'quota-exhausted',
      { retryAfterMs: 3000 },
    ],
    [429, google(429, 'RESOURCE_EXHAUSTED', 'Your project has exceeded its monthly spending cap.'), 'quota-exhausted'],
    [
      400,
      google(
        400,
        'INVALID_ARGUMENT',
        'The input token count (1200293) exceeds the maximum number of tokens allowed (1048576).',
      ),
      'context-too-long',
      { limitTokens: 1_048_576 },
    ],
    [
      400,
      google(400, 'INVALID_ARGUMENT', 'The input token count exceeds the maximum number of tokens allowed 1048576.'),
      'context-too-long',
      { limitTokens: 1_048_576 },
    ],
    [
      400,
      google(400, 'INVALID_ARGUMENT', 'Request payload size exceeds the limit: 20971520 bytes.'),
      'provider-rejected',
    ],
    [400, google(400, 'INVALID_ARGUMENT', 'Function calling is not enabled for models/m'), 'provider-rejected'],
    [
      400,
      google(400, 'INVALID_ARGUMENT', 'Invalid JSON payload received. Unknown name "x": Cannot find field.'),
      'provider-rejected',
    ],
    [
      400,
      google(400, 'INVALID_ARGUMENT', 'Budget 0 is invalid. This model only works in thinking mode.'),
      'provider-rejected',
    ],
    [
      400,
      google(
        400,
        'INVALID_ARGUMENT',
        'The specified schema produces a constraint that has too many states for serving.',
      ),
      'provider-rejected',
    ],
    [400, google(400, 'INVALID_ARGUMENT', 'Unsupported MIME type: application/msword'), 'provider-rejected'],
    [400, google(400, 'INVALID_ARGUMENT', 'Please use a valid role: user, model.'), 'invalid-request'],
    [500, google(500, 'INTERNAL', 'An internal error has occurred.'), 'server-error'],
    [503, google(503, 'UNAVAILABLE', 'The model is overloaded. Please try again later.'), 'server-error'],
    [504, google(504, 'DEADLINE_EXCEEDED', 'Deadline expired before operation could complete.'), 'server-error'],
    [429, [google(429, 'RESOURCE_EXHAUSTED', 'Slow down.', [retryInfo('2s')])], 'rate-limited', { retryAfterMs: 2000 }],
  ]),
  ...rowsOf('Vertex AI', 'gemini-generate', VERTEX, [
    [
      404,
      google(
        404,
        'NOT_FOUND',
        'Publisher Model `projects/p/locations/l/publishers/google/models/m` was not found or your project does not have access to it.',
      ),
      'model-not-found',
    ],
    [429, google(429, 'RESOURCE_EXHAUSTED', 'Resource exhausted. Please try again later.'), 'rate-limited'],
    [
      400,
      google(
        400,
        'INVALID_ARGUMENT',
        'Unable to submit request because the input token count is 40000 but model only supports up to 32768. Reduce it.',
      ),
      'context-too-long',
      { limitTokens: 32_768 },
    ],
    [400, google(400, 'INVALID_ARGUMENT', 'Cannot fetch content from the provided URL.'), 'provider-rejected'],
    [400, google(400, 'INVALID_ARGUMENT', 'Thought signature is not valid.'), 'provider-rejected'],
    [404, google(404, 'NOT_FOUND', 'Not found: cached content metadata 1.'), 'provider-rejected'],
    [401, google(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.'), 'credential-refused'],
    [
      403,
      google(403, 'PERMISSION_DENIED', "Permission 'aiplatform.endpoints.predict' denied on resource"),
      'credential-refused',
    ],
  ]),
];
