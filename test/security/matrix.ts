import { SURFACES, type Surface } from '../edge/edge-kit.ts';
import { REPEATS } from './parrot.ts';

/** What a simulated model plays, by the end of its name. */
const SCRIPTS = [
  'none',
  'status-400',
  'status-401',
  'status-403',
  'status-404',
  'status-429',
  'status-500',
  'status-529',
  'rate-limited-1',
  'overloaded-after-200',
  'hang-before-headers',
  'stall-2',
  'cut-0',
  'cut-3',
  'reset-0',
  'reset-3',
  'malformed-chunk-1',
  'wrong-shape',
  'html-page',
  'error-in-200',
  'empty-answer',
  'model-retired',
  'auth-refused',
  'auth-refused-echo',
  'quota',
  'context-too-long-10',
  'invalid-request',
  'content-policy',
  'content-policy-finish',
  'provider-rejected',
  'broken-json',
  'pings-only',
] as const;

/** One request of the matrix: to a route, and so to models, of its own, so that no lane learns from another's fault. */
export interface MatrixAsk {
  readonly surface: Surface;
  readonly model: string;
  readonly stream: boolean;
}

export interface Matrix {
  readonly asks: readonly MatrixAsk[];
  /** Routes by name, as configured. */
  readonly routes: Readonly<Record<string, unknown>>;
}

/**
 * Everything that a simulated provider can play, everything that a parrot repeats, and a provider that is not there:
 * each on both surfaces, streamed and whole, alone and with a healthy target behind it.
 */
export function buildMatrix(providers: {
  readonly simulated: readonly string[];
  readonly parrots: readonly string[];
  readonly dead: string;
}): Matrix {
  const asks: MatrixAsk[] = [];
  const routes: Record<string, unknown> = {};
  const add = (provider: string, way: string) => {
    for (const surface of SURFACES) {
      for (const stream of [false, true]) {
        for (const fallback of [undefined, 'beta/steady-1']) {
          const name = `r${asks.length}`;
          routes[name] = {
            targets: [`${provider}/${name}${way}`, ...(fallback ? [fallback] : [])],
            failover: { attempts: 1, primaryBudget: '2s', deadline: '5s', ...(!fallback && { policy: 'single' }) },
            timeouts: { headers: '300ms', firstContent: '300ms', gap: '300ms' },
          };
          asks.push({ surface, model: name, stream });
        }
      }
    }
  };
  for (const script of SCRIPTS) for (const name of providers.simulated) add(name, `--${script}`);
  for (const way of Object.keys(REPEATS)) for (const name of providers.parrots) add(name, `.${way}`);
  add(providers.dead, '');
  return { asks, routes };
}
