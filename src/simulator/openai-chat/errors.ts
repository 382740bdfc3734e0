import type { Stamp, Trouble, VendorError } from '../dialect-kit.ts';

interface Said {
  readonly status: number;
  readonly message: string;
  readonly type: string;
  readonly param?: string;
  readonly code?: string | null;
  readonly headers?: Record<string, string>;
}

/** `{"error": {message, type, param, code}}`, as platform.openai.com/docs/guides/error-codes and the API answer. */
export function openaiRefusal(trouble: Trouble, stamp: Stamp): VendorError {
  const { status, message, type, param = null, code = null, headers } = say(trouble);
  return {
    status,
    headers: { 'content-type': 'application/json', 'x-request-id': `req_${stamp.id}`, ...headers },
    body: { error: { message, type, param, code } },
  };
}

/** What the API sends as an event when a stream fails after its start. */
export function openaiErrorFrame(trouble: Trouble, stamp: Stamp): string {
  return `data: ${JSON.stringify(openaiRefusal(trouble, stamp).body)}\n\n`;
}

function say(trouble: Trouble): Said {
  switch (trouble.kind) {
    case 'status':
      return { status: trouble.status, ...ofStatus(trouble.status) };
    case 'rate-limited':
      return {
        ...{ status: 429, ...ofStatus(429) },
        headers: {
          ...(trouble.retryAfter !== undefined && { 'retry-after': trouble.retryAfter }),
          ...(trouble.retryAfterMs !== undefined && { 'retry-after-ms': trouble.retryAfterMs }),
        },
      };
    case 'overloaded':
      return { status: 503, ...ofStatus(503) };
    case 'quota':
      return {
        status: 429,
        message: 'You exceeded your current quota, please check your plan and billing details.',
        type: 'insufficient_quota',
        code: 'insufficient_quota',
      };
    case 'model-retired':
      return {
        ...invalid(`The model \`${trouble.model}\` does not exist or you do not have access to it.`, 'model_not_found'),
        status: 404,
      };
    case 'auth-refused':
      return {
        ...invalid(
          `Incorrect API key provided${trouble.key === undefined ? '' : `: ${trouble.key}`}.`,
          'invalid_api_key',
        ),
        status: 401,
      };
    case 'context-too-long':
      return {
        ...invalid(
          `This model's maximum context length is ${trouble.limitTokens} tokens. However, your messages resulted in ${trouble.askedTokens} tokens. Please reduce the length of the messages.`,
          'context_length_exceeded',
        ),
        param: 'messages',
      };
    case 'invalid':
      return {
        ...invalid(trouble.message, trouble.code ?? null),
        ...(trouble.param !== undefined && { param: trouble.param }),
      };
    case 'content-policy':
      return invalid('Your request was rejected as a result of our safety system.', 'content_policy_violation');
    case 'provider-rejected':
      return {
        ...invalid("Unsupported parameter: 'tools' is not supported with this model.", 'unsupported_parameter'),
        param: 'tools',
      };
    case 'too-large':
      return { status: 413, ...ofStatus(413) };
  }
}

function invalid(message: string, code: string | null): Said {
  return { status: 400, message, type: 'invalid_request_error', code };
}

function ofStatus(status: number): Omit<Said, 'status'> {
  switch (status) {
    case 400:
      return { message: 'The request could not be read.', type: 'invalid_request_error' };
    case 401:
      return { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' };
    case 402:
      return { message: 'Insufficient balance.', type: 'insufficient_quota', code: 'insufficient_balance' };
    case 403:
      return {
        message: 'Your project has no access to this resource.',
        type: 'invalid_request_error',
        code: 'forbidden',
      };
    case 404:
      return {
        message: 'The requested resource was not found.',
        type: 'invalid_request_error',
        code: 'model_not_found',
      };
    case 408:
      return { message: 'The request took too long to arrive.', type: 'timeout' };
    case 413:
      return { message: 'The request body is too large.', type: 'invalid_request_error' };
    case 422:
      return { message: 'The request was well formed and cannot be processed.', type: 'invalid_request_error' };
    case 429:
      return {
        message: 'Rate limit reached for requests. Please try again later.',
        type: 'requests',
        code: 'rate_limit_exceeded',
      };
    case 502:
      return { message: 'Bad gateway.', type: 'server_error' };
    case 503:
    case 529:
      return { message: 'The server is currently overloaded with other requests.', type: 'server_error' };
    case 504:
      return { message: 'The upstream took too long to answer.', type: 'server_error' };
    default:
      return {
        message: 'The server had an error while processing your request.',
        type: status >= 500 ? 'server_error' : 'invalid_request_error',
      };
  }
}
