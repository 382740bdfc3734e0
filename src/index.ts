export {
  type ReloadChanges,
  type ReloadOrder,
  type ReloadOutcome,
  type ReloadProblem,
  type RunningGateway,
  type StartOptions,
  startGateway,
} from './compose.ts';
export { type ConfigSource, type LoadedConfig, loadConfig } from './config/load.ts';
export { checkConfig, parseConfig } from './config/parse.ts';
export { ConfigError, type ConfigProblem } from './config/problems.ts';
export { promptFiles } from './config/prompts/prompt-files.ts';
export { resolveConfig } from './config/resolve.ts';
export type { ResolvedConfig } from './config/resolved-config.ts';
export type { Config } from './config/schema.ts';
export { FAULT_TABLE, type FaultRule } from './engine/fault-table.ts';
export type { Alert, Observer } from './engine/observer.ts';
export type { Chance, Clock } from './engine/ports.ts';
export type { AttemptEnded, Decision, FailoverEvent, RequestEnded } from './engine/record.ts';
export type { Route, RouteTarget } from './engine/route.ts';
export type { Capabilities, CapabilityName, Tri } from './model/capability.ts';
export { FAILURE_CODES, type Failure, type FailureCode } from './model/failure.ts';
export { FAULT_KINDS, type Fault, type FaultKind } from './model/fault.ts';
export type { ServedSummary } from './model/summary.ts';
export type { Target } from './model/target.ts';
export type { Usage } from './model/usage.ts';
export { openLedgerReader } from './storage/ledger-reader.ts';
export type { StoredRequest, StoredRequestRow } from './storage/stored-request.ts';
