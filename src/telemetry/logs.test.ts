import { describe, expect, it } from 'vitest';
import { createLogger, logObserver } from './logs.ts';
import { attemptEnded, REQUEST, requestEnded, target, tellFailover } from './test-kit.ts';

function logging(over: { level?: string; format?: 'json' | 'pretty'; redact?: (line: string) => string } = {}) {
  const lines: string[] = [];
  const { level = 'debug', format = 'json', redact = (line) => line } = over;
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = createLogger({ level, format, redact, destination });
  return { logger, lines, observer: logObserver(logger) };
}

const parsed = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as Record<string, unknown>);

describe('the log', () => {
  it('has one line a fault and one a request', () => {
    const { observer, lines } = logging();
    tellFailover(observer);
    expect(parsed(lines)).toMatchObject([
      {
        level: 40,
        request: 'req_1',
        route: 'reply',
        target: 'alpha/one',
        attempt: 1,
        fault: 'server-error',
        verdict: 'next-target: server-error',
        msg: 'fault: HTTP 503',
      },
      {
        level: 40,
        request: 'req_1',
        route: 'reply',
        served_by: 'beta/two',
        attempts: 2,
        ms: 1_500,
        degraded: 'fallback',
        cause: 'server-error',
        msg: 'served',
      },
    ]);
  });

  it('holds nothing of what was said', () => {
    const { observer, lines } = logging({ level: 'trace' });
    tellFailover(observer);
    expect(lines.join('')).not.toContain('the words of the caller');
  });

  it.each([
    ['served', 30],
    ['failed', 50],
    ['interrupted', 50],
    ['caller-gone', 30],
  ] as const)('a request that was %s has level %i', (outcome, level) => {
    const { observer, lines } = logging();
    const failure = outcome === 'failed' ? { failure: { code: 'overloaded', status: 503, message: 'm' } as const } : {};
    observer.requestEnded({ route: 'reply', request: REQUEST, ended: requestEnded({ outcome, ...failure }) });
    expect(parsed(lines)).toMatchObject([{ level, msg: outcome, ...(failure.failure && { failure: 'overloaded' }) }]);
  });

  it('a good attempt is no line; a breaker and an alert are', () => {
    const { observer, lines } = logging();
    observer.attemptEnded({ requestId: 'r', route: 'reply', target: target('alpha/one'), ended: attemptEnded() });
    observer.breakerMoved({ lane: 'alpha/one', from: 'closed', to: 'open', cause: 'slow' });
    observer.alert({ kind: 'credential-refused', target: 'alpha/one', message: 'act' });
    expect(parsed(lines)).toMatchObject([
      { level: 40, lane: 'alpha/one', from: 'closed', to: 'open', cause: 'slow', msg: 'breaker moved' },
      { level: 50, alert: 'credential-refused', target: 'alpha/one', msg: 'act' },
    ]);
  });
});

it('a count that a caller asked for is a line, one that a window asked for is not', () => {
  const { observer, lines } = logging();
  const count = { requestId: 'r', route: 'reply', target: target('alpha/one'), tokens: 7, ms: 3.4 } as const;
  observer.tokensCounted({ ...count, result: 'counted', for: 'window' });
  observer.tokensCounted({ ...count, result: 'estimated', for: 'caller', caller: 'web' });
  expect(parsed(lines)).toMatchObject([
    {
      level: 30,
      request: 'r',
      route: 'reply',
      target: 'alpha/one',
      caller: 'web',
      tokens: 7,
      ms: 3,
      msg: 'tokens estimated',
    },
  ]);
});

describe('secrets', () => {
  it.each(['json', 'pretty'] as const)('that are known never reach the destination, as %s', (format) => {
    const { logger, lines } = logging({ format, redact: (line) => line.replaceAll('hush', '<redacted>') });
    logger.warn({ note: 'hush', nested: { deep: 'hush' } }, 'hush');
    expect(lines.join('')).not.toContain('hush');
    expect(lines.join('').match(/<redacted>/g)).toHaveLength(3);
  });

  it('under the names that secrets go by are not printed, known or not', () => {
    const { logger, lines } = logging();
    logger.info({
      apiKey: 's1',
      authorization: 's2',
      headers: { authorization: 's3', 'x-api-key': 's4', 'x-goog-api-key': 's5', accept: 'shown' },
    });
    expect(lines.join('')).not.toMatch(/s[1-5]/);
    expect(lines.join('')).toContain('shown');
  });
});

describe('for a terminal', () => {
  it('a line is time, level, words and details', () => {
    const { logger, lines } = logging({ format: 'pretty' });
    logger.warn({ lane: 'alpha/one', nested: { a: 1 } }, 'breaker moved');
    logger.info('plain');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}breaker moved {2}lane=alpha\/one nested=\{"a":1\}\n$/);
    expect(lines[1]).toMatch(/ info {2}plain\n$/);
  });

  it('the level decides what is printed', () => {
    const { logger, lines } = logging({ level: 'error' });
    logger.warn('no');
    logger.error('yes');
    expect(parsed(lines)).toMatchObject([{ msg: 'yes' }]);
  });
});
