import { type Habit, readHabit, startSimulator } from '../simulator/index.ts';
import type { CommandOutcome } from './command.ts';
import { EXIT } from './exit-codes.ts';
import { CommandError, type Output } from './output.ts';

/** `understudy simulator`: scripted providers, alone. */
export async function simulator(
  options: { port?: number; host?: string; seed?: number; habit?: readonly string[] },
  output: Output,
): Promise<CommandOutcome> {
  const running = await startSimulator({
    habits: readHabits(options.habit ?? []),
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

/** `verbose` is a habit of every provider, `acme=verbose` one of a single one. */
function readHabits(written: readonly string[]): Record<string, Habit[]> {
  const habits: Record<string, Habit[]> = {};
  for (const entry of written) {
    const at = entry.indexOf('=');
    const provider = at < 0 ? '*' : entry.slice(0, at);
    try {
      habits[provider] = [...(habits[provider] ?? []), readHabit(entry.slice(at + 1))];
    } catch (error) {
      throw new CommandError(EXIT.usage, `--habit: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return habits;
}
