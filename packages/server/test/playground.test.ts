import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { RunningServer } from '../src/index.js';
import { events, pictureUrl, post, startTiny } from './start.js';

const executablePath = [
  process.env.CHROMIUM_PATH,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => path && existsSync(path));
const required = process.env.AUTOPRUNE_REQUIRE_BROWSER === '1';
const screenshots = process.env.AUTOPRUNE_SCREENSHOTS;

describe.runIf(executablePath !== undefined || required)('the playground', () => {
  let server: RunningServer;
  let browser: Browser;
  let context: BrowserContext;

  beforeAll(async () => {
    [server, browser] = await Promise.all([
      startTiny({ limits: { maxBodyBytes: 2 ** 20 } }),
      chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] }),
    ]);
  });
  afterEach(() => context.close());
  afterAll(async () => {
    await browser.close();
    await server.close(0);
  });

  /** Opens the page; an error of its scripts fails the test. */
  async function open(width: number, height: number): Promise<Page> {
    context = await browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    page.on('pageerror', (error) => {
      throw error;
    });
    await page.goto(server.url);
    await page.getByText('tiny', { exact: true }).waitFor();
    return page;
  }

  async function askExample(page: Page): Promise<void> {
    await page.getByRole('button', { name: 'Use the example picture' }).click();
    await page.getByRole('img', { name: 'The example picture' }).waitFor();
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.locator('.overlay').nth(1).waitFor();
  }

  /** Findings that keep people out. */
  async function seriousFindings(page: Page): Promise<string[]> {
    const { violations } = await new AxeBuilder({ page }).analyze();
    return violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  }

  async function picture(page: Page, name: string): Promise<void> {
    if (screenshots) {
      await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
    }
  }

  it('shows two answers, what each kept after a layer, and what it cost', async () => {
    const page = await open(1280, 900);
    await askExample(page);
    const response = await post(server, {
      model: 'tiny',
      stream: true,
      messages: [
        {
          role: 'user',
          content: [
            { type: 'image_url', image_url: { url: pictureUrl(0) } },
            { type: 'text', text: 'How many triangles are there?' },
          ],
        },
      ],
      autoprune: { budget: 'meanLeaving=32', trace: true },
    });
    const parts = events(await response.text());
    const answer = parts
      .map((part) => (part as { choices?: [{ delta: { content?: string } }] }).choices?.[0])
      .map((choice) => choice?.delta.content ?? '')
      .join('');
    const panels = page.locator('.panel');
    expect(await panels.first().locator('.answer').textContent()).toBe(answer);
    expect(await panels.nth(1).locator('h3').textContent()).toBe('none');

    const last = parts.at(-1) as unknown as { autoprune: { layers: { kept: unknown[] }[] } };
    for (const layer of [0, 3, 7]) {
      await page.locator('#layer').fill(String(layer));
      const kept = last.autoprune.layers[layer]!.kept.filter((row) => typeof row === 'number');
      expect(await panels.first().locator('.kept').count()).toBe(kept.length);
      expect(await panels.nth(1).locator('.kept').count()).toBe(144);
    }
    expect(
      await panels
        .first()
        .getByRole('row', { name: /Prefill FLOPs/ })
        .textContent(),
    ).toMatch(/4\d\.\d % of unpruned/);
    expect(await page.locator('#curve polyline').count()).toBe(2);
    expect(await seriousFindings(page)).toEqual([]);
    await picture(page, 'desktop');
  });

  it('moves the curve with budget, slope and complexity', async () => {
    const page = await open(1280, 900);
    const bars = () =>
      page
        .locator('#curve rect')
        .evaluateAll((all) => all.map((bar) => Number(bar.getAttribute('height'))));
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
    const before = await bars();
    expect(before).toHaveLength(8);
    await page.getByLabel('Budget').fill('80');
    const richer = await bars();
    expect(sum(richer)).toBeGreaterThan(sum(before));
    expect(await page.locator('#curve-text').textContent()).toContain('80.0 leave it');
    await page.getByLabel('Complexity').fill('0');
    expect(await page.locator('#slope-value').textContent()).toBe('0.400');
    const simple = await bars();
    await page.getByLabel('Slope').fill('0');
    const flat = await bars();
    const fall = (values: number[]) => values[1]! - values.at(-1)!;
    expect(fall(simple)).toBeGreaterThan(fall(flat));
  });

  it('works with the keyboard alone', async () => {
    const page = await open(1280, 900);
    const focused = () =>
      page.evaluate<string>('document.activeElement.id || document.activeElement.tagName');
    const tabTo = async (id: string): Promise<void> => {
      for (let press = 0; (await focused()) !== id; press++) {
        expect(press).toBeLessThan(30);
        await page.keyboard.press('Tab');
      }
    };
    await tabTo('file');
    await tabTo('example');
    await page.keyboard.press('Enter');
    await page.getByRole('img', { name: 'The example picture' }).waitFor();
    await tabTo('question');
    await tabTo('method-1');
    // Typed as a person would, since several names begin alike.
    await page.keyboard.type('fastv');
    await tabTo('submit');
    await page.keyboard.press('Enter');
    await page.locator('.overlay').nth(1).waitFor();
    expect(await page.locator('.panel h3').nth(1).textContent()).toBe('fastv');
    await tabTo('layer');
    const before = await page.locator('#layer-value').textContent();
    await page.keyboard.press('ArrowRight');
    expect(await page.locator('#layer-value').textContent()).not.toBe(before);
  });

  it('fits a phone', async () => {
    const page = await open(360, 740);
    await askExample(page);
    const width = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(width).toBeLessThanOrEqual(360);
    expect(await seriousFindings(page)).toEqual([]);
    await picture(page, 'phone');
  });

  it('says what is wrong', async () => {
    const page = await open(800, 800);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    const alert = page.getByRole('alert');
    await expect
      .poll(() => alert.textContent(), { timeout: 20_000 })
      .toBe('Choose a picture first');
    const noise = { name: 'a.png', mimeType: 'image/png', buffer: Buffer.from('noise') };
    await page.locator('#file').setInputFiles(noise);
    await expect.poll(() => alert.textContent(), { timeout: 20_000 }).toBe('');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await expect.poll(() => alert.textContent(), { timeout: 20_000 }).toContain('picture 1');
  });
});
