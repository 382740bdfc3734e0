import { isScriptName, parseScript, type Script, ScriptError, type ScriptName } from './script.ts';

/** How a family of simulated models behaves; see docs/simulator.md. */
export const PERSONALITIES = [
  'steady',
  'chatty',
  'terse',
  'renamer',
  'wrapper',
  'demurrer',
  'rambler',
  'deaf',
  'refuser',
  'toolshy',
  'reasoner',
  'signed',
] as const;
export type Personality = (typeof PERSONALITIES)[number];

export interface ModelName {
  readonly personality: Personality;
  /** The script that the name's suffix asks for. */
  readonly script?: Script;
}

/**
 * Reads `<anything>[--<script>[-<argument>]]`; the personality is the word before the first hyphen, `steady` where that
 * word is no personality. `--` is reserved: throws `ScriptError` when what follows it is no script.
 */
export function parseModelName(model: string): ModelName {
  const marker = model.indexOf('--');
  const family = model.slice(0, marker < 0 ? undefined : marker).split('-', 1)[0] ?? '';
  const personality = PERSONALITIES.find((name) => name === family) ?? 'steady';
  if (marker < 0) return { personality };
  return { personality, script: parseSuffix(model, model.slice(marker + 2)) };
}

function parseSuffix(model: string, suffix: string): Script {
  const name = longestScriptName(suffix);
  if (name === undefined) {
    throw new ScriptError(`model: "${suffix}" in "${model}" is no script; "--" is reserved for scripts`);
  }
  const argument = suffix.slice(name.length + 1);
  try {
    return parseScript({ fault: name, ...argumentFields(name, argument) });
  } catch (error) {
    if (error instanceof ScriptError) throw new ScriptError(`model: "${model}": ${error.message}`);
    throw error;
  }
}

/** Names hold hyphens themselves, and so the longest one that ends the suffix or stands before a hyphen counts. */
function longestScriptName(suffix: string): ScriptName | undefined {
  for (let end = suffix.length; end > 0; end = suffix.lastIndexOf('-', end - 1)) {
    const name = suffix.slice(0, end);
    if (isScriptName(name)) return name;
  }
  return undefined;
}

/** The one field that a suffix can set. */
function argumentFields(name: ScriptName, argument: string): Record<string, string | number | boolean> {
  if (argument === '') return {};
  const number = Number(argument);
  switch (name) {
    case 'status':
      return { status: number };
    case 'rate-limited':
      return { retryAfter: argument };
    case 'slow-first-content':
    case 'slow-headers':
      return { ms: number };
    case 'stall':
    case 'cut':
    case 'reset':
    case 'malformed-chunk':
      return { afterChunks: number };
    case 'slow-drip':
      return { msPerChunk: number };
    case 'context-too-long':
      return { limitTokens: number };
    case 'auth-refused':
      if (argument === 'echo') return { echoKey: true };
      break;
    case 'content-policy':
    case 'broken-json':
      return { how: argument };
    case 'none':
      return { delayMs: number };
    default:
      break;
  }
  throw new ScriptError(`the script "${name}" takes no argument "${argument}"`);
}
