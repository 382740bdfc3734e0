import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { readCorpus, writeCorpus } from './corpus.ts';
import { Coverage } from './coverage.ts';
import { mutateJson, mutateText } from './mutate.ts';
import { Random } from './random.ts';
import { parsed, type Subject } from './subject.ts';
import { SUBJECTS } from './subjects.ts';

/**
 * `npm run fuzz -- [--minutes 10] [--seed 1] [--subject stream/openai-chat] [--replay FILE]`
 *
 * Feeds every decoder with inputs that a seed makes from a corpus; those that reach new code join the corpus. Ends with
 * exit code 1 at the first broken rule, and keeps the input in a file that `--replay` repeats. `--minutes` are minutes
 * of this process's own CPU, so that a busy machine searches as far as an idle one.
 */
const USAGE = 'npm run fuzz -- [--minutes 10] [--seed 1] [--subject NAME] [--replay FILE] [--dry]';
const BATCH = 64;
const MAX_INPUT_CHARS = 60_000;
/** Of one input, measured three times: a machine that others use stalls now and then. */
const MAX_RUN_MS = 1_000;
const MAX_CORPUS = 400;
const MAX_HEAP_GROWTH_MB = 256;

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    subject: { type: 'string' },
    replay: { type: 'string' },
    dry: { type: 'boolean', default: false },
  },
});

interface Search {
  readonly subject: Subject;
  readonly corpus: string[];
  inputs: number;
  kept: number;
}

function cpuMinutes(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 60_000_000;
}

function mutated(subject: Subject, corpus: readonly string[], random: Random): string {
  let input = random.pick(corpus);
  const changes = 1 + random.below(4);
  for (let change = 0; change < changes; change += 1) {
    input = random.chance(0.7) ? mutatedJson(subject, input, random) : mutateText(input, random.pick(corpus), random);
  }
  return input.slice(0, MAX_INPUT_CHARS);
}

/** Changes that keep the form come further than those that break it at the door. */
function mutatedJson(subject: Subject, input: string, random: Random): string {
  if (subject.form === 'json') {
    const value = parsed(input);
    return value === undefined ? input : JSON.stringify(mutateJson(value, random));
  }
  const events = input.split('\n\n');
  const at = random.below(events.length);
  const event = events[at] ?? '';
  switch (random.below(5)) {
    case 0:
      events.splice(at, 1);
      break;
    case 1:
      events.splice(random.below(events.length), 0, event);
      break;
    default:
      events[at] = event.replace(/^data: (.*)$/m, (line, data: string) => {
        const value = parsed(data);
        return value === undefined ? line : `data: ${JSON.stringify(mutateJson(value, random))}`;
      });
  }
  return events.join('\n\n');
}

/** Runs one input and tells what rule it broke; undefined where it stood. */
function trouble(subject: Subject, input: string): string | undefined {
  for (let measured = 0; ; measured += 1) {
    const from = performance.now();
    try {
      subject.run(input);
    } catch (error) {
      return error instanceof Error ? (error.stack ?? error.message) : String(error);
    }
    const ms = performance.now() - from;
    if (ms < MAX_RUN_MS) return undefined;
    if (measured === 2) return `took ${ms.toFixed(0)} ms for ${input.length} characters, three times over the limit`;
  }
}

function fail(subject: Subject, input: string, what: string): never {
  const folder = fileURLToPath(new URL('findings/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  const file = `${folder}${subject.name.replace('/', '-')}-${Date.now()}.json`;
  writeFileSync(file, JSON.stringify({ subject: subject.name, input }, null, 1));
  process.stdout.write(`\n${subject.name} broke a rule (seed ${options.seed}): ${what}\n`);
  process.stdout.write(`the input is kept: npm run fuzz -- --replay ${file}\n`);
  process.exit(1);
}

function replay(file: string): void {
  const finding = JSON.parse(readFileSync(file, 'utf8')) as { subject: string; input: string };
  const subject = SUBJECTS.find(({ name }) => name === finding.subject);
  if (!subject) throw new RangeError(`no subject is named ${finding.subject}`);
  const what = trouble(subject, finding.input);
  process.stdout.write(`${subject.name}: ${what ?? 'stands'}\n`);
  process.exit(what === undefined ? 0 : 1);
}

/** One batch; where it reached new code, the inputs that did so are kept. */
function searchOn(search: Search, random: Random, coverage: Coverage): void {
  const { subject, corpus } = search;
  const inputs = Array.from({ length: BATCH }, () => mutated(subject, corpus, random));
  for (const input of inputs) {
    const what = trouble(subject, input);
    if (what !== undefined) fail(subject, input, what);
  }
  search.inputs += inputs.length;
  const wanted = coverage.fresh();
  if (wanted.size === 0 || corpus.length >= MAX_CORPUS) return;
  // Once more, one by one, to learn which of them it was.
  for (const input of inputs) {
    subject.run(input);
    const reached = coverage.reached(wanted);
    if (reached.length === 0) continue;
    for (const block of reached) wanted.delete(block);
    corpus.push(input);
    search.kept += 1;
  }
}

function progress(searches: readonly Search[], coverage: Coverage, minutes: number): void {
  const inputs = searches.reduce((sum, { inputs: count }) => sum + count, 0);
  const heap = Math.round(process.memoryUsage().heapUsed / 1e6);
  process.stdout.write(
    `\r${cpuMinutes().toFixed(1)}/${minutes} CPU minutes · ${inputs} inputs · ${coverage.blocks} blocks · heap ${heap} MB   `,
  );
}

function main(): void {
  if (options.replay !== undefined) return replay(options.replay);
  const minutes = Number(options.minutes);
  const seed = Number(options.seed);
  const subjects = SUBJECTS.filter(({ name }) => options.subject === undefined || name === options.subject);
  if (!(minutes > 0) || !Number.isInteger(seed) || subjects.length === 0) {
    process.stderr.write(`${USAGE}\nsubjects: ${SUBJECTS.map(({ name }) => name).join(', ')}\n`);
    process.exit(2);
  }
  const random = new Random(seed);
  const coverage = new Coverage();
  const searches = subjects.map((subject): Search => {
    const corpus = [...new Set([...subject.seeds, ...readCorpus(subject)])];
    for (const input of corpus) {
      const what = trouble(subject, input);
      if (what !== undefined) fail(subject, input, what);
    }
    return { subject, corpus, inputs: 0, kept: 0 };
  });
  coverage.fresh();
  const heapBefore = process.memoryUsage().heapUsed;
  for (let round = 0; cpuMinutes() < minutes; round += 1) {
    for (const search of searches) searchOn(search, random, coverage);
    if (round % 20 === 0) progress(searches, coverage, minutes);
  }
  finish({ searches, coverage, minutes, seed, heapBefore });
}

interface Ending {
  readonly searches: readonly Search[];
  readonly coverage: Coverage;
  readonly minutes: number;
  readonly seed: number;
  readonly heapBefore: number;
}

function finish({ searches, coverage, minutes, seed, heapBefore }: Ending): void {
  progress(searches, coverage, minutes);
  process.stdout.write('\n');
  for (const { subject, inputs, kept, corpus } of searches) {
    process.stdout.write(`${subject.name}: ${inputs} inputs, ${kept} kept, corpus ${corpus.length}\n`);
    if (!options.dry) writeCorpus(subject, corpus);
  }
  global.gc?.();
  const grownMb = Math.round((process.memoryUsage().heapUsed - heapBefore) / 1e6);
  const flat = grownMb <= MAX_HEAP_GROWTH_MB;
  process.stdout.write(
    `no rule was broken in ${minutes} CPU minutes (seed ${seed}); the heap grew by ${grownMb} MB: ${flat ? 'flat' : 'it leaks'}\n`,
  );
  coverage.stop();
  process.exit(flat ? 0 : 1);
}

main();
