import type { ErrorResponse } from '../../model/dialect.ts';
import type { Fault } from '../../model/fault.ts';
import { awsFault } from '../common/aws-fault.ts';

export function decodeFault(response: ErrorResponse): Fault {
  return awsFault(response);
}
