import { type LookupAddress, lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/**
 * Addresses at which clouds hand out credentials of the machine. Private networks stay allowed: base URLs come from the
 * operator alone, and local model servers live there.
 */
const METADATA_V4: readonly (readonly [string, number])[] = [
  // RFC 3927 link-local: AWS, Azure, Google, Oracle (169.254.169.254), AWS ECS (169.254.170.2)
  ['169.254.0.0', 16],
  // Alibaba Cloud
  ['100.100.100.200', 32],
  // Azure WireServer
  ['168.63.129.16', 32],
  // Oracle Cloud, older images
  ['192.0.0.192', 32],
];
const METADATA_V6: readonly (readonly [string, number])[] = [
  ['fe80::', 10],
  // AWS, IPv6
  ['fd00:ec2::', 32],
  // Google, IPv6
  ['fd20:ce::254', 128],
];

/** Parameters in which people put keys. A URL is logged by every proxy on the way. */
const CREDENTIAL_PARAMETERS = new Set(['key', 'api_key', 'apikey', 'api-key', 'access_token', 'token']);

const forbidden = new BlockList();
for (const [net, bits] of METADATA_V4) forbidden.addSubnet(net, bits, 'ipv4');
for (const [net, bits] of METADATA_V6) forbidden.addSubnet(net, bits, 'ipv6');

/** A connection that must not be made; `code` is stable. */
export class EgressRefused extends Error {
  readonly code = 'UNDERSTUDY_EGRESS_REFUSED';

  constructor() {
    super('the address is that of a cloud metadata service');
    this.name = 'EgressRefused';
  }
}

/** True for metadata addresses in any spelling, IPv6 forms that carry an IPv4 address included. */
export function isForbiddenAddress(address: string): boolean {
  const bare = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  switch (isIP(bare)) {
    case 4:
      return forbidden.check(bare, 'ipv4');
    case 6:
      return forbidden.check(bare, 'ipv6') || embeddedV4(bare).some((inner) => forbidden.check(inner, 'ipv4'));
    default:
      return false;
  }
}

/**
 * Reads the base URL of a provider. Throws a `TypeError` that names `field` for anything but plain http(s), for
 * credentials inside the URL, and for metadata addresses however they are written.
 */
export function parseBaseUrl(field: string, text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new TypeError(`${field} is not a URL`);
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new TypeError(`${field} must be http or https, got ${url.protocol.slice(0, -1)}`);
  }
  if (url.username !== '' || url.password !== '') throw new TypeError(`${field} must not hold a user or password`);
  if (url.hash !== '') throw new TypeError(`${field} must not hold a fragment`);
  for (const name of url.searchParams.keys()) {
    if (CREDENTIAL_PARAMETERS.has(name.toLowerCase())) {
      throw new TypeError(`${field} must not hold the parameter ${name}: credentials travel in headers`);
    }
  }
  if (isForbiddenAddress(url.hostname)) {
    throw new TypeError(`${field} points to ${url.hostname}, a cloud metadata service`);
  }
  return url;
}

/** A DNS lookup that fails with `EgressRefused` when any address of the name is forbidden, whatever the others are. */
export function guardedLookup(lookup: LookupFunction = systemLookup as LookupFunction): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found, family) => {
      if (error) return callback(error, []);
      const addresses = asList(found, family);
      if (addresses.some(({ address }) => isForbiddenAddress(address))) return callback(new EgressRefused(), []);
      const first = addresses[0];
      if (options.all || first === undefined) return callback(null, addresses);
      callback(null, first.address, first.family);
    });
  };
}

function asList(found: string | LookupAddress[], family: number | undefined): LookupAddress[] {
  if (typeof found === 'string') return [{ address: found, family: family ?? isIP(found) }];
  return found;
}

/** IPv4 addresses inside an IPv6 one: mapped, compatible, NAT64 (RFC 6052, 8215), 6to4 (RFC 3056), Teredo (RFC 4380). */
function embeddedV4(address: string): string[] {
  const words = wordsOf(address);
  const at = (index: number) => words[index] ?? 0;
  const v4 = (high: number, low: number) => `${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`;
  const tail = v4(at(6), at(7));
  const zeroTo = (end: number) => words.slice(0, end).every((word) => word === 0);
  if (zeroTo(6) || (zeroTo(5) && at(5) === 0xffff)) return [tail];
  if (at(0) === 0x64 && at(1) === 0xff9b) return [tail];
  // IPv4-translated, RFC 2765
  if (zeroTo(4) && at(4) === 0xffff && at(5) === 0) return [tail];
  if (at(0) === 0x2002) return [v4(at(1), at(2))];
  if (at(0) === 0x2001 && at(1) === 0) return [v4(at(6) ^ 0xffff, at(7) ^ 0xffff), v4(at(2), at(3))];
  return [];
}

/** The eight 16-bit words of a valid IPv6 address. */
function wordsOf(address: string): number[] {
  // URL writes a dotted tail as two hexadecimal words.
  const canonical = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', rest] = canonical.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = rest === undefined || rest === '' ? [] : rest.split(':');
  const gap = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...gap, ...right].map((word) => Number.parseInt(word, 16));
}
