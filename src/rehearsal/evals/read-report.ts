import { isJsonObject } from '../../model/json.ts';
import { type EvalReport, REPORT_FORMAT } from './report.ts';
import { SuiteError } from './suite-error.ts';

const LISTS = ['columns', 'cases', 'cells', 'comparisons', 'lint'] as const;

/** Reads a report that was written by this program. Throws `SuiteError` for what is none. */
export function readReport(text: string, file: string): EvalReport {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new SuiteError(`${file}: is no JSON`);
  }
  if (!isJsonObject(value) || value.format !== REPORT_FORMAT)
    throw new SuiteError(`${file}: is no report of the format ${REPORT_FORMAT}`);
  const broken = LISTS.find((name) => !Array.isArray(value[name]));
  if (
    broken !== undefined ||
    !isJsonObject(value.suite) ||
    !isJsonObject(value.run) ||
    typeof value.primary !== 'string'
  )
    throw new SuiteError(
      `${file}: is a report of which parts are missing${broken === undefined ? '' : ` (${broken})`}`,
    );
  return value as unknown as EvalReport;
}
