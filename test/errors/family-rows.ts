import { rowsOf, said } from './row.ts';

const chat = 'openai-chat';
const zhipu = (code: string, message: string) => ({ error: { code, message } });

/** Vendors of the openai-chat family that serve their own models. */
export const FAMILY_ROWS = [
  ...rowsOf('Mistral', chat, 'https://docs.mistral.ai/api, oddity 85', [
    [401, { detail: 'Unauthorized' }, 'credential-refused'],
    [
      400,
      { object: 'error', message: 'Invalid model: m', type: 'invalid_model', param: null, code: '1500' },
      'model-not-found',
    ],
    [
      400,
      {
        object: 'error',
        message:
          'Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length',
        type: 'invalid_request_prompt',
        code: '3051',
      },
      'context-too-long',
      { limitTokens: 32_768 },
    ],
    [
      422,
      { detail: [{ type: 'extra_forbidden', loc: ['body', 'stream_options'], msg: 'Extra inputs are not permitted' }] },
      'provider-rejected',
    ],
    [
      422,
      {
        object: 'error',
        message: {
          detail: [{ type: 'extra_forbidden', loc: ['body', 'seed'], msg: 'Extra inputs are not permitted' }],
        },
        type: 'invalid_request_error',
      },
      'provider-rejected',
    ],
    [429, { object: 'error', message: 'Rate limit exceeded', type: 'rate_limited', code: '1300' }, 'rate-limited'],
    [
      429,
      {
        object: 'error',
        message: 'Service tier capacity exceeded for this model.',
        type: 'service_tier_capacity_exceeded',
        code: '3505',
      },
      'server-error',
    ],
    [400, { object: 'error', message: 'Logprobs are not enabled for this model', code: '3051' }, 'provider-rejected'],
    [
      400,
      {
        object: 'error',
        message: "Unexpected role 'user' after role 'tool'",
        type: 'invalid_request_message_order',
        code: '3230',
      },
      'provider-rejected',
    ],
  ]),
  ...rowsOf('DeepSeek', chat, 'https://api-docs.deepseek.com/quick_start/error_codes', [
    [402, said('Insufficient Balance', 'invalid_request_error', 'unknown_error'), 'quota-exhausted'],
    [
      401,
      said('Authentication Fails (no such user)', 'invalid_request_error', 'authentication_error'),
      'credential-refused',
    ],
    [400, said('Content Exists Risk', 'invalid_request_error'), 'content-policy'],
    [
      400,
      said("This model's maximum context length is 131072 tokens. However, you requested 140000 tokens."),
      'context-too-long',
      { limitTokens: 131_072 },
    ],
    [400, said('Invalid max_tokens value, the valid range of max_tokens is [1, 8192]'), 'provider-rejected'],
    [400, said('Model Not Exist'), 'model-not-found'],
    [400, said('The `reasoning_content` in the thinking mode must be passed back to the API.'), 'provider-rejected'],
    [
      400,
      said('Failed to deserialize the JSON body: messages[0]: unknown variant `input_audio`, expected `text`'),
      'provider-rejected',
    ],
    [429, said('Rate limit reached'), 'rate-limited'],
    [
      503,
      said('Service is too busy. We advise users to temporarily switch to alternative LLM API service providers.'),
      'server-error',
    ],
  ]),
  ...rowsOf('xAI', chat, 'https://docs.x.ai/docs/key-information/debugging, oddity 84', [
    [
      400,
      { code: 'Client specified an invalid argument', error: 'Incorrect API key provided: xa***.' },
      'credential-refused',
    ],
    [
      404,
      {
        code: 'Some requested entity was not found',
        error: 'The model m does not exist or your team t does not have access to it.',
      },
      'model-not-found',
    ],
    [
      403,
      {
        code: 'The caller does not have permission',
        error: 'Content violates usage guidelines. Failed check: SAFETY_CHECK',
      },
      'content-policy',
    ],
    [
      400,
      { code: 'Client specified an invalid argument', error: 'Argument not supported on this model: presencePenalty' },
      'provider-rejected',
    ],
    [
      400,
      {
        code: 'Client specified an invalid argument',
        error: "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
      },
      'context-too-long',
      { limitTokens: 131_072 },
    ],
    [
      429,
      {
        code: 'Some resource has been exhausted',
        error: 'Your team t has either used all available credits or reached its monthly spending limit.',
      },
      'quota-exhausted',
    ],
    [
      403,
      said('Your team t has either used all available credits or reached its monthly spending limit.'),
      'quota-exhausted',
    ],
    [503, { code: 'The service is currently unavailable', error: 'Service temporarily unavailable.' }, 'server-error'],
  ]),
  ...rowsOf('Alibaba', chat, 'https://help.aliyun.com/en/model-studio/error-code', [
    [
      400,
      said(
        '<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 98304]',
        'invalid_parameter_error',
      ),
      'context-too-long',
      { limitTokens: 98_304 },
    ],
    [
      400,
      said('Input data may contain inappropriate content.', 'data_inspection_failed', 'data_inspection_failed'),
      'content-policy',
    ],
    [
      400,
      said('Access denied, please make sure your account is in good standing.', 'Arrearage', 'Arrearage'),
      'quota-exhausted',
    ],
    [403, said('The free tier of the model has been exhausted.', 'AllocationQuota.FreeTierOnly'), 'quota-exhausted'],
    [429, said('Free allocated quota exceeded.', 'Throttling.AllocationQuota'), 'quota-exhausted'],
    [
      429,
      said('Requests rate limit exceeded, please try again later.', 'limit_requests', 'limit_requests'),
      'rate-limited',
    ],
    [401, said('Incorrect API key provided.', 'invalid_api_key'), 'credential-refused'],
    [403, said('Model access denied.', 'Model.AccessDenied'), 'model-not-found'],
    [404, said('The model `m` does not exist or you do not have access to it.', 'model_not_found'), 'model-not-found'],
    [
      400,
      said('parameter.enable_thinking must be set to false for non-streaming calls', 'invalid_parameter_error'),
      'provider-rejected',
    ],
    [400, said('This model only support stream mode, please enable the stream parameter.'), 'provider-rejected'],
  ]),
  ...rowsOf('Moonshot', chat, 'https://platform.moonshot.ai/docs/api/errors', [
    [
      400,
      said('The request was rejected because it was considered high risk', null, 'content_filter'),
      'content-policy',
    ],
    [
      400,
      said('Invalid request: Your request exceeded model token limit: 8192'),
      'context-too-long',
      { limitTokens: 8192 },
    ],
    [
      429,
      said(
        'Your account org-1<ak-1> is suspended, please check your plan and billing details',
        null,
        'exceeded_current_quota_error',
      ),
      'quota-exhausted',
    ],
    [
      429,
      said('The engine is currently overloaded, please try again later', null, 'engine_overloaded_error'),
      'server-error',
    ],
    [
      429,
      said('Your account reached max request: 3, please try again after 1 seconds', null, 'rate_limit_reached_error'),
      'rate-limited',
      { retryAfterMs: 1000 },
    ],
    [404, said('Not found the model m or Permission denied', null, 'resource_not_found_error'), 'model-not-found'],
    [
      400,
      said('thinking is enabled but reasoning_content is missing in assistant tool call message at index 2'),
      'provider-rejected',
    ],
    [401, said('Invalid Authentication', null, 'invalid_authentication_error'), 'credential-refused'],
  ]),
  ...rowsOf('Zhipu', chat, 'https://docs.z.ai/api-reference/api-code', [
    [400, zhipu('1261', 'Prompt exceeds max length'), 'context-too-long'],
    [400, zhipu('1261', 'Prompt 超长'), 'context-too-long'],
    [
      400,
      zhipu('1301', 'System detected potentially unsafe or sensitive content in input or generation.'),
      'content-policy',
    ],
    [400, zhipu('1301', '系统检测到输入或生成内容可能包含不安全或敏感内容'), 'content-policy'],
    [429, zhipu('1113', 'Your account is in arrears, please recharge and try again'), 'quota-exhausted'],
    [429, zhipu('1113', '余额不足或无可用资源包,请充值。'), 'quota-exhausted'],
    [429, zhipu('1302', 'High concurrency usage of this API, please reduce concurrency'), 'rate-limited'],
    [
      429,
      zhipu('1308', 'Usage limit reached for 5 hour. Your limit will reset at 2027-01-01 00:00:00'),
      'quota-exhausted',
    ],
    [400, zhipu('1211', 'Model does not exist, please check the model code'), 'model-not-found'],
    [400, zhipu('1211', '模型不存在，请检查模型代码。'), 'model-not-found'],
    [401, zhipu('1002', 'Invalid Authentication Token'), 'credential-refused'],
    [400, zhipu('1215', 'a and b cannot be set simultaneously, please check the documentation'), 'provider-rejected'],
    [500, zhipu('1234', 'Network error, error id: 1'), 'server-error'],
  ]),
  ...rowsOf('Cohere', chat, 'https://docs.cohere.com/reference/errors, oddity 86', [
    [
      400,
      { id: '1', message: 'too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4100.' },
      'context-too-long',
      { limitTokens: 4081 },
    ],
    [
      400,
      {
        id: '1',
        error_type: 'TOO_MANY_TOKENS',
        message: 'too many tokens: size limit exceeded by 5 tokens. The limit for this model is 288000 tokens.',
      },
      'context-too-long',
      { limitTokens: 288_000 },
    ],
    [404, { id: '1', message: "model 'm' not found, make sure the correct model ID was used" }, 'model-not-found'],
    [401, { message: 'invalid api token' }, 'credential-refused'],
    [429, { message: 'You are using a Trial key, which is limited to 20 API calls / minute.' }, 'rate-limited'],
    [402, { message: 'Please add or update your payment method' }, 'quota-exhausted'],
  ]),
  ...rowsOf('Perplexity', chat, 'https://docs.perplexity.ai/guides/api-errors, oddity 95', [
    [400, said('Too many prompt tokens.', 400, 'too_many_prompt_tokens'), 'context-too-long'],
    [401, '<html><head><title>401 Authorization Required</title></head></html>', 'credential-refused'],
    [
      400,
      said("Invalid model 'm'. Permitted models can be found in the documentation.", 400, 'invalid_model'),
      'model-not-found',
    ],
    [
      400,
      said(
        'After the (optional) system message(s), user and assistant roles should be alternating.',
        400,
        'invalid_message',
      ),
      'provider-rejected',
    ],
  ]),
];
