// Holds the house to its plan: who may import whom, no cycles, nothing impure in the pure core, no file too long.
// The rules are explained in docs/adr/0002-boundaries.md. Another folder than src may be named, to try the rules out.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const src = process.argv[2] ? resolve(process.argv[2]) : join(dirname(fileURLToPath(import.meta.url)), '..', 'src');
const MAX_LINES = 400;
const PORTS = [
  'engine/answer-checks.ts',
  'engine/degraded-rule.ts',
  'engine/demands.ts',
  'engine/grader.ts',
  'engine/job-policy.ts',
  'engine/job-store.ts',
  'engine/ports.ts',
  'engine/quality-watch.ts',
  'engine/record.ts',
  'engine/route.ts',
  'engine/observer.ts',
];

/** Folder → what it may import beside itself: folders, or single files. `type:` allows type-only imports. */
const MAY_IMPORT = {
  model: [],
  dialects: ['model'],
  providers: ['model'],
  resilience: ['model'],
  quality: ['model'],
  engine: ['model', 'dialects', 'providers', 'resilience', 'quality'],
  storage: ['model', ...PORTS],
  upstream: ['model', ...PORTS],
  telemetry: ['model', ...PORTS],
  config: ['model', 'providers', 'resilience', 'quality', ...PORTS],
  server: ['model', 'engine', 'rehearsal', 'resilience', 'type:storage', 'storage/stored-request.ts'],
  rehearsal: ['model', 'quality', 'engine', 'config/problems.ts', 'config/yaml-text.ts'],
  simulator: ['model'],
  workers: ['model', 'engine', 'config', 'telemetry', 'type:server', 'compose.ts', 'system-clock.ts'],
  cli: [
    'model',
    'quality',
    'engine',
    'rehearsal',
    'providers',
    'config',
    'storage',
    'simulator',
    'compose.ts',
    'compose-evals.ts',
    'read-secrets.ts',
    'workers',
  ],
  'dialect-kits.ts': ['dialects', 'model', ...PORTS],
  'system-clock.ts': PORTS,
  'read-secrets.ts': ['model', 'config', 'server', 'upstream'],
  'compose.ts': ['*'],
  'compose-checks.ts': ['*'],
  'compose-engine.ts': ['*'],
  'compose-evals.ts': ['*'],
  'compose-generation.ts': ['*'],
  'compose-house.ts': ['*'],
  'compose-jobs.ts': ['*'],
  'compose-prices.ts': ['*'],
  'compose-receipts.ts': ['*'],
  'compose-problems.ts': ['*'],
  'compose-reload.ts': ['*'],
  'compose-settings.ts': ['*'],
  'compose-status.ts': ['*'],
  'compose-together.ts': ['*'],
  'compose-tools.ts': ['*'],
  'compose-upstream.ts': ['*'],
  'shared-parts.ts': [],
  'index.ts': ['*'],
};
const PURE = new Set(['model', 'dialects', 'resilience', 'quality', 'engine']);
const IMPURE =
  /\b(Date\.now|new Date\(\)|Math\.random|setTimeout|setInterval|setImmediate|process\.|fetch\()|from 'node:/;
const IMPORT = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|\bimport\('([^']+)'\)/gms;

const problems = [];
const graph = new Map();

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? filesBelow(path) : path.endsWith('.ts') ? [path] : [];
  });
}

function roomOf(path) {
  return relative(src, path).split('/')[0];
}

function allowed(from, to, typeOnly) {
  const rules = MAY_IMPORT[roomOf(from)];
  if (!rules) return `${relative(src, from)}: no rule for this folder; add it to scripts/boundaries.mjs`;
  const target = relative(src, to);
  const room = roomOf(to);
  if (room === roomOf(from)) {
    const [, mine] = relative(src, from).split('/');
    const [, theirs] = target.split('/');
    if (room !== 'dialects' || mine === theirs || theirs === 'common') return undefined;
    return `${relative(src, from)}: dialects never import each other (${target})`;
  }
  const fits = rules.some(
    (rule) => rule === '*' || rule === room || rule === target || (typeOnly && rule === `type:${room}`),
  );
  return fits ? undefined : `${relative(src, from)}: may not import ${target}`;
}

for (const file of filesBelow(src)) {
  const isTest = /\.test\.ts$|test-kit\.ts$/.test(file);
  const text = readFileSync(file, 'utf8');
  const name = relative(src, file);
  if (!isTest && text.split('\n').length > MAX_LINES)
    problems.push(`${name}: ${text.split('\n').length} lines, at most ${MAX_LINES}`);
  if (isTest) continue;
  const edges = [];
  for (const match of text.matchAll(IMPORT)) {
    const spec = match[2] ?? match[3];
    if (!spec?.startsWith('.')) continue;
    const target = resolve(dirname(file), spec);
    if (!existsSync(target)) continue;
    const typeOnly = match[1] !== undefined;
    const problem = allowed(file, target, typeOnly);
    if (problem) problems.push(problem);
    if (!typeOnly) edges.push(target);
  }
  graph.set(file, edges);
  if (!PURE.has(roomOf(file))) continue;
  text.split('\n').forEach((line, index) => {
    const code = line.replace(/^\s*(\*|\/\/|\/\*).*$/, '').replace(/\/\/.*$/, '');
    if (IMPURE.test(code))
      problems.push(`${name}:${index + 1}: time, chance or I/O in the pure core: ${line.trim().slice(0, 80)}`);
  });
}

const state = new Map();
function visit(file, trail) {
  if (state.get(file) === 'done') return;
  if (state.get(file) === 'open') {
    const cycle = [...trail.slice(trail.indexOf(file)), file].map((path) => relative(src, path));
    problems.push(`import cycle: ${cycle.join(' → ')}`);
    return;
  }
  state.set(file, 'open');
  for (const next of graph.get(file) ?? []) visit(next, [...trail, file]);
  state.set(file, 'done');
}
for (const file of graph.keys()) visit(file, []);

// Embeddings are no chat: they have no stream, no finish reason and no translation, and so only these.
const SAME_IN_EMBEDDINGS = [
  'index.ts',
  'decode-request.ts',
  'encode-request.ts',
  'decode-answer.ts',
  'encode-answer.ts',
];
const SAME_IN_EVERY_DIALECT = [
  'index.ts',
  'encode-request.ts',
  'decode-answer.ts',
  'stream-decoder.ts',
  'decode-fault.ts',
  'finish-reasons.ts',
  'usage.ts',
  'wire.ts',
];
const dialects = existsSync(join(src, 'dialects')) ? readdirSync(join(src, 'dialects')) : [];
for (const dialect of dialects.filter((name) => name !== 'common')) {
  const files = readdirSync(join(src, 'dialects', dialect));
  for (const file of dialect.endsWith('-embeddings') ? SAME_IN_EMBEDDINGS : SAME_IN_EVERY_DIALECT)
    if (!files.includes(file)) problems.push(`dialects/${dialect}: lacks ${file}, which every dialect has`);
}

for (const problem of problems) process.stdout.write(`${problem}\n`);
process.stdout.write(`${graph.size} files, ${problems.length} problems\n`);
process.exit(problems.length === 0 ? 0 : 1);
