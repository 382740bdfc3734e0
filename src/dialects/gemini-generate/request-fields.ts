import type {
  FunctionCallingConfig,
  FunctionDeclaration,
  GenerateContentConfig,
  GenerationConfig,
  ThinkingConfig,
  ToolConfig,
} from '@google/genai';
import type { FieldRule, FieldTable, RequestFields } from '../common/request-fields.ts';

const SCHEMA = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] };
const TOOLS = [{ functionDeclarations: [{ name: 'look_up', parametersJsonSchema: SCHEMA }] }];

/** What the SDK keeps for itself: no part of a request on the wire. */
type OfTheClient = 'httpOptions' | 'abortSignal' | 'automaticFunctionCalling' | 'automaticContinuation';
/** The SDK has one flat object for what the wire divides between the body and `generationConfig`. */
type BodyField = Exclude<keyof GenerateContentConfig, keyof GenerationConfig | OfTheClient | 'imageConfig'>;

/** Every field of the body in the vendor's own SDK: a new one does not compile until somebody decides. */
const BODY = {
  contents: { kind: 'neutral', example: [{ role: 'user', parts: [{ text: 'Good morning' }] }] },
  model: { kind: 'gateway', how: 'stands in the path and names the route', example: 'route' },
  stream: { kind: 'gateway', how: 'stands in the path, asked of every target alike', example: true },
  generationConfig: { kind: 'neutral', example: { temperature: 0.3 } },
  systemInstruction: { kind: 'neutral', example: { parts: [{ text: 'Be kind.' }] } },
  tools: { kind: 'neutral', example: TOOLS },
  toolConfig: { kind: 'neutral', example: { functionCallingConfig: { mode: 'ANY' } }, beside: { tools: TOOLS } },
  serviceTier: { kind: 'neutral', example: 'flex', idle: ['unspecified', 'SERVICE_TIER_UNSPECIFIED'] },
  safetySettings: {
    kind: 'same-dialect',
    matters: true,
    why: 'other providers filter by their own measure',
    example: [{ category: 'HARM_CATEGORY_HARASSMENT', threshold: 'BLOCK_LOW_AND_ABOVE' }],
  },
  labels: { kind: 'neutral', example: { team: 'support' } },
  cachedContent: { kind: 'held', state: 'cached-content', example: 'cachedContents/1' },
  modelArmorConfig: { kind: 'required', needs: 'moderation', example: { promptTemplateName: 'projects/p/t' } },
  continuationToken: { kind: 'held', state: 'continuation', example: 'dG9rZW4=' },
  generationOutputConfig: {
    kind: 'same-dialect',
    matters: true,
    why: 'files that the provider would write',
    example: { gcsDestination: { outputUriPrefix: 'gs://bucket/' } },
  },
  store: { kind: 'same-dialect', matters: false, why: 'the answer is the same, stored or not', example: true },
} satisfies Record<BodyField | 'contents' | 'model' | 'stream' | 'generationConfig', FieldRule>;

const GENERATION = {
  modelSelectionConfig: {
    kind: 'same-dialect',
    matters: false,
    why: 'the route chooses the model',
    example: { featureSelectionPreference: 'PRIORITIZE_COST' },
  },
  responseJsonSchema: { kind: 'neutral', example: SCHEMA, beside: json() },
  audioTranscriptionConfig: { kind: 'required', needs: 'audio-output', example: { languageCodes: ['en'] } },
  audioTimestamp: {
    kind: 'same-dialect',
    matters: true,
    why: 'times of what is heard in a sound',
    example: true,
  },
  candidateCount: { kind: 'neutral', example: 2, idle: [1] },
  enableAffectiveDialog: { kind: 'required', needs: 'audio-output', example: true },
  frequencyPenalty: { kind: 'neutral', example: 0.5, idle: [0] },
  logprobs: { kind: 'neutral', example: 3, beside: { generationConfig: { responseLogprobs: true } } },
  maxOutputTokens: { kind: 'neutral', example: 321 },
  mediaResolution: {
    kind: 'same-dialect',
    matters: false,
    why: 'how finely pictures are looked at',
    example: 'MEDIA_RESOLUTION_LOW',
    idle: ['MEDIA_RESOLUTION_UNSPECIFIED'],
  },
  presencePenalty: { kind: 'neutral', example: 0.5, idle: [0] },
  responseFormat: {
    kind: 'same-dialect',
    matters: true,
    why: 'a shape of the answer that the other forms cannot say',
    example: [{ text: { mimeType: 'text/csv' } }],
  },
  responseLogprobs: { kind: 'neutral', example: true },
  responseMimeType: { kind: 'neutral', example: 'application/json', idle: ['text/plain'] },
  responseModalities: {
    kind: 'required',
    needs: 'image-output',
    byValue: true,
    example: ['TEXT', 'IMAGE'],
    idle: [['TEXT']],
  },
  responseSchema: {
    kind: 'neutral',
    example: { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
    beside: json(),
  },
  routingConfig: {
    kind: 'same-dialect',
    matters: false,
    why: 'the route chooses the model',
    example: { autoMode: { modelRoutingPreference: 'BALANCED' } },
  },
  seed: { kind: 'neutral', example: 7 },
  speechConfig: { kind: 'required', needs: 'audio-output', example: { languageCode: 'en-GB' } },
  stopSequences: { kind: 'neutral', example: ['END'] },
  temperature: { kind: 'neutral', example: 0.3 },
  thinkingConfig: { kind: 'neutral', example: { thinkingBudget: 2048 } },
  topK: { kind: 'neutral', example: 40 },
  topP: { kind: 'neutral', example: 0.8 },
  enableEnhancedCivicAnswers: {
    kind: 'same-dialect',
    matters: false,
    why: 'a filter of one vendor’s own',
    example: true,
  },
  translationConfig: { kind: 'required', needs: 'audio-output', example: { targetLanguageCode: 'de' } },
  imageConfig: { kind: 'required', needs: 'image-output', example: { aspectRatio: '16:9' } },
} satisfies Record<keyof GenerationConfig | 'imageConfig', FieldRule>;

function json() {
  return { generationConfig: { responseMimeType: 'application/json' } };
}

const THINKING = {
  includeThoughts: { kind: 'neutral', example: true, opposite: false },
  thinkingBudget: { kind: 'neutral', example: 2048 },
  thinkingLevel: { kind: 'neutral', example: 'HIGH' },
} satisfies Record<keyof ThinkingConfig, FieldRule>;

const TOOL_CONFIG = {
  functionCallingConfig: { kind: 'neutral', example: { mode: 'ANY' } },
  retrievalConfig: {
    kind: 'same-dialect',
    matters: false,
    why: 'serves searches, and a target that has none is not asked for one',
    example: { languageCode: 'de' },
  },
  includeServerSideToolInvocations: {
    kind: 'same-dialect',
    matters: false,
    why: 'tells of tools that the provider ran, and a target that has none is not asked for one',
    example: true,
  },
} satisfies Record<keyof ToolConfig, FieldRule>;

const CALLING = {
  allowedFunctionNames: {
    kind: 'neutral',
    example: ['look_up'],
    beside: { toolConfig: { functionCallingConfig: { mode: 'ANY' } } },
  },
  mode: { kind: 'neutral', example: 'ANY' },
  streamFunctionCallArguments: {
    kind: 'harmless',
    why: 'the others stream arguments unasked',
    example: true,
  },
} satisfies Record<keyof FunctionCallingConfig, FieldRule>;

const DECLARATION = {
  behavior: {
    kind: 'same-dialect',
    matters: true,
    why: 'calls whose results are not waited for',
    example: 'NON_BLOCKING',
    idle: ['BLOCKING', 'UNSPECIFIED'],
  },
  description: { kind: 'neutral', example: 'Looks a word up.' },
  name: { kind: 'neutral', example: 'look_again' },
  parameters: { kind: 'neutral', example: { type: 'OBJECT', properties: { a: { type: 'STRING' } } } },
  parametersJsonSchema: { kind: 'neutral', example: SCHEMA },
  response: {
    kind: 'same-dialect',
    matters: false,
    why: 'what the function answers with, told for the model’s understanding alone',
    example: { type: 'OBJECT', properties: { a: { type: 'STRING' } } },
  },
  responseJsonSchema: {
    kind: 'same-dialect',
    matters: false,
    why: 'what the function answers with, told for the model’s understanding alone',
    example: SCHEMA,
  },
} satisfies Record<keyof FunctionDeclaration, FieldRule>;

export const BODY_FIELDS: FieldTable = BODY;
export const GENERATION_FIELDS: FieldTable = GENERATION;
export const THINKING_FIELDS: FieldTable = THINKING;
export const TOOL_CONFIG_FIELDS: FieldTable = TOOL_CONFIG;
export const CALLING_FIELDS: FieldTable = CALLING;
export const DECLARATION_FIELDS: FieldTable = DECLARATION;

/** What becomes of every field of a `generateContent` request, towards every target. */
export const geminiGenerateFields: RequestFields = {
  dialect: 'gemini-generate',
  smallest: { model: 'route', contents: [{ role: 'user', parts: [{ text: 'Hello' }] }] },
  objects: {
    '': { fields: BODY_FIELDS },
    generationConfig: { fields: GENERATION_FIELDS },
    'generationConfig.thinkingConfig': { fields: THINKING_FIELDS },
    toolConfig: { fields: TOOL_CONFIG_FIELDS, within: { tools: TOOLS } },
    'toolConfig.functionCallingConfig': { fields: CALLING_FIELDS, within: { tools: TOOLS } },
    'tools[].functionDeclarations[]': {
      fields: DECLARATION_FIELDS,
      within: { tools: [{ functionDeclarations: [{ name: 'look_up' }] }] },
    },
  },
};
