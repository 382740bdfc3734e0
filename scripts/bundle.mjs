// The programs that are started (the command line, the ledger's thread, a worker) as few large files instead of some
// 1,600 small ones: looking for, reading and linking those is two thirds of a start (docs/adr/0038-few-files-at-start.md).
// What is imported as a library stays as the compiler writes it.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ENTRIES = ['cli/main', 'storage/ledger-worker', 'workers/worker-main'];
/** Holds what several programs or commands share. As deep as the programs: what is found beside a file is found from here. */
const CHUNKS = 'chunks';
const NOTICES = 'THIRD-PARTY-NOTICES.txt';

/** Packages of CommonJS ask for these; a module has none of them. */
const COMMONJS_NAMES = [
  "import { createRequire as __createRequire } from 'node:module';",
  "import { fileURLToPath as __fileURLToPath } from 'node:url';",
  'const require = __createRequire(import.meta.url);',
  'const __filename = __fileURLToPath(import.meta.url);',
  "const __dirname = __fileURLToPath(new URL('.', import.meta.url));",
].join('\n');

/** A module in a chunk finds its neighbours where the compiler puts them. */
const placesOfModules = {
  name: 'places-of-modules',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const compiled = relative(join(root, 'src'), path).split(sep).join('/').replace(/\.ts$/, '.js');
      const contents = text.replaceAll(
        'import.meta.url',
        `new URL(${JSON.stringify(`../${compiled}`)}, import.meta.url).href`,
      );
      return { contents, loader: 'ts' };
    });
  },
};

/** What of undici serves a request: the package as such takes in all it has, eight times as much. Imported later, it is whole. */
const clientOfUndici = {
  name: 'client-of-undici',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^undici$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'client', namespace: 'undici' } : undefined,
    );
    onLoad({ filter: /^client$/, namespace: 'undici' }, () => ({
      contents: "export { default as Client } from 'undici/lib/dispatcher/client.js';",
      resolveDir: root,
    }));
  },
};

/** Of Fastify, and loaded by it only where a path has a schema or is called without a socket. */
const NEVER_ASKED = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'light-my-request'];

/** Puts the bundled programs in the places of the compiled ones; dist has to be compiled already. */
export async function bundle() {
  const { optionalDependencies = {}, peerDependencies = {} } = readPackage(root);
  rmSync(join(root, 'dist', CHUNKS), { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ENTRIES.map((entry) => `src/${entry}.ts`),
    outbase: 'src',
    outdir: 'dist',
    chunkNames: `${CHUNKS}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Native code, and libraries that only who needs them installs.
    external: [...Object.keys(optionalDependencies), ...Object.keys(peerDependencies), ...NEVER_ASKED],
    banner: { js: COMMONJS_NAMES },
    plugins: [placesOfModules, clientOfUndici],
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  writeFileSync(join(root, 'dist', NOTICES), noticesOf(metafile));
}

/** The licences of everything that was taken in; each of them asks for that. */
function noticesOf({ outputs }) {
  const folders = new Set();
  for (const { inputs } of Object.values(outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const [folder] = /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [];
      if (folder !== undefined && bytesInOutput > 0) folders.add(folder);
    }
  }
  return [...folders]
    .map((folder) => noticeOf(join(root, folder)))
    .sort()
    .join('\n');
}

function noticeOf(folder) {
  const { name, version, license } = readPackage(folder);
  const texts = readdirSync(folder)
    .filter((file) => /^(licen[cs]e|notice|copying)/i.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  return `=== ${name} ${version} (${license})\n\n${texts.join('\n\n')}\n`;
}

function readPackage(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (!existsSync(join(root, 'dist', 'cli', 'main.js'))) throw new Error('dist is not compiled: run `npm run build`');
  await bundle();
}
