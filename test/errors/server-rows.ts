import { rowsOf, said } from './row.ts';

const chat = 'openai-chat';

/** Servers that people run themselves, and what stands before a server. */
export const SERVER_ROWS = [
  ...rowsOf('vLLM and SGLang', chat, 'https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html', [
    [
      400,
      {
        object: 'error',
        message: "This model's maximum context length is 4096 tokens. However, you requested 5000 tokens.",
        type: 'BadRequestError',
        param: null,
        code: 400,
      },
      'context-too-long',
      { limitTokens: 4096 },
    ],
    [
      400,
      said('The decoder prompt (length 5000) is longer than the maximum model length of 4096.', 400),
      'context-too-long',
      { limitTokens: 4096 },
    ],
    [404, said('The model `m` does not exist.', 404, 'NotFoundError'), 'model-not-found'],
    [
      400,
      said('"auto" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set', 400),
      'provider-rejected',
    ],
    [400, said('At most 1 image(s) may be provided in one request.', 400), 'provider-rejected'],
    [400, said('m is not a multimodal model', 400), 'provider-rejected'],
  ]),
  ...rowsOf('TGI', chat, 'https://huggingface.co/docs/text-generation-inference', [
    [
      422,
      {
        error: 'Input validation error: `inputs` must have less than 1024 tokens. Given: 2000',
        error_type: 'validation',
      },
      'context-too-long',
      { limitTokens: 1024 },
    ],
    [429, { error: 'Model is overloaded', error_type: 'overloaded' }, 'server-error'],
    [424, { error: 'Request failed during generation', error_type: 'generation' }, 'server-error'],
  ]),
  ...rowsOf('llama.cpp', chat, 'https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md, oddity 95', [
    [
      400,
      {
        error: {
          code: 400,
          message: 'request (2600 tokens) exceeds the available context size (2048 tokens), try increasing it',
          type: 'exceed_context_size_error',
          n_ctx: 2048,
        },
      },
      'context-too-long',
      { limitTokens: 2048 },
    ],
    [
      500,
      { error: { code: 500, message: 'the request exceeds the available context size', type: 'server_error' } },
      'context-too-long',
    ],
    [503, { error: { code: 503, message: 'Loading model', type: 'unavailable_error' } }, 'server-error'],
    [
      500,
      { error: { code: 500, message: 'tools param requires --jinja flag', type: 'server_error' } },
      'provider-rejected',
    ],
    [401, { error: { code: 401, message: 'Invalid API Key', type: 'authentication_error' } }, 'credential-refused'],
  ]),
  ...rowsOf(
    'Ollama and LM Studio',
    chat,
    'https://github.com/ollama/ollama/blob/main/docs/openai.md, https://lmstudio.ai/docs',
    [
      [404, said("model 'm' not found", null, 'not_found_error'), 'model-not-found'],
      [400, said('registry.ollama.ai/library/m:latest does not support tools', null, 'api_error'), 'provider-rejected'],
      [400, said('prompt too long; exceeded max context length by 20 tokens'), 'context-too-long'],
      [500, { error: 'model requires more system memory (9 GiB) than is available (4 GiB)' }, 'server-error'],
      [503, { error: 'server busy, please try again.  maximum pending requests exceeded' }, 'server-error'],
      [
        400,
        {
          error:
            'Trying to keep the first 4500 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens, which is not enough.',
        },
        'context-too-long',
        { limitTokens: 4096 },
      ],
      [
        400,
        { error: 'The number of tokens to keep from the initial prompt is greater than the context length.' },
        'context-too-long',
      ],
      [404, said('No models loaded. Please load a model in the developer page.'), 'model-not-found'],
    ],
  ),
  ...rowsOf(
    'Bedrock, by its compatible endpoints',
    chat,
    'https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html',
    [
      [400, { message: 'Input is too long for requested model.' }, 'context-too-long'],
      [400, { message: 'The provided model identifier is invalid.' }, 'model-not-found'],
      [429, { message: 'Too many tokens, please wait before trying again.' }, 'rate-limited'],
      [403, { Message: 'User: a is not authorized to perform: bedrock:InvokeModel' }, 'credential-refused'],
      [424, { message: 'The model returned an error.' }, 'server-error'],
    ],
  ),
  ...rowsOf('proxies in between', chat, 'https://developers.cloudflare.com/support/troubleshooting/http-status-codes', [
    [429, '<html><title>Error 1015: You are being rate limited</title></html>', 'rate-limited'],
    [522, '<html>Connection timed out</html>', 'server-error'],
    [503, 'upstream connect error or disconnect/reset before headers', 'server-error'],
    [400, '"prompt is too long"', 'context-too-long'],
    [
      429,
      'event: error\ndata: {"error":{"message":"Rate limit reached. Please try again in 2s."}}\n\n',
      'rate-limited',
      { retryAfterMs: 2000 },
    ],
    [302, '', 'unknown'],
  ]),
];
