// `node scripts/report-images.mjs`: the pictures of the HTML report that the documentation shows. Needs Chromium.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { tsImport } from 'tsx/esm/api';
import { root } from './ensure.mjs';

const load = (path) => tsImport(`../${path}`, import.meta.url);
const { plausibleReport } = await load('test/kit/eval-reports.ts');
const { renderHtml } = await load('src/rehearsal/reports/html.ts');
const { launchChromium } = await load('test/kit/chromium.ts');

const folder = mkdtempSync(join(tmpdir(), 'understudy-images-'));
const file = join(folder, 'report.html');
writeFileSync(file, renderHtml(plausibleReport({ cases: 40, targets: 4, seed: 11 })));
const browser = await launchChromium();
const page = await browser.newPage({ viewport: { width: 1_360, height: 1_020 }, deviceScaleFactor: 1.4 });
await page.goto(pathToFileURL(file).href);
const shoot = (name) => page.screenshot({ path: join(root, 'docs', 'images', name) });
await shoot('eval-matrix.png');
await page.setViewportSize({ width: 1_360, height: 780 });
await page.locator('.cell:has(.mark)').first().click();
await shoot('eval-side-by-side.png');
await browser.close();
rmSync(folder, { recursive: true });
