import { readFileSync } from 'node:fs';

/** The version of this package; source and build lie equally deep below its `package.json`. */
export const PACKAGE_VERSION: string = readVersion(new URL('../../package.json', import.meta.url));

function readVersion(file: URL): string {
  const found: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const version = (found as { version?: unknown }).version;
  if (typeof version !== 'string') throw new TypeError('package.json has no version');
  return version;
}
