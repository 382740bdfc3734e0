// `npm run docs`: writes the pages that are made from the sources, and checks the ones that are not.
// `--check` writes nothing and fails where a page is stale. Needs the dependencies, but no build.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tsImport } from 'tsx/esm/api';
import { brokenLinks, refusedConfigurations, unknownCommands, wrongFacts } from './docs/checks.mjs';
import { cliPage } from './docs/cli-page.mjs';
import { defaultsPage } from './docs/defaults-page.mjs';
import { faultsPage } from './docs/faults-page.mjs';
import { quirksPage } from './docs/quirks-page.mjs';
import { requestParts, requestsPage } from './docs/requests-page.mjs';
import { root } from './ensure.mjs';

const checkOnly = process.argv.includes('--check');
const problems = [];
const source = (path) => tsImport(`../src/${path}`, import.meta.url);
const [
  { FAULT_TABLE },
  { ENGINE_DEFAULTS },
  { FAILURE_CODES },
  { RESILIENCE_DEFAULTS },
  { CONFIG_DEFAULTS, SERVER_DEFAULTS },
  { renderConfigDocs },
  { renderJsonSchema },
  { parseConfig },
  { buildProgram },
  { EXIT },
  { KNOWN_PROVIDERS },
  { DEFAULT_QUIRKS },
] = await Promise.all(
  [
    'engine/fault-table.ts',
    'engine/engine-defaults.ts',
    'model/failure.ts',
    'resilience/defaults.ts',
    'config/defaults.ts',
    'config/docs.ts',
    'config/json-schema.ts',
    'config/parse.ts',
    'cli/main.ts',
    'cli/exit-codes.ts',
    'providers/known-providers.ts',
    'model/quirks.ts',
  ].map(source),
);

const requests = await requestParts(source);

const PAGES = {
  'docs/faults.md': () => faultsPage({ FAULT_TABLE, FAILURE_CODES, ENGINE_DEFAULTS }),
  'docs/defaults.md': () => defaultsPage({ ENGINE_DEFAULTS, RESILIENCE_DEFAULTS, CONFIG_DEFAULTS }),
  'docs/config.md': () => renderConfigDocs(),
  'docs/quirks.md': () => quirksPage({ DEFAULT_QUIRKS, KNOWN_PROVIDERS, schema: JSON.parse(renderJsonSchema()) }),
  'docs/translation-requests.md': () => requestsPage(requests),
  'docs/cli.md': () => cliPage({ buildProgram, EXIT }),
  'understudy.schema.json': () => renderJsonSchema(),
};

for (const [name, render] of Object.entries(PAGES)) {
  const file = join(root, name);
  const text = render();
  const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  if (before === text) continue;
  if (checkOnly) problems.push(`${name}: stale${firstDifference(before ?? '', text)}; \`npm run docs\` writes it anew`);
  else {
    writeFileSync(file, text);
    process.stdout.write(`wrote ${name}\n`);
  }
}

function firstDifference(before, after) {
  const [old, fresh] = [before.split('\n'), after.split('\n')];
  const at = fresh.findIndex((line, index) => line !== old[index]);
  return at < 0 ? ' at its end' : ` from line ${at + 1} on`;
}

function markdownBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return /^(node_modules|dist|data|coverage|\.git)$/.test(entry.name) ? [] : markdownBelow(path);
    return entry.name.endsWith('.md') ? [path] : [];
  });
}

const { scripts, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const commands = [...buildProgram(() => {}).commands.map((command) => command.name()), 'help'];
const pages = markdownBelow(root);
for (const file of pages) {
  problems.push(
    ...brokenLinks(root, file),
    ...refusedConfigurations(root, file, parseConfig),
    ...unknownCommands(root, file, { scripts, commands }),
  );
}
problems.push(
  ...wrongFacts(root, { engines, port: SERVER_DEFAULTS.port, providers: Object.keys(KNOWN_PROVIDERS).length }),
);

for (const problem of problems) process.stdout.write(`${problem}\n`);
process.stdout.write(
  `${Object.keys(PAGES).length} pages and ${pages.length} Markdown files, ${problems.length} problems\n`,
);
process.exit(problems.length === 0 ? 0 : 1);
