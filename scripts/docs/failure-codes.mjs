// What each code of src/model/failure.ts stands for. test/repository/failure-codes.test.ts holds it to the sources.
export const FAILURE_MEANINGS = {
  invalid_request: {
    status: '400, 409, 431',
    when: 'The request cannot be understood, or breaks a limit; the field at fault is named. 409: an order of an operator that would leave a route without anybody, and is not forced.',
  },
  unauthorized: { status: '401', when: 'No key, or one that is not known.' },
  forbidden: { status: '403', when: 'The admin API is off: `server.adminKey` is not set.' },
  not_found: {
    status: '404',
    when: 'No such path, no such request in the ledger, or no such response, conversation or item of this caller.',
  },
  unknown_model: { status: '404', when: '`model` is neither a route that this key may use nor `provider/model`.' },
  conversation_locked: {
    status: '409',
    when: 'Another request is going on with the same conversation. Trying again in a moment is right, and official SDKs do.',
  },
  idempotency_conflict: {
    status: '422',
    when: 'The `Idempotency-Key` of a deferred job is that of another request of this caller.',
  },
  job_cancelled: { status: '409', when: 'The result is asked for of a deferred job that was cancelled.' },
  payload_too_large: { status: '413', when: 'The body is larger than `server.limits.body`.' },
  unsupported_media_type: { status: '415', when: 'The body is not `application/json`, or is compressed.' },
  request_timeout: { status: '408', when: 'Headers or body did not arrive in time.' },
  all_targets_failed: {
    status: '429, 503',
    when: 'Every target failed or is unavailable. 429 when all of them are rate limited, held or out of quota.',
  },
  no_eligible_target: {
    status: '400',
    when: 'No target of the route may serve this request, and waiting would not change it: capability, window, residency, retention, language, tier, parity or pin.',
  },
  budget_exhausted: {
    status: '429',
    when: 'What the route, its caller or this outage may cost is spent, for every target that could serve. `retry-after` is the end of the window.',
  },
  rate_limited: {
    status: '429',
    when: 'The route or its caller has sent as many requests as a minute allows (`rate.perMinute`).',
  },
  deadline_exceeded: { status: '504', when: 'The deadline passed before any target had answered.' },
  upstream_refused: {
    status: '400 to 499, 502',
    when: 'The request itself is at fault: passed on with the status and the words of the provider that refused it. Also where every target refused it as something that it does not take (`provider-rejected`), or the only target has no such model (404). 502 for a refusal that no rule covers.',
  },
  stream_interrupted: { status: '502, in-band', when: 'The answer broke off after the caller had part of it.' },
  contract_broken: {
    status: '502, in-band after the commit point',
    when: 'What came is not what was asked for: not the schema, an unknown tool, nothing at all.',
  },
  overloaded: {
    status: '503',
    when: 'No place is free here (`server.limits.streams`), or at any target (`limits.concurrency`).',
  },
  ledger_unavailable: { status: '503', when: 'The record could not be written and the route says `audit: required`.' },
  gateway_draining: { status: '503', when: 'This process is stopping.' },
  internal_error: { status: '500', when: 'A defect of the gateway; the request id finds it in the log.' },
};
