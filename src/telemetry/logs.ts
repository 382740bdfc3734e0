import { type DestinationStream, type Logger, pino } from 'pino';
import type { Observer } from '../engine/observer.ts';
import { readerCutOf } from '../engine/record.ts';

export interface LogOptions {
  readonly level: string;
  readonly format: 'json' | 'pretty';
  /** Takes known secrets out of every line: the second wall behind never logging them. */
  redact(line: string): string;
  /** Where the lines go; standard error by default, so that standard output stays data. */
  readonly destination?: DestinationStream;
}

/** Paths that must never be printed, should anybody ever log a whole object. */
const SECRET_PATHS = [
  'authorization',
  'apiKey',
  'key',
  'adminKey',
  'headers.authorization',
  'headers["x-api-key"]',
  'headers["x-goog-api-key"]',
];

export function createLogger(options: LogOptions): Logger {
  const destination = options.destination ?? pino.destination({ dest: 2, sync: false });
  const settings = {
    level: options.level,
    base: {},
    redact: { paths: SECRET_PATHS, censor: '<redacted>' },
    hooks: { streamWrite: (line: string) => options.redact(options.format === 'pretty' ? prettyLine(line) : line) },
  };
  return pino(settings, destination);
}

/** One readable line an event; a terminal wants less than a log store. */
function prettyLine(line: string): string {
  const { level, time, msg, ...rest } = JSON.parse(line) as Record<string, unknown>;
  const clock = new Date(Number(time)).toISOString().slice(11, 23);
  const word = pino.levels.labels[Number(level)] ?? String(level);
  const details = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return `${clock} ${word.padEnd(5)} ${String(msg ?? '')}${details.length > 0 ? `  ${details.join(' ')}` : ''}\n`;
}

/** One line a request; faults, breakers and alerts by their weight. No prompt, no answer. */
export function logObserver(logger: Logger): Observer {
  return {
    requestBegun() {},
    attemptBegun() {},
    attemptEnded({ route, target, ended }) {
      if (!ended.fault) return;
      const { kind, message } = ended.fault;
      logger.warn(
        { request: ended.requestId, route, target: target.id, attempt: ended.seq, fault: kind, verdict: ended.verdict },
        `fault: ${message}`,
      );
    },
    requestEnded({ route, ended }) {
      const cut = readerCutOf(ended);
      const fields = {
        request: ended.requestId,
        route,
        served_by: ended.servedBy,
        attempts: ended.attempts,
        ms: Math.round(ended.durationMs),
        ...(ended.degraded && { degraded: ended.degraded.reason, cause: ended.degraded.cause }),
        ...(ended.failure && { failure: ended.failure.code }),
        ...(cut && { cut }),
      };
      if (ended.outcome === 'failed' || ended.outcome === 'interrupted') logger.error(fields, ended.outcome);
      else if (ended.degraded || cut) logger.warn(fields, ended.outcome);
      else logger.info(fields, ended.outcome);
    },
    breakerMoved({ lane, from, to, cause }) {
      logger.warn({ lane, from, to, cause }, 'breaker moved');
    },
    tokensCounted(info) {
      if (info.for !== 'caller') return;
      const { requestId, route, target, caller, tokens, ms } = info;
      logger.info(
        { request: requestId, route, target: target.id, caller, tokens, ms: Math.round(ms) },
        `tokens ${info.result}`,
      );
    },
    qualityMoved({ because, ...moved }) {
      logger.warn(moved, `quality ${moved.to}: ${because}`);
    },
    alert({ kind, target, message }) {
      logger.error({ alert: kind, target }, message);
    },
  };
}
