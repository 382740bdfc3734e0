import type { JobPolicy } from '../engine/job-policy.ts';
import type { Deferral, Workload } from '../engine/route.ts';
import { DEFER_DEFAULTS, JOB_DEFAULTS, RETENTION_DEFAULTS } from './defaults.ts';
import type { ResolvedWebhook } from './resolved-config.ts';
import type { Config } from './schema.ts';
import type { DeferConfig } from './schema-jobs.ts';

export function resolveDefer(written: DeferConfig | undefined, workload: Workload): Deferral {
  const { when, concurrency } = typeof written === 'string' ? { when: written } : { ...written };
  return { when: when ?? DEFER_DEFAULTS[workload], concurrency: concurrency ?? DEFER_DEFAULTS.concurrency };
}

export function resolveJobs({ jobs, retention }: Pick<Config, 'jobs' | 'retention'>): JobPolicy {
  const { queue } = JOB_DEFAULTS;
  return {
    leaseMs: jobs?.lease ?? JOB_DEFAULTS.leaseMs,
    attempts: jobs?.attempts ?? JOB_DEFAULTS.attempts,
    deadlineMs: jobs?.deadline ?? JOB_DEFAULTS.deadlineMs,
    keepMs: retention?.jobs ?? RETENTION_DEFAULTS.jobsMs,
    queue: {
      jobs: jobs?.queue?.jobs ?? queue.jobs,
      bytes: jobs?.queue?.size ?? queue.bytes,
      ageMs: jobs?.queue?.age ?? queue.ageMs,
    },
  };
}

export function resolveWebhooks({ webhooks }: Pick<Config, 'webhooks'>): ReadonlyMap<string, ResolvedWebhook> {
  return new Map(Object.entries(webhooks ?? {}));
}
