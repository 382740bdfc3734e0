import { startSimulator } from '../simulator/index.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import type { Output } from './output.ts';

/** `understudy simulator`: scripted providers, alone. */
export async function simulator(
  options: { port?: number; host?: string; seed?: number },
  output: Output,
): Promise<CommandOutcome> {
  const running = await startSimulator({
    port: options.port ?? 0,
    ...(options.host !== undefined && { host: options.host }),
    ...(options.seed !== undefined && { seed: options.seed }),
  });
  output.data(`simulated providers at ${running.url}`);
  output.data(`  openai-chat         ${running.baseUrl('openai-chat')}`);
  output.data(`  anthropic-messages  ${running.baseUrl('anthropic-messages')}`);
  output.data(`  gemini-generate     ${running.baseUrl('gemini-generate')}`);
  output.data(`  break one: curl -X PUT ${running.url}/admin/script/sim -d '{"fault":"status","status":503}'`);
  await new Promise((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
  });
  await running.stop();
  return EXIT.ok;
}
