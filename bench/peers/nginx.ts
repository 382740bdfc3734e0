import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchContestant, passedOn } from '../contestants.ts';
import type { Wish } from '../figure.ts';
import { freePort, startMeasured } from '../measured-process.ts';
import { PATHS } from '../payload.ts';

const PROGRAMS = ['/usr/sbin/nginx', '/usr/local/sbin/nginx', '/usr/local/bin/nginx', '/opt/homebrew/bin/nginx'];

/** The nginx of this machine, or nothing. */
export function nginx(folder: string): BenchContestant | undefined {
  const program = PROGRAMS.find(existsSync);
  if (program === undefined) return undefined;
  return {
    name: 'nginx',
    version: `nginx ${versionOf(program)}`,
    grants: ['fallbackUrl', 'workers', 'streams'],
    // It reads neither: one dialect stands for both.
    speaks: passedOn.slice(0, 1),
    callers: 1,
    path: PATHS['openai-chat'],
    headers: () => ({}),
    async start(providerUrl, wish = {}) {
      const port = await freePort();
      const place = mkdtempSync(join(folder, 'nginx-'));
      const file = join(place, 'nginx.conf');
      writeFileSync(file, configOf({ place, port, providerUrl, wish }));
      return startMeasured({
        program,
        args: ['-p', place, '-c', file, '-e', join(place, 'error.log')],
        port,
        ready: '/ready',
      });
    },
  };
}

/** `nginx -v` says it on standard error. */
function versionOf(program: string): string {
  const said = execFileSync('sh', ['-c', `${program} -v 2>&1`], { encoding: 'utf8' });
  return /nginx\/(\S+)/.exec(said)?.[1] ?? 'unknown';
}

interface Setting {
  readonly place: string;
  readonly port: number;
  readonly providerUrl: string;
  readonly wish: Wish;
}

/**
 * What a careful operator writes before a provider of streams (nginx.org, ngx_http_proxy_module and
 * ngx_http_upstream_module): answers passed on at once, connections kept, those of callers for more requests than the default of a
 * thousand, at which the load client would count a failure. The access log stays on, as it is by default.
 */
function configOf({ place, port, providerUrl, wish }: Setting): string {
  const { fallbackUrl, workers = 1, streams } = wish;
  const connections = streams === undefined ? 4_096 : streams * 2 + 256;
  const backup = fallbackUrl === undefined ? '' : `server ${hostOf(fallbackUrl)} backup;`;
  const next = fallbackUrl === undefined ? '' : 'proxy_next_upstream error timeout http_503 non_idempotent;';
  const user = process.getuid?.() === 0 ? 'user root;' : '';
  return `
daemon off;
${user}
worker_processes ${workers};
worker_rlimit_nofile ${connections + 1_024};
pid ${place}/nginx.pid;
events { worker_connections ${connections}; }
http {
  access_log ${place}/access.log;
  client_body_temp_path ${place}/body;
  proxy_temp_path ${place}/proxy;
  fastcgi_temp_path ${place}/fastcgi;
  uwsgi_temp_path ${place}/uwsgi;
  scgi_temp_path ${place}/scgi;
  client_max_body_size 64m;
  upstream provider { server ${hostOf(providerUrl)}; ${backup} keepalive 256; }
  server {
    listen 127.0.0.1:${port};
    keepalive_requests 10000000;
    location = /ready { return 200; }
    location / {
      proxy_pass http://provider;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer provider-key";
      proxy_buffering off;
      ${next}
    }
  }
}
`;
}

function hostOf(url: string): string {
  return new URL(url).host;
}
