import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findBrowser, NO_BROWSER } from '../scripts/browser.mjs';

/**
 * Opens a report in headless Chromium and looks at each plot and picture: it must be loaded, have a size and lie in the page.
 *
 * @param address  of the page
 * @param folder  where screenshots go: the top, and the whole page with everything folded out
 */
export async function checkReportPage(address, folder) {
  const executablePath = findBrowser();
  if (!executablePath) throw new Error(NO_BROWSER);
  const browser = await chromium.launch({ executablePath });
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    const errors = [];
    page.on('pageerror', ({ message }) => errors.push(message));
    page.on('requestfailed', (request) =>
      errors.push(`not loaded: ${request.url().slice(0, 100)}`),
    );
    await page.goto(address, { waitUntil: 'load' });
    await page.screenshot({ path: join(folder, 'top.png') });
    const found = await page.evaluate(async () => {
      for (const fold of document.querySelectorAll('details')) fold.open = true;
      const images = [...document.querySelectorAll('img')];
      await Promise.all(images.map((image) => image.decode().catch(() => {})));
      const hasSize = (element) => {
        const { width, height } = element.getBoundingClientRect();
        return width > 20 && height > 20 && element.checkVisibility();
      };
      const plots = [...document.querySelectorAll('svg')];
      const isEmpty = (plot) => plot.querySelectorAll('circle').length === 0;
      return {
        plots: plots.length,
        pictures: images.length,
        invisible: [
          ...plots
            .filter((plot) => !hasSize(plot) || isEmpty(plot))
            .map((plot) => plot.getAttribute('aria-label')),
          ...images
            .filter((image) => !hasSize(image) || image.naturalWidth === 0)
            .map((image) => image.closest('figure')?.textContent ?? 'a picture'),
        ],
        scrollsSideways: document.documentElement.scrollWidth > window.innerWidth,
      };
    });
    await page.screenshot({ path: join(folder, 'whole.png'), fullPage: true });
    return { ...found, errors };
  } finally {
    await browser.close();
  }
}
