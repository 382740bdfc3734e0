import { rowsOf, said } from './row.ts';

const chat = 'openai-chat';

/** Hosts and brokers of the openai-chat family. */
export const HOST_ROWS = [
  ...rowsOf('Groq', chat, 'https://console.groq.com/docs/errors, oddity 91', [
    [
      413,
      said(
        'Request too large for model `m` on tokens per minute (TPM): Limit 6000, Requested 12345',
        'rate_limit_exceeded',
        'tokens',
      ),
      'provider-rejected',
    ],
    [
      400,
      said('Please reduce the length of the messages or completion.', 'context_length_exceeded'),
      'context-too-long',
    ],
    [
      400,
      {
        error: {
          message: 'tool call validation failed',
          type: 'invalid_request_error',
          code: 'tool_use_failed',
          failed_generation: '{}',
        },
      },
      'provider-rejected',
    ],
    [400, said('Failed to generate JSON.', 'json_validate_failed'), 'provider-rejected'],
    [
      400,
      said('The model `m` has been decommissioned and is no longer supported.', 'model_decommissioned'),
      'model-not-found',
    ],
    [400, said('The model `m` requires terms acceptance.', 'model_terms_required'), 'model-not-found'],
    [
      403,
      said('The model `m` is blocked at the project level.', 'model_permission_blocked_project', 'permissions_error'),
      'model-not-found',
    ],
    [
      400,
      said('Organization has been restricted. Please reach out to support.', 'organization_restricted'),
      'credential-refused',
    ],
    [
      400,
      said('API access blocked: the spend limit of your organization is reached.', 'blocked_api_access'),
      'quota-exhausted',
    ],
    [
      429,
      said(
        'Rate limit reached for model `m` on tokens per day (TPD). Please try again in 7m12.5s.',
        'rate_limit_exceeded',
      ),
      'rate-limited',
      { retryAfterMs: 432_500 },
    ],
    [498, said('Flex tier capacity exceeded', 'capacity_exceeded'), 'server-error'],
    [503, said('Service unavailable', null, 'internal_server_error'), 'server-error'],
  ]),
  ...rowsOf('OpenRouter', chat, 'https://openrouter.ai/docs/api-reference/errors, oddities 89 and 90', [
    [402, said('Insufficient credits. Add more using https://openrouter.ai/settings/credits', 402), 'quota-exhausted'],
    [
      402,
      said('This request requires more credits, or fewer max_tokens. You can only afford 12.', 402),
      'quota-exhausted',
    ],
    [403, said('Key limit exceeded (total limit).', 403), 'quota-exhausted'],
    [403, said('m requires moderation on x. Your input was flagged for "violence".', 403), 'content-policy'],
    [
      429,
      said('Rate limit exceeded: free-models-per-day. Add 10 credits to unlock 1000 requests', 429),
      'quota-exhausted',
    ],
    [429, said('Rate limit exceeded: limit_rpm/m', 429), 'rate-limited'],
    [400, said('x/y is not a valid model ID', 400), 'model-not-found'],
    [404, said('No endpoints found for x/y.', 404), 'model-not-found'],
    [404, said('No endpoints found that support tool use.', 404), 'provider-rejected'],
    [404, said('No endpoints found matching your data policy.', 404), 'provider-rejected'],
    [
      400,
      {
        error: {
          message: 'Provider returned error',
          code: 400,
          metadata: {
            raw: '{"type":"error","error":{"type":"invalid_request_error","message":"prompt is too long: 210000 tokens > 200000 maximum"}}',
            provider_name: 'P',
          },
        },
      },
      'context-too-long',
      { limitTokens: 200_000 },
    ],
    [
      502,
      { error: { message: 'Provider returned error', code: 502, metadata: { raw: '<html></html>' } } },
      'server-error',
    ],
    [503, said('No available model provider that meets your routing requirements', 503), 'server-error'],
    [408, said('Request timed out', 408), 'server-error'],
  ]),
  ...rowsOf('Together', chat, 'https://docs.together.ai/docs/error-codes', [
    [
      422,
      said('`inputs` tokens + `max_new_tokens` must be <= 4097. Given: 4000 `inputs` tokens and 512 `max_new_tokens`'),
      'context-too-long',
      { limitTokens: 4097 },
    ],
    [
      404,
      said('Unable to access model m. Please visit the list of supported models.', 'model_not_available'),
      'model-not-found',
    ],
    [402, said('Credit limit exceeded', null, 'credit_limit'), 'quota-exhausted'],
    [503, said('The server is overloaded or not ready yet.', null, 'service_unavailable'), 'server-error'],
  ]),
  ...rowsOf('Fireworks', chat, 'https://docs.fireworks.ai/guides/inference-error-codes', [
    [
      400,
      said('The prompt is too long: 140000, model maximum context length: 131071'),
      'context-too-long',
      { limitTokens: 131_071 },
    ],
    [404, said('Model not found, inaccessible, and/or not deployed', 'NOT_FOUND'), 'model-not-found'],
    [412, said('Account a is suspended, possibly due to reaching the monthly spending limit'), 'quota-exhausted'],
    [400, said('Extra inputs are not permitted, field: "seed"'), 'provider-rejected'],
  ]),
  ...rowsOf('Cerebras', chat, 'https://inference-docs.cerebras.ai/support/error', [
    [
      400,
      {
        message: 'Please reduce the length of the messages or completion. Current length is 9000 while limit is 8192',
        type: 'invalid_request_error',
        param: 'messages',
        code: 'context_length_exceeded',
      },
      'context-too-long',
      { limitTokens: 8192 },
    ],
    [
      429,
      {
        message: 'Requests per minute limit exceeded - too many requests sent.',
        type: 'too_many_requests_error',
        param: 'quota',
        code: 'request_quota_exceeded',
      },
      'rate-limited',
    ],
    [
      429,
      {
        message: "We're experiencing high traffic right now! Please try again soon.",
        type: 'too_many_requests_error',
        code: 'queue_exceeded',
      },
      'server-error',
    ],
    [401, { message: 'Wrong API Key', type: 'invalid_request_error', code: 'wrong_api_key' }, 'credential-refused'],
    [
      404,
      { message: 'Model m does not exist or you do not have access to it.', code: 'model_not_found' },
      'model-not-found',
    ],
  ]),
  ...rowsOf('Hugging Face', chat, 'https://huggingface.co/docs/inference-providers', [
    [503, { error: 'Model m is currently loading', estimated_time: 20.5 }, 'server-error', { retryAfterMs: 20_500 }],
    [402, { error: 'You have exceeded your monthly included credits for Inference Providers.' }, 'quota-exhausted'],
    [
      400,
      said("The requested model 'm' is not supported by any provider you have enabled.", 'model_not_supported'),
      'model-not-found',
    ],
    [429, { error: 'Model too busy, unable to get response in less than 60 second(s)' }, 'server-error'],
  ]),
  ...rowsOf(
    'NVIDIA',
    chat,
    'https://docs.api.nvidia.com/nim/reference/create_chat_completion_v1_chat_completions_post',
    [
      [404, { status: 404, title: 'Not Found', detail: "Function 'f': Not found for account 'a'" }, 'model-not-found'],
      [
        400,
        { status: 400, title: 'Bad Request', detail: "Function id 'f': DEGRADED function cannot be invoked" },
        'server-error',
      ],
      [
        402,
        { type: 'about:blank', title: 'Payment Required', status: 402, detail: 'Cloud credits expired' },
        'quota-exhausted',
      ],
      [
        422,
        {
          detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }],
        },
        'provider-rejected',
      ],
    ],
  ),
  ...rowsOf('Venice, Databricks, Cloudflare, MiniMax, LiteLLM', chat, 'oddity 84 and the vendors’ API references', [
    [404, { error: 'Specified model not found: m. Did you mean: n?' }, 'model-not-found'],
    [429, { error_code: 'REQUEST_LIMIT_EXCEEDED', message: 'Exceeded workspace rate limit.' }, 'rate-limited'],
    [403, { error_code: 403, message: 'Invalid access token.' }, 'credential-refused'],
    [
      400,
      { success: false, errors: [{ code: 5007, message: 'No such model @cf/m or task' }], messages: [] },
      'model-not-found',
    ],
    [400, { base_resp: { status_code: 1026, status_msg: 'input new_sensitive' } }, 'content-policy'],
    [400, { base_resp: { status_code: 1008, status_msg: 'insufficient balance' } }, 'quota-exhausted'],
    [400, said('ExceededBudget: over budget. Spend=2, Budget=1', '400', 'budget_exceeded'), 'quota-exhausted'],
    [
      429,
      said('No deployments available for selected model, Try again in 5 seconds.', '429'),
      'rate-limited',
      { retryAfterMs: 5000 },
    ],
  ]),
];
