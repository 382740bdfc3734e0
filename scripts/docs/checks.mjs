// What can be checked of Markdown written by hand: links, configurations, commands, requirements.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

/** Text without code blocks: what looks like a link in them is none. */
function prose(text) {
  return text.replace(/^```[\s\S]*?^```/gm, '').replace(/`[^`\n]*`/g, '');
}

/** Anchors as GitHub makes them of headings. */
export function anchorsOf(text) {
  const seen = new Map();
  const headings = text.replace(/^```[\s\S]*?^```/gm, '').matchAll(/^#{1,6} (.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) => {
      const slug = heading
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .trim()
        .replace(/\s/g, '-');
      const times = seen.get(slug) ?? 0;
      seen.set(slug, times + 1);
      return times === 0 ? slug : `${slug}-${times}`;
    }),
  );
}

/** Relative links and images that lead nowhere. */
export function brokenLinks(root, file) {
  const text = readFileSync(file, 'utf8');
  const name = relative(root, file);
  const links = [...prose(text).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(
    (match) => match[1] ?? match[2],
  );
  return links.flatMap((link) => {
    if (/^[a-z]+:/i.test(link)) return [];
    const [path, anchor] = link.split('#');
    const target = path === '' ? file : resolve(dirname(file), decodeURIComponent(path));
    if (!existsSync(target)) return [`${name}: the link ${link} leads nowhere`];
    if (anchor === undefined || !target.endsWith('.md')) return [];
    return anchorsOf(readFileSync(target, 'utf8')).has(anchor) ? [] : [`${name}: ${link} names no heading`];
  });
}

/** Completes what is shown in part (```yaml fragment). */
const REST = 'providers: { openai: {}, anthropic: {}, gemini: {} }\n';
const REST_ROUTES = 'routes: { support-reply: { targets: [openai/gpt-5.6] } }\n';

/** Configurations shown in a page that the gateway would refuse. */
export function refusedConfigurations(root, file, parseConfig) {
  const name = relative(root, file);
  const blocks = readFileSync(file, 'utf8').matchAll(/^```yaml( fragment)?\n([\s\S]*?)^```/gm);
  return [...blocks].flatMap(([, fragment, yaml]) => {
    const whole = fragment
      ? `${yaml}${/^providers:/m.test(yaml) ? '' : REST}${/^routes:/m.test(yaml) ? '' : REST_ROUTES}`
      : yaml;
    try {
      parseConfig(whole, name);
      return [];
    } catch (error) {
      return [`${name}: a configuration shown there is refused. ${error instanceof Error ? error.message : error}`];
    }
  });
}

/** Commands that a page tells to run and that are not there. */
export function unknownCommands(root, file, { scripts, commands }) {
  const name = relative(root, file);
  const text = readFileSync(file, 'utf8');
  const npm = [...text.matchAll(/(?:`|^\s*(?:\$ )?)npm (?:run )?([a-z][\w:-]*)/gm)].map(([, script]) => script);
  const BUILT_IN = ['ci', 'install', 'pack', 'registry', 'link'];
  const own = [...text.matchAll(/(?:`|^\s*|bin\/)understudy(?:\.js)? ([a-z][\w-]*)/gm)].map(([, command]) => command);
  return [
    ...npm
      .filter((script) => !BUILT_IN.includes(script) && !(script in scripts))
      .map((script) => `${name}: package.json has no script "${script}"`),
    ...own
      .filter((command) => !commands.includes(command))
      .map((command) => `${name}: there is no command "understudy ${command}"`),
  ];
}

/** README facts that stand in package.json and in the defaults, too. */
export function wrongFacts(root, { engines, port, providers }) {
  const readme = readFileSync(join(root, 'README.md'), 'utf8').replace(/^```yaml[\s\S]*?^```/gm, '');
  const minimum = /\d+\.\d+/.exec(engines.node)?.[0];
  const nodes = [...readme.matchAll(/Node(?:\.js)? (\d+\.\d+)/g)].map(([, version]) => version);
  return [
    ...(nodes.length > 0 && nodes.every((version) => version === minimum)
      ? []
      : [`README.md: package.json asks for Node ${minimum}, README says ${nodes.join(', ') || 'nothing'}`]),
    ...[...readme.matchAll(/(?:127\.0\.0\.1|localhost):(\d+)/g)]
      .filter(([, shown]) => Number(shown) !== port)
      .map(([shown]) => `README.md: ${shown} is not the default port ${port}`),
    ...[...readme.matchAll(/(\d+) known providers/g)]
      .filter(([, shown]) => Number(shown) !== providers)
      .map(([shown]) => `README.md: "${shown}", and there are ${providers}`),
  ];
}
