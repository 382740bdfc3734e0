import type { ErrorResponse } from '../../model/dialect.ts';
import type { Fault, ProviderComplaint } from '../../model/fault.ts';
import type { JsonValue } from '../../model/json.ts';
import {
  complaintOf,
  isContentPolicy,
  isContextTooLong,
  isModelMissing,
  isUnsupported,
  readComplaint,
} from './complaint.ts';

interface Said {
  readonly message: string;
  readonly status?: number;
  readonly complaint?: ProviderComplaint;
}

/** AWS tells the kind of a refusal in a header, and in its body the words alone. */
const TYPE_HEADER = 'x-amzn-errortype';

/** True for a refusal of AWS itself, whichever vendor's model was asked. */
export function isAwsRefusal({ headers }: ErrorResponse): boolean {
  return headers[TYPE_HEADER] !== undefined;
}

/**
 * An HTTP answer outside 2xx of an AWS service.
 *
 * @see https://docs.aws.amazon.com/bedrock/latest/APIReference/CommonErrors.html
 */
export function awsFault({ status, headers, body }: ErrorResponse): Fault {
  // `ValidationException:http://internal.amazon.com/…`
  const type = headers[TYPE_HEADER]?.split(':', 1)[0] ?? '';
  const complaint = withType(readComplaint(body), type);
  const said: Said = {
    message: `the provider answered ${status}${type === '' ? '' : ` ${type}`}`,
    status,
    ...(complaint && { complaint }),
  };
  return byType(said, type, 'refused') ?? byStatus(said, status);
}

/** An exception that ends a stream which began with 200: its name, and its payload. */
export function awsStreamFault(type: string, payload: JsonValue): Fault {
  const complaint = withType(complaintOf(payload), type);
  const said: Said = {
    message: `the provider broke off its answer with ${type.slice(0, 60)}`,
    ...(complaint && { complaint }),
  };
  return byType(said, type, 'broken') ?? { ...said, kind: 'bad-response', what: 'error-body' };
}

function withType(complaint: ProviderComplaint | undefined, type: string): ProviderComplaint | undefined {
  if (complaint === undefined) return type === '' ? undefined : { message: type, type };
  return type === '' ? complaint : { ...complaint, type };
}

/** Names differ in their first letter between headers and streams; the longer ones end in `Exception` or do not. */
function byType(said: Said, type: string, phase: 'refused' | 'broken'): Fault | undefined {
  switch (type.toLowerCase().replace(/exception$/, '')) {
    case 'accessdenied':
    case 'unrecognizedclient':
    case 'invalidsignature':
    case 'incompletesignature':
    case 'invalidclienttokenid':
    case 'missingauthenticationtoken':
    case 'missingauthenticationtokenexception':
    case 'expiredtoken':
    case 'optinrequired':
      return { ...said, kind: 'credential-refused' };
    case 'throttling':
    case 'toomanyrequests':
      return isDaily(said) ? { ...said, kind: 'quota-exhausted' } : { ...said, kind: 'rate-limited' };
    case 'servicequotaexceeded':
      return { ...said, kind: 'quota-exhausted' };
    case 'resourcenotfound':
      return { ...said, kind: 'model-not-found' };
    case 'serviceunavailable':
    case 'modelnotready':
      return trouble(said, phase, 'overloaded');
    case 'internalserver':
    case 'internalfailure':
    case 'modelerror':
    case 'modelstreamerror':
    case 'modeltimeout':
      return trouble(said, phase, 'error-body');
    case 'validation':
      return refused(said);
    default:
      return undefined;
  }
}

function trouble(said: Said, phase: 'refused' | 'broken', what: 'overloaded' | 'error-body'): Fault {
  return phase === 'refused' ? { ...said, kind: 'server-error' } : { ...said, kind: 'bad-response', what };
}

function isDaily({ complaint }: Said): boolean {
  return /per day/i.test(complaint?.message ?? '');
}

/** AWS's own words for a conversation that does not fit, beside those that all share. */
const TOO_LONG = /input tokens exceeded|number of input tokens exceeds|exceeds? (?:the )?maximum (?:input )?length/i;
/** Models that are reached another way, or no more. */
const MODEL_GONE = /end of its life|provided model identifier|model identifier is invalid|access to the model/i;
/** What this API or the model behind it does not take, and another may. */
const LACKING =
  /isn.t supported|doesn.t support|extraneous key|is not permitted|malformed input request|model returned the following errors/i;

function refused(said: Said): Fault {
  const { complaint } = said;
  if (complaint === undefined) return { ...said, kind: 'invalid-request' };
  const context = isContextTooLong(complaint) ?? (TOO_LONG.test(complaint.message) ? {} : undefined);
  if (context) return { ...said, kind: 'context-too-long', ...context };
  if (isContentPolicy(complaint)) return { ...said, kind: 'content-policy' };
  if (MODEL_GONE.test(complaint.message)) return { ...said, kind: 'model-not-found' };
  if (LACKING.test(complaint.message) || isUnsupported(complaint)) return { ...said, kind: 'provider-rejected' };
  return { ...said, kind: isModelMissing(complaint) ? 'model-not-found' : 'invalid-request' };
}

function byStatus(said: Said, status: number): Fault {
  switch (status) {
    case 400:
    case 422:
      return refused(said);
    case 401:
    case 403:
      return { ...said, kind: 'credential-refused' };
    case 404:
      return { ...said, kind: 'model-not-found' };
    case 429:
      return { ...said, kind: 'rate-limited' };
    case 408:
    case 424:
      return { ...said, kind: 'server-error' };
  }
  if (status >= 500) return { ...said, kind: 'server-error' };
  if (status >= 200 && status < 300) return { ...said, kind: 'bad-response', what: 'error-body' };
  return { ...said, kind: 'unknown' };
}
