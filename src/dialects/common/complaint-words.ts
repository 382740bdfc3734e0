/** Codes and types, in lower case, that say how a refusal is meant whatever its message says. */
export const WORDS = {
  context: [
    'context_length_exceeded',
    'context_window_exceeded',
    'contextwindowexceedederror',
    'exceed_context_size_error',
    'too_many_prompt_tokens',
    'too_many_tokens',
    'tokens_too_long',
    'model_max_prompt_tokens_exceeded',
  ],
  quota: [
    'insufficient_quota',
    'insufficient_user_quota',
    'exceeded_current_quota_error',
    'billing_hard_limit_reached',
    'billing_not_active',
    'billing_error',
    'budget_exceeded',
    'credit_limit',
    'enforced_spend_limit_reached',
    'spend_limit_exceeded',
    'key_spend_limit_exceeded',
    'blocked_api_access',
    'insufficient_balance',
    'insufficient_credits',
    'payment_required',
    'quota_exceeded',
    'arrearage',
    'allocationquota.freetieronly',
  ],
  policy: [
    'content_filter',
    'content_policy_violation',
    'content_policy',
    'responsibleaipolicyviolation',
    'data_inspection_failed',
    'datainspectionfailed',
    'moderation_blocked',
    'cyber_policy_violation',
    // OpenAI’s Responses API, whatever the message says.
    'invalid_prompt',
    'bio_policy',
    'cyber_policy',
    'image_content_policy_violation',
    'sensitive_check_error',
    'sensitive_words_detected',
    'prompt_blocked',
  ],
  model: [
    'model_not_found',
    'model_not_available',
    'model_not_supported',
    'model_decommissioned',
    'model_terms_required',
    'model_permission_blocked_org',
    'model_permission_blocked_project',
    'model.accessdenied',
    'invalid_model',
    'unknown_model',
    'deploymentnotfound',
    'operationnotsupported',
  ],
  key: [
    'invalid_api_key',
    'wrong_api_key',
    'api_key_invalid',
    'organization_restricted',
    'account_deactivated',
    'access_terminated',
    'unsupported_country_region_territory',
  ],
  outage: [
    'engine_overloaded_error',
    'overloaded_error',
    'overloaded',
    'queue_exceeded',
    'server_is_overloaded',
    'slow_down',
  ],
  unsupported: [
    'unsupported_parameter',
    'unsupported_value',
    'unknown_parameter',
    'unsupported_model',
    'unsupported_file',
    'extra_forbidden',
    'string_above_max_length',
    'array_above_max_length',
    'integer_above_max_value',
    'invalid_image_url',
    'invalid_encrypted_content',
    'previous_response_not_found',
  ],
} as const;

/** Wordings of "too long"; a group named `limit` is the window in tokens. */
export const CONTEXT_PATTERNS: readonly RegExp[] = [
  /maximum (?:context|prompt|input|model) length (?:is|of|for this model is):? ?(?<limit>\d[\d,]*)/i,
  /maximum context length: ?(?<limit>\d[\d,]*)/i,
  /with (?<limit>\d[\d,]*) maximum context length/i,
  /context length of only (?<limit>\d[\d,]*) tokens/i,
  /prompt is too long:? ?\d[\d,]* tokens > (?<limit>\d[\d,]*)/i,
  /exceed context limit: [\d,]+ \+ [\d,]+ > (?<limit>\d[\d,]*)/i,
  /token count[^.]{0,40}? exceeds the (?:maximum number of tokens allowed|limit of)[ (]+(?<limit>\d[\d,]*)/i,
  /input token count is [\d,]+ but (?:the )?model only supports up to (?<limit>\d[\d,]*)/i,
  /exceeds the available context size \((?<limit>\d[\d,]*)/i,
  /exceeded model token limit:? ?(?<limit>\d[\d,]*)/i,
  /current length is [\d,]+ while limit is (?<limit>\d[\d,]*)/i,
  /must have less than (?<limit>\d[\d,]*) tokens/i,
  /tokens in the prompt cannot exceed (?<limit>\d[\d,]*)/i,
  /`max_new_tokens` must be <= (?<limit>\d[\d,]*)/i,
  /range of input length should be \[\d+, ?(?<limit>\d[\d,]*)\]/i,
  /too many tokens[\s\S]{0,200}?limit for this model is (?<limit>\d[\d,]*)/i,
  /maximum allowed (?:input )?(?:length|tokens) (?:is|of) (?<limit>\d[\d,]*) tokens/i,
  /(?:prompt|input|request|conversation) (?:is )?too long/i,
  /too many tokens/i,
  /exceed(?:s|ed)? (?:the )?(?:max(?:imum)?|model'?s?|available)?,? ?context (?:length|window|size|limit)/i,
  /exceeds the (?:available )?context (?:length|window|size)/i,
  /greater than the context length/i,
  /reduce the length of the (?:messages|prompt|input)/i,
  /(?:prompt|input length) exceeds max(?:imum)?(?: context)? length/i,
  /input is too large to process/i,
  /超长|超出(?:模型)?(?:最大)?(?:上下文|长度)|(?:上下文|输入)长度超/,
];

export const QUOTA_PATTERN =
  /exceeded your (?:current|monthly)[^.]{0,40}(?:quota|credits)|credit balance is too low|insufficient[ _](?:account )?(?:balance|credits?|funds|quota)|(?:spend(?:ing)?|billing|budget|credit) (?:hard )?(?:limit|cap)|over(?: the)? budget|not enough credits|more credits|credits? (?:has |have )?(?:expired|exhausted|depleted)|account (?:\S{1,80} )?is (?:not active|suspended|in arrears)|overdue payment|good standing|key limit exceeded|reached your (?:specified )?(?:api )?usage limits?|out of call volume quota|free allocated quota exceeded|free-models-per-day|usage limit reached|daily call limit|package has expired|余额不足|已欠费|欠费/i;

export const POLICY_PATTERN =
  /content management policy|content (?:policy|violates)|violates? (?:our |the )?(?:usage|content) (?:policy|policies|guidelines)|content filter|content exists risk|considered high risk|safety system|input (?:was )?flagged|requires moderation|inappropriate content|(?:potentially )?unsafe or sensitive content|potentially sensitive|(?:input|output) (?:new_)?sensitive|敏感|不安全/i;

export const MODEL_PATTERN =
  /is not a valid model|no such model|(?:unknown|invalid) model\b(?! (?:output|response))|model identifier is invalid|unexpected model name|not a chat model|no endpoints found for|no models? loaded|unable to access (?:non-serverless )?model|operation does not work with the specified model|not supported by any provider|requires terms acceptance|\bmodel\b[^.]{0,120}(?:does not exist|doesn't exist|not found|not exist|decommissioned|deprecated|been retired)|models?\/\S{1,200} is not found|function '[^']{0,100}': not found for account|模型不存在/i;

export const KEY_PATTERN =
  /login fail|api key (?:not valid|expired|not found)|(?:incorrect|invalid|leaked) api key|organization has been (?:restricted|disabled)|account (?:has been|is) (?:deactivated|locked|terminated)|(?:country|region|location|territory)[^.]{0,40} (?:is )?not supported|not available in your (?:country|region)/i;

/** The server’s own trouble, told with a 4xx. */
export const OUTAGE_PATTERN =
  /(?:engine|model|server|service) is (?:currently |temporarily )?(?:overloaded|loading|too busy)|model too busy|degraded function|overloaded or not ready|experiencing high (?:traffic|demand)|capacity (?:temporarily )?exceeded|no (?:available )?capacity/i;

/** More than this account may send in one minute: no wait makes it less. */
export const TOO_LARGE_FOR_PLAN = /request too large/i;

/** An option, size or form that this provider or model does not take; another may. */
export const UNSUPPORTED_PATTERNS: readonly RegExp[] = [
  /not support|unsupported|no endpoints found (?:that|matching)|not (?:available|enabled|implemented) (?:for|on|in) this|requires --/i,
  /unrecognized request argument|unknown (?:variant|field|parameter|name|argument)|unexpected keyword argument/i,
  /extra (?:inputs|fields) (?:are )?not permitted|additional properties are not allowed|property '[^']{1,100}' is unsupported/i,
  /max_(?:completion_|new_|output_)?tokens is too large|at most \d+ completion tokens|valid range of max_tokens|range of max_tokens should be|maximum allowed number of output tokens/i,
  /only supports? stream|must be set to false for non-streaming/i,
  /at most \d+ (?:image|audio|video|tool|function)|not a multimodal model|(?:image|file|document)[^.]{0,40} exceeds [^.]{0,40}maximum|payload size exceeds/i,
  /(?:error while|failed to|unable to|cannot|could not) (?:download|fetch)(?:ing)?/i,
  /cannot both be (?:specified|set)|cannot be (?:used together|set simultaneously)|cannot use both/i,
  // An order of roles that others take.
  /unexpected role '|roles? (?:should|must) (?:be )?alternat|should alternate with/i,
  // OpenAI’s name for the place in a schema that its strict subset does not allow.
  /in context=\(/i,
  // State that this provider has forgotten, or that another has not given.
  /previous response with id|reasoning_content[`']?[^.]{0,60}(?:must be passed back|is missing)/i,
];

/** Opaque state of an earlier turn that this provider takes for somebody else's, or for changed. */
export const STATE_PATTERN =
  /thought[_ ]signature|encrypted content|invalid `?(?:signature|data)`? in `?(?:redacted_)?thinking|thinking`? blocks?[^.]{0,80} cannot be modified|bound to a different conversation|item with id \S{1,100} not found|without its required following item/i;

/** A capability that is not there, told as a 500 (llama.cpp, Ollama): no second try cures it. */
export const LACKING_SERVER =
  /requires --|cannot use both json_schema and grammar|does not support (?:tools|thinking|images?|vision|chat)/i;
