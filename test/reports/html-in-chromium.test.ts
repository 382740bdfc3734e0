import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { EvalReport } from '../../src/rehearsal/evals/report.ts';
import { renderHtml } from '../../src/rehearsal/reports/html.ts';
import { chromiumPresent, launchChromium } from '../kit/chromium.ts';
import { plausibleReport } from '../kit/eval-reports.ts';
import { poisoned } from '../kit/hostile-report.ts';

/** Opens a report from a file, and holds the page to silence: no error, no word on the console, nothing asked of a network. */
async function open(browser: Browser, report: EvalReport): Promise<Page> {
  const folder = mkdtempSync(join(tmpdir(), 'understudy-report-'));
  const file = join(folder, 'report.html');
  writeFileSync(file, renderHtml(report));
  const context = await browser.newContext({ viewport: { width: 1_280, height: 900 } });
  const page = await context.newPage();
  const noise: string[] = [];
  page.on('console', (message) => noise.push(`console: ${message.text()}`));
  page.on('pageerror', (error) => noise.push(`error: ${error.message}`));
  page.on('request', (request) => {
    if (request.url() !== pathToFileURL(file).href) noise.push(`request: ${request.url().slice(0, 100)}`);
  });
  onTestFinished(async () => {
    await context.close();
    rmSync(folder, { recursive: true });
    expect(noise).toEqual([]);
  });
  await page.goto(pathToFileURL(file).href);
  return page;
}

describe.runIf(chromiumPresent)('the HTML report in Chromium', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
  });

  test('shows the matrix; "different only" leaves what differs, and a metric of its own changes it', async () => {
    const report = plausibleReport({ cases: 30, targets: 4, seed: 7 });
    const page = await open(browser, report);
    expect(await page.locator('.card').count()).toBe(4);
    expect(await page.locator('tbody .cell').count()).toBe(4 * 30);
    const different = await page.locator('.matrix tbody tr', { has: page.locator('.mark') }).count();
    expect(different).toBeGreaterThan(5);
    expect(different).toBeLessThan(30);
    await page.getByLabel('different only').check();
    expect(await page.locator('.matrix tbody tr').count()).toBe(different);
    expect(await page.locator('#shown').textContent()).toBe(`${different} of 30 cases`);
    await page.getByLabel('metric').selectOption('brevity');
    const wordy = await page.locator('.matrix tbody tr').count();
    expect(wordy).toBeLessThan(different);
    await page.getByLabel('different only').uncheck();
    await page.getByLabel('metric').selectOption('all');
    await page.getByLabel('find').fill('gdpr');
    expect(await page.locator('.matrix tbody tr').count()).toBe(3);
    await page.getByLabel('find').fill('no answer says this');
    expect(await page.locator('#grid').textContent()).toBe('No case is like that.');
  });

  test('opens an answer beside the primary’s, marks what differs, and goes on to the next case', async () => {
    const page = await open(browser, plausibleReport({ cases: 20, targets: 3, repeats: 1, seed: 3 }));
    await page.locator('.cell:has(.mark)').first().click();
    const dialog = page.getByRole('dialog');
    const title = await dialog.locator('h2').textContent();
    expect(await dialog.locator('.sides section').count()).toBe(2);
    expect(await dialog.locator('.sides section').nth(1).locator('ins').first().textContent()).toContain(
      'Sure! Here is',
    );
    expect(await dialog.locator('.sides section').nth(0).locator('ins').count()).toBe(0);
    expect(await dialog.locator('.checks .bad').count()).toBeGreaterThan(0);
    await dialog.getByLabel('mark differences').uncheck();
    expect(await dialog.locator('ins, del').count()).toBe(0);
    await dialog.getByRole('button', { name: 'next' }).click();
    expect(await dialog.locator('h2').textContent()).not.toBe(title);
    await dialog.getByRole('button', { name: /steady-medium/ }).click();
    expect(await dialog.locator('.sides section').nth(1).locator('h3').textContent()).toBe(
      'sim-anthropic/steady-medium',
    );
  });

  test('can be used with the keyboard alone', async () => {
    const page = await open(browser, plausibleReport({ cases: 4, targets: 3 }));
    const focused = () => page.evaluate('document.activeElement.getAttribute("aria-label")');
    await page.locator('.cell').first().focus();
    expect(await focused()).toMatch(/^refund-after-30-days, sim-openai\/steady-large: /);
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toMatch(/^double-charge, sim-anthropic\/steady-medium: /);
    await page.keyboard.press('Enter');
    expect(await page.locator('dialog[open] h2').textContent()).toBe('double-charge');
    await page.keyboard.press('j');
    expect(await page.locator('dialog[open] h2').textContent()).toBe('locked-out');
    await page.keyboard.press('Escape');
    expect(await page.locator('dialog[open]').count()).toBe(0);
    expect(await focused()).toMatch(/^locked-out, /);
  });

  test('shows hostile answers as text and runs nothing of them', async () => {
    const attacks = [
      '</script><script>window.broken=1</script>',
      '<img src=x onerror="window.broken=1">',
      '</pre><h1 id=mine>',
    ];
    const page = await open(browser, poisoned(plausibleReport({ cases: 3, targets: 2, repeats: 1 }), attacks));
    await page.locator('.cell').nth(1).click();
    expect(await page.locator('dialog[open] .sides').textContent()).toContain('</pre><h1 id=mine>');
    expect(await page.locator('#mine, img').count()).toBe(0);
    expect(await page.evaluate('window.broken')).toBeUndefined();
  });

  test('a thousand cases at six targets open at once, in pages', async () => {
    const page = await open(browser, plausibleReport({ cases: 1_000, targets: 6, repeats: 1 }));
    expect(await page.locator('.matrix tbody tr').count()).toBe(100);
    await page.getByRole('button', { name: 'next →' }).click();
    expect(await page.locator('#pages').textContent()).toContain('page 2 of 10');
    expect(await page.locator('.matrix tbody th').first().textContent()).toBe('refund-after-30-days-11');
  });

  test('a finding of the lint leads to its case', async () => {
    const page = await open(browser, plausibleReport({ cases: 4, targets: 3 }));
    await page.locator('.lint summary').click();
    await page.locator('[data-lint-case]').click();
    expect(await page.locator('dialog[open] h2').textContent()).toBe('refund-after-30-days');
  });
});
