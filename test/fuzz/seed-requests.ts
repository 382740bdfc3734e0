import type { JsonObject } from '../../src/model/json.ts';
import type { DecodedDialect, StreamedDialect } from './seed-streams.ts';

/** Requests and whole answers that the search begins with: one with nearly everything a dialect can say, by hand. */
const PIXEL = 'iVBORw0KGgo=';
const schema: JsonObject = {
  type: 'object',
  properties: { city: { $ref: '#/$defs/name' }, days: { type: ['integer', 'null'], minimum: 0 } },
  required: ['city'],
  additionalProperties: false,
  $defs: { name: { type: 'string', minLength: 1 } },
};

export const SEED_REQUESTS: Readonly<Record<StreamedDialect, readonly JsonObject[]>> = {
  'openai-chat': [
    { model: 'r', messages: [{ role: 'user', content: 'Hello' }] },
    {
      model: 'r',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        {
          role: 'user',
          name: 'ann',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}`, detail: 'low' } },
            { type: 'input_audio', input_audio: { data: PIXEL, format: 'wav' } },
            { type: 'file', file: { filename: 'a.pdf', file_data: `data:application/pdf;base64,${PIXEL}` } },
          ],
        },
        {
          role: 'assistant',
          content: null,
          refusal: null,
          reasoning_content: 'Hm.',
          tool_calls: [{ id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{"city":"Oslo"}' } }],
        },
        { role: 'tool', tool_call_id: 'call_a', content: '12 degrees' },
      ],
      tools: [{ type: 'function', function: { name: 'weather', description: 'd', parameters: schema, strict: true } }],
      tool_choice: { type: 'function', function: { name: 'weather' } },
      parallel_tool_calls: false,
      response_format: { type: 'json_schema', json_schema: { name: 'out', schema, strict: true } },
      reasoning_effort: 'low',
      temperature: 0.5,
      top_p: 0.9,
      seed: 7,
      logprobs: true,
      top_logprobs: 2,
      max_completion_tokens: 100,
      stop: ['END', '.'],
      n: 2,
      stream: true,
      stream_options: { include_usage: true },
      user: 'u1',
      metadata: { team: 'a' },
      service_tier: 'auto',
    },
  ],
  'openai-responses': [
    { model: 'r', input: 'Hello' },
    {
      model: 'r',
      instructions: 'Be brief.',
      input: [
        {
          type: 'message',
          role: 'user',
          content: [
            { type: 'input_text', text: 'What is this?' },
            { type: 'input_image', image_url: `data:image/png;base64,${PIXEL}`, detail: 'auto' },
            { type: 'input_file', filename: 'a.pdf', file_data: `data:application/pdf;base64,${PIXEL}` },
          ],
        },
        {
          type: 'reasoning',
          id: 'rs_1',
          summary: [{ type: 'summary_text', text: 'Hm.' }],
          encrypted_content: 'AAAA',
        },
        { type: 'function_call', call_id: 'call_a', name: 'weather', arguments: '{"city":"Oslo"}' },
        { type: 'function_call_output', call_id: 'call_a', output: [{ type: 'input_text', text: '12 degrees' }] },
      ],
      tools: [{ type: 'function', name: 'weather', parameters: schema, strict: true }, { type: 'web_search' }],
      tool_choice: { type: 'function', name: 'weather' },
      text: { format: { type: 'json_schema', name: 'out', schema, strict: true }, verbosity: 'low' },
      reasoning: { effort: 'low', summary: 'auto' },
      include: ['reasoning.encrypted_content'],
      max_output_tokens: 100,
      stream: true,
      store: false,
      metadata: { team: 'a' },
    },
  ],
  'anthropic-messages': [
    { model: 'r', max_tokens: 10, messages: [{ role: 'user', content: 'Hello' }] },
    {
      model: 'r',
      max_tokens: 3_000,
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'What is this?' },
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: PIXEL } },
            { type: 'document', source: { type: 'base64', media_type: 'application/pdf', data: PIXEL }, title: 'a' },
          ],
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
            { type: 'redacted_thinking', data: 'AAAA' },
            { type: 'tool_use', id: 'toolu_a', name: 'weather', input: { city: 'Oslo' } },
          ],
        },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 'toolu_a',
              is_error: true,
              content: [
                { type: 'text', text: 'no such place' },
                { type: 'image', source: { type: 'url', url: 'https://example.com/a.png' } },
              ],
            },
          ],
        },
      ],
      tools: [
        { name: 'weather', description: 'd', input_schema: schema },
        { type: 'web_search_20250305', name: 'web_search' },
      ],
      tool_choice: { type: 'auto', disable_parallel_tool_use: true },
      thinking: { type: 'enabled', budget_tokens: 2_000 },
      stop_sequences: ['END'],
      metadata: { user_id: 'u1' },
      stream: true,
    },
  ],
  'gemini-generate': [
    { model: 'r', contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
    {
      model: 'r',
      systemInstruction: { parts: [{ text: 'Be brief.' }] },
      contents: [
        {
          role: 'user',
          parts: [{ text: 'What is this?' }, { inlineData: { mimeType: 'image/png', data: PIXEL } }],
        },
        {
          role: 'model',
          parts: [
            { text: 'Hm.', thought: true },
            { functionCall: { name: 'weather', args: { city: 'Oslo' } }, thoughtSignature: 'c2ln' },
          ],
        },
        { role: 'user', parts: [{ functionResponse: { name: 'weather', response: { output: '12 degrees' } } }] },
      ],
      tools: [{ functionDeclarations: [{ name: 'weather', parametersJsonSchema: schema }] }, { googleSearch: {} }],
      toolConfig: { functionCallingConfig: { mode: 'ANY', allowedFunctionNames: ['weather'] } },
      generationConfig: {
        responseMimeType: 'application/json',
        responseJsonSchema: schema,
        thinkingConfig: { thinkingBudget: 100, includeThoughts: true },
        maxOutputTokens: 100,
        stopSequences: ['END'],
        seed: 7,
        temperature: 0.5,
        candidateCount: 1,
      },
      safetySettings: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_NONE' }],
      stream: true,
    },
  ],
};

export const SEED_ANSWERS: Readonly<Record<DecodedDialect, readonly JsonObject[]>> = {
  'openai-chat': [
    {
      id: 'c1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          finish_reason: 'tool_calls',
          message: {
            role: 'assistant',
            content: [{ type: 'text', text: 'Hello' }],
            refusal: null,
            reasoning: 'Hm.',
            annotations: [{ type: 'url_citation', url_citation: { url: 'https://example.com', title: 'T' } }],
            tool_calls: [{ id: 'call_a', type: 'function', function: { name: 'weather', arguments: '{}' } }],
          },
          logprobs: { content: [{ token: 'Hello', logprob: -0.1, bytes: null, top_logprobs: [] }] },
        },
      ],
      usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    },
    { error: { message: 'Overloaded', type: 'server_error', code: 503 } },
  ],
  'openai-responses': [
    {
      id: 'resp_1',
      object: 'response',
      status: 'completed',
      model: 'm',
      output: [
        { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'AAAA' },
        {
          id: 'msg_1',
          type: 'message',
          role: 'assistant',
          content: [
            { type: 'output_text', text: 'Hello', annotations: [{ type: 'url_citation', url: 'https://example.com' }] },
            { type: 'refusal', refusal: 'No.' },
          ],
        },
        { id: 'fc_1', type: 'function_call', call_id: 'call_a', name: 'weather', arguments: '{}' },
      ],
      usage: { input_tokens: 5, output_tokens: 7, total_tokens: 12 },
    },
  ],
  'anthropic-messages': [
    {
      id: 'msg_1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [
        { type: 'thinking', thinking: 'Hm.', signature: 'c2ln' },
        { type: 'text', text: 'Hello', citations: [{ type: 'char_location', cited_text: 'Hello' }] },
        { type: 'tool_use', id: 'toolu_a', name: 'weather', input: { city: 'Oslo' } },
      ],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { input_tokens: 5, output_tokens: 7, cache_creation: { ephemeral_5m_input_tokens: 1 } },
    },
    { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } },
  ],
  'bedrock-converse': [
    {
      output: {
        message: {
          role: 'assistant',
          content: [
            { reasoningContent: { reasoningText: { text: 'Hm.', signature: 'c2ln' } } },
            { text: 'Hello' },
            { toolUse: { toolUseId: 'tooluse_1', name: 'weather', input: { city: 'Brno' } } },
          ],
        },
      },
      stopReason: 'tool_use',
      usage: { inputTokens: 5, outputTokens: 7, totalTokens: 12 },
      metrics: { latencyMs: 9 },
    },
    { message: 'Too many requests' },
  ],
  'gemini-generate': [
    {
      candidates: [
        {
          content: {
            role: 'model',
            parts: [
              { text: 'Hm.', thought: true },
              { text: 'Hello', thoughtSignature: 'c2ln' },
              { functionCall: { name: 'weather', args: { city: 'Oslo' } } },
            ],
          },
          finishReason: 'STOP',
          citationMetadata: { citationSources: [{ uri: 'https://example.com' }] },
        },
      ],
      usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 7 },
    },
    { error: { code: 429, message: 'Slow down', status: 'RESOURCE_EXHAUSTED', details: [{ retryDelay: '3s' }] } },
  ],
};
