import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root, text } from './tree.ts';

interface Instruction {
  readonly stage: number;
  readonly name: string;
  readonly rest: string;
}

/** The instructions of a Dockerfile, continued lines joined, comments left out. */
function instructions(content: string): Instruction[] {
  let stage = -1;
  return content
    .replace(/^\s*#.*\n/gm, '')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [name = '', ...rest] = line.trim().split(/\s+/);
      if (name === 'FROM') stage += 1;
      return { stage, name, rest: rest.join(' ') };
    });
}

/** What is wrong with an image, by the mistakes that such files usually make. */
function lint(content: string): string[] {
  const all = instructions(content);
  const last = Math.max(...all.map(({ stage }) => stage));
  const final = all.filter(({ stage }) => stage === last);
  const has = (name: string) => final.find((instruction) => instruction.name === name)?.rest;
  const wrong: string[] = [];
  if (last < 1) wrong.push('one stage: what built it is in the image');
  if (all.some(({ name, rest }) => name === 'FROM' && !/^node:\d+(\.\d+)*-slim\b/.test(rest)))
    wrong.push('a base that is not a pinned, slim Node');
  if (all.some(({ name }) => name === 'ADD')) wrong.push('ADD fetches and unpacks; COPY does not');
  if (all.some(({ name, rest }) => name === 'COPY' && /^\.\s/.test(rest))) wrong.push('COPY of everything');
  if (all.some(({ name, rest }) => /^(ENV|ARG)$/.test(name) && /(KEY|TOKEN|SECRET|PASSWORD)/i.test(rest)))
    wrong.push('a secret in a layer');
  if (!/^(?!root|0)\w+/.test(has('USER') ?? '')) wrong.push('it runs as root');
  const user = final.findIndex(({ name }) => name === 'USER');
  if (final.slice(user + 1).some(({ name }) => name === 'COPY' || name === 'RUN'))
    wrong.push('something is added after USER');
  for (const name of ['HEALTHCHECK', 'STOPSIGNAL', 'VOLUME', 'EXPOSE'])
    if (has(name) === undefined) wrong.push(`no ${name}`);
  for (const name of ['ENTRYPOINT', 'CMD'])
    if (!has(name)?.startsWith('[')) wrong.push(`${name} in shell form: signals would not arrive`);
  return wrong;
}

const dockerfile = text('Dockerfile');

test('the image makes none of the usual mistakes', () => {
  expect(lint(dockerfile)).toEqual([]);
});

test.each([
  ['it runs as root', dockerfile.replace('USER node', '')],
  ['it runs as root', dockerfile.replace('USER node', 'USER root')],
  ['no HEALTHCHECK', dockerfile.replace('HEALTHCHECK', 'LABEL')],
  ['ADD fetches and unpacks; COPY does not', dockerfile.replace('COPY bin', 'ADD bin')],
  ['COPY of everything', dockerfile.replace('COPY src ./src', 'COPY . ./')],
  ['a secret in a layer', `${dockerfile}ENV OPENAI_API_KEY=x\n`],
  ['CMD in shell form: signals would not arrive', dockerfile.replace('CMD ["serve"]', 'CMD serve')],
  ['one stage: what built it is in the image', 'FROM node:24-slim\nUSER node\n'],
])('%s: noticed', (problem, content) => {
  expect(lint(content)).toContain(problem);
});

test('what it copies is there, and let through by .dockerignore, which lets nothing else in', () => {
  const ignore = text('.dockerignore').split('\n');
  expect(ignore.find((line) => line !== '' && !line.startsWith('#'))).toBe('*');
  const letIn = ignore.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
  const copied = instructions(dockerfile)
    .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from'))
    .flatMap(({ rest }) => rest.split(' ').slice(0, -1));
  expect([...copied].sort()).toEqual([...letIn].sort());
  for (const path of copied) expect(existsSync(join(root, path)), path).toBe(true);
});

test('it listens where its health is asked for', () => {
  expect(dockerfile).toMatch(/PORT=4141/);
  expect(dockerfile).toMatch(/EXPOSE 4141/);
  expect(dockerfile).toContain('/health/ready');
});
