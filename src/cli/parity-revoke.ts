import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { type GatewayOptions, gatewayClient } from './gateway-client.ts';
import { CommandError, type Output } from './output.ts';

/** `understudy parity revoke <subject> <target>`: ends what was measured until now, in a running gateway and for good. */
export async function parityRevoke(
  options: GatewayOptions & { readonly reason?: string },
  output: Output,
  [subject = '', target = '']: readonly string[],
): Promise<CommandOutcome> {
  if (!/^(prompt|route):./.test(subject)) {
    throw new CommandError(EXIT.usage, `"${subject}" is no subject; write prompt:name or route:name`);
  }
  const gateway = await gatewayClient(options);
  const done = await gateway.call('POST', '/admin/parity/revoke', {
    subject,
    target,
    reason: options.reason ?? 'no reason was given',
  });
  if (output.json) output.data(JSON.stringify(done, null, 2));
  else output.data(`${target}: what was measured of it for ${subject} until now counts no more`);
  return EXIT.ok;
}
