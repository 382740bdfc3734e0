import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EXPERIMENTS, experimentNamed } from './catalogue.ts';
import type { Scale } from './experiment.ts';
import { jobsOf, resultsOf } from './job.ts';
import { runAll } from './pool.ts';
import { blockOf, writePage } from './report.ts';

/** `npm run experiments -- [--only a,b] [--seeds 6] [--scale small] [--out DIR] [--json FILE]`: see docs/experiments. */
const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    seeds: { type: 'string', default: '6' },
    scale: { type: 'string', default: 'full' },
    out: { type: 'string' },
    json: { type: 'string' },
  },
});

const scale = scaleOf(options.scale);
const seeds = Number(options.seeds);
const experiments = options.only ? options.only.split(',').map((name) => experimentNamed(name.trim())) : EXPERIMENTS;
const jobs = jobsOf(experiments, seeds, scale);
const startedAt = performance.now();
let toldAt = startedAt;

const measured = await runAll(jobs, availableParallelism(), (done, job) => {
  const now = performance.now();
  if (now - toldAt < 2_000 && done < jobs.length) return;
  toldAt = now;
  const seconds = Math.round((now - startedAt) / 1_000);
  process.stderr.write(`${done} of ${jobs.length} worlds, ${seconds} s: ${job.experiment}, ${job.arm}\n`);
});

// Only the whole thing may stand in the docs: a page made of fewer seeds would look like one that was not.
const folder =
  options.out ?? (scale === 'full' ? fileURLToPath(new URL('../docs/experiments', import.meta.url)) : undefined);
for (const experiment of experiments) {
  const findings = experiment.findings(resultsOf(experiment, jobs, measured));
  if (folder) writePage(folder, experiment, findings, { seeds, scale });
  process.stdout.write(`\n## ${experiment.title}\n\n${blockOf(experiment, findings, { seeds, scale })}\n`);
}
if (options.json) {
  const rows = jobs.map((job, index) => ({ ...job, ...measured[index] }));
  writeFileSync(options.json, `${JSON.stringify({ seeds, scale, rows }, null, 1)}\n`);
}

function scaleOf(text: string): Scale {
  if (text === 'full' || text === 'small') return text;
  throw new RangeError(`scale is full or small, got "${text}"`);
}
