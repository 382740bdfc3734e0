// The programs that are started (the command line, the ledger's thread, a worker) as few large files instead of some
// 1,600 small ones: finding, reading and linking those is most of a start (docs/adr/0038-few-files-at-start.md). What is
// imported as a library stays as the compiler writes it.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const PROGRAMS = ['src/cli/main.ts', 'src/storage/ledger-worker.ts', 'src/workers/worker-main.ts'];
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

/** Of Fastify, and loaded by it only where a path has a schema or is called without a socket. */
const NEVER_ASKED = ['@fastify/ajv-compiler', '@fastify/fast-json-stringify-compiler', 'light-my-request'];

/**
 * Stand-ins for packages, by name. A name that is missing here and imported all the same stops the build.
 * undici: the package as such takes in all it has, and a request needs the client. What imports it later gets it whole.
 * tinyld: unpacks its tables when it is loaded, and few contracts name a language.
 */
const STAND_INS = {
  undici: "export { default as Client } from 'undici/lib/dispatcher/client.js';",
  'tinyld/light': "export const detectAll = (...given) => require('tinyld/light').detectAll(...given);",
};

const standIns = {
  name: 'stand-ins',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^(undici|tinyld\/light)$/ }, ({ path, kind }) =>
      kind === 'import-statement' ? { path, namespace: 'stand-in' } : undefined,
    );
    onLoad({ filter: /.*/, namespace: 'stand-in' }, ({ path }) => ({ contents: STAND_INS[path], resolveDir: root }));
  },
};

/** A module in a chunk finds its neighbours where the compiler puts them. */
const placesOfModules = {
  name: 'places-of-modules',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      if (!text.includes('import.meta.url')) return undefined;
      const compiled = relative(join(root, 'src'), path).split(sep).join('/').replace(/\.ts$/, '.js');
      const place = `new URL(${JSON.stringify(`../${compiled}`)}, import.meta.url).href`;
      return { contents: text.replaceAll('import.meta.url', place), loader: 'ts' };
    });
  },
};

async function buildPrograms(write) {
  const { optionalDependencies = {}, peerDependencies = {} } = readPackage(root);
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: PROGRAMS,
    outbase: 'src',
    outdir: 'dist',
    chunkNames: `${CHUNKS}/[name]-[hash]`,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // Native code, libraries that only who needs them installs, and what is never asked for.
    external: [...Object.keys(optionalDependencies), ...Object.keys(peerDependencies), ...NEVER_ASKED],
    banner: { js: COMMONJS_NAMES },
    plugins: [standIns, placesOfModules],
    sourcemap: 'linked',
    sourcesContent: false,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
    write,
  });
  return metafile;
}

/** Puts the bundled programs in the places of the compiled ones; dist has to be compiled already. */
export async function bundle() {
  rmSync(join(root, 'dist', CHUNKS), { recursive: true, force: true });
  const { outputs } = await buildPrograms(true);
  writeFileSync(join(root, 'dist', NOTICES), noticesOf(outputs));
}

let analysed;

/**
 * What a process loads that starts with the first of these modules and imports the others later: the bytes of every
 * source file, by its path. Writes nothing.
 */
export async function loadedWith(modules) {
  analysed ??= buildPrograms(false);
  const { outputs } = await analysed;
  const reached = new Set();
  const reach = (path) => {
    if (reached.has(path) || outputs[path] === undefined) return;
    reached.add(path);
    for (const { path: imported, kind } of outputs[path].imports) if (kind === 'import-statement') reach(imported);
  };
  for (const [path, { entryPoint }] of Object.entries(outputs)) if (modules.includes(entryPoint)) reach(path);
  const bytes = new Map();
  for (const path of reached)
    for (const [source, { bytesInOutput }] of Object.entries(outputs[path].inputs)) bytes.set(source, bytesInOutput);
  return bytes;
}

/** The licences of everything that was taken in; each of them asks for that. */
function noticesOf(outputs) {
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
