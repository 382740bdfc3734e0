import { SERVER_DEFAULTS } from './defaults.ts';

/** Where the gateway listens when nothing is said. */
export const DEFAULT_ADDRESS = SERVER_DEFAULTS.host;

/** True for addresses that only this machine reaches: 127/8, ::1 and `localhost`. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  return bare === 'localhost' || bare === '::1' || /^127(\.\d{1,3}){3}$/.test(bare);
}
