import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const path = process.env.UNDERSTUDY_CHROMIUM ?? '/usr/bin/chromium';

/** False where there is no browser; the reason has been printed then. */
export const chromiumPresent = existsSync(path);
if (!chromiumPresent) console.log(`skipped: no Chromium at ${path}; UNDERSTUDY_CHROMIUM names another`);

export function launchChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: path, args: ['--no-sandbox'] });
}
