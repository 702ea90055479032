// SPDX-License-Identifier: Apache-2.0
// node browser_test.js REPORT_PAGES NODE_MODULES [SCREENSHOT_FOLDER]
// Opens the HTML reports in headless Chromium. Exit 0 passed, 1 failed, 77 skipped.
'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const [pagesProgram, modules, screenshots] = process.argv.slice(2).map((argument) => path.resolve(argument));
const candidates = [process.env.VERNIER_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = candidates.find((file) => file && fs.existsSync(file));

function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}
if (!executablePath) skip(`no Chromium at ${candidates.filter(Boolean).join(', ')} (Debian: apt-get install chromium)`);
if (!fs.existsSync(path.join(modules, 'playwright-core'))) skip('playwright-core is not in the build folder: configure with BUILD_TESTING=ON');

const { chromium } = require(path.join(modules, 'playwright-core'));
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'vernier-report-'));
const chartIds = (page) => page.$$eval('.chart', (places) => places.filter((place) => place.offsetParent).map((place) => place.id));

// The charts that are visible have a drawing: shapes in SVG, coloured pixels on a canvas.
async function assertDrawn(page, expected) {
  assert.deepStrictEqual(await chartIds(page), expected);
  await page.waitForFunction((ids) => ids.every((id) => {
    const place = document.getElementById(id);
    return echarts.getInstanceByDom(place).getWidth() === place.clientWidth && place.clientWidth > 300;
  }), expected, { timeout: 5000 });
  for (const id of expected) {
    const marks = await page.$eval(`#${id}`, (place) => {
      const canvas = place.querySelector('canvas');
      if (!canvas) return place.querySelectorAll('svg path').length;
      const copy = Object.assign(document.createElement('canvas'), { width: canvas.width, height: canvas.height });
      const context = copy.getContext('2d', { willReadFrequently: true });
      context.drawImage(canvas, 0, 0);
      const pixels = context.getImageData(0, 0, canvas.width, canvas.height).data;
      const colours = new Set();
      for (let i = 0; i < pixels.length; i += 4) if (pixels[i + 3] === 255) colours.add(pixels[i] * 65536 + pixels[i + 1] * 256 + pixels[i + 2]);
      return colours.size;
    });
    assert.ok(marks >= 8, `${id} has ${marks} marks`);
  }
}

const column = (page, index) => page.$$eval('#operator-table tbody tr', (rows, at) => rows.map((row) => row.children[at].textContent), index);
const cyclesOf = (texts) => texts.map((text) => Number(text.replace(/,/g, '')));

async function checkRun(page) {
  assert.strictEqual(await page.textContent('#title'), 'llama-2-7b on bitmod');
  await assertDrawn(page, ['cycles-chart', 'bytes-chart', 'timeline-chart']);

  // The table starts with the most cycles first; a heading turns the order, a name sorts ascending.
  const cycles = page.locator('#operator-table thead button', { hasText: /^cycles$/ });
  const names = await page.$$eval('#operator-table thead th', (cells) => cells.map((cell) => cell.firstChild.textContent));
  const at = names.indexOf('cycles');
  const falling = cyclesOf(await column(page, at));
  assert.deepStrictEqual(falling, falling.slice().sort((a, b) => b - a));
  await cycles.focus();
  await page.keyboard.press('Enter');
  assert.deepStrictEqual(cyclesOf(await column(page, at)), falling.slice().reverse());
  assert.strictEqual(await page.evaluate(() => document.activeElement.textContent), 'cycles', 'focus stays on the heading');
  await page.click('#operator-table thead th:first-child button');
  const sorted = await column(page, 0);
  assert.deepStrictEqual(sorted, sorted.slice().sort((a, b) => a.localeCompare(b)));
  await page.click('button[data-rows="classes"]');
  assert.deepStrictEqual((await column(page, 0)).slice().sort(), ['attention', 'attention_proj', 'head', 'mlp', 'norm']);
  await page.click('button[data-rows="layers"]');

  // Every number in a table or card says its unit and meaning.
  const silent = await page.$$eval('td:not(.text), #headline > div', (cells) =>
    cells.filter((cell) => cell.textContent && !cell.dataset.metric).map((cell) => cell.outerHTML));
  assert.deepStrictEqual(silent, []);
  await page.locator('#headline > div').first().focus();
  const hover = await page.textContent('#hover');
  assert.match(hover, /cycles: [\d,]+ cycles/);
  assert.match(hover, /every cycle of the run belongs to exactly one operator/);
  await page.keyboard.press('Escape');
  assert.ok(await page.isHidden('#hover'));

  // The timeline zooms by button and by keyboard.
  const window = () => page.$eval('#timeline-chart', (place) => {
    const { start, end } = echarts.getInstanceByDom(place).getOption().dataZoom[0];
    return [start, end];
  });
  await page.click('button[data-zoom="in"]');
  assert.deepStrictEqual(await window(), [25, 75]);
  await page.focus('#timeline-chart');
  await page.keyboard.press('ArrowLeft');
  assert.deepStrictEqual(await window(), [12.5, 62.5]);
  await page.keyboard.press('0');
  assert.deepStrictEqual(await window(), [0, 100]);
  await page.click('button[data-scale="share"]');
  await assertDrawn(page, ['cycles-chart', 'bytes-chart', 'timeline-chart']);
}

async function checkComparison(page) {
  await assertDrawn(page, ['comparison-cycles', 'comparison-bytes', 'cycles-chart', 'bytes-chart', 'timeline-chart']);
  const rows = await page.$$eval('#comparison-table tbody tr', (lines) => lines.map((line) => Array.from(line.children, (cell) => cell.textContent)));
  assert.deepStrictEqual(rows.map((row) => row[0]), ['fp16', 'bitmod']);
  assert.strictEqual(rows[0][6], '1.000');
  const before = await page.textContent('#headline');
  await page.selectOption('#run', '0');
  assert.notStrictEqual(await page.textContent('#headline'), before);
}

const shownSpeedUp = (page) => page.$eval('#comparison-table tbody tr:last-child [data-metric=speed_up]', (cell) => [cell.dataset.metric, cell.textContent]);

async function checkGroups(page) {
  const charts = ['comparison-cycles', 'comparison-bytes', 'cycles-chart', 'bytes-chart', 'timeline-chart'];
  assert.strictEqual(await page.textContent('#title'), 'llama-2-7b, opt-1.3b: fp16, bitmod');
  // The overview has every run once, and its numbers are those of the groups.
  const overview = await page.$$eval('#overview-table tbody tr', (lines) => lines.map((line) => Array.from(line.children, (cell) => cell.textContent)));
  assert.deepStrictEqual(overview.map((row) => row[row.length - 6]), ['llama-2-7b decode, 1 token', undefined, 'llama-2-7b prefill, 256 tokens', undefined, 'opt-1.3b decode, 1 token']);
  assert.deepStrictEqual(overview.map((row) => row[row.length - 5]), ['fp16', 'bitmod', 'fp16', 'bitmod', 'bitmod']);
  const speedUps = overview.map((row) => row[row.length - 1]);
  assert.deepStrictEqual([speedUps[0], speedUps[2], speedUps[4]], ['1.000', '1.000', '1.000']);
  assert.ok(Number(speedUps[1]) > Number(speedUps[3]) && Number(speedUps[3]) > 1, String(speedUps));

  const tabs = page.locator('#tabs button');
  assert.strictEqual(await tabs.count(), 3);
  assert.match(await tabs.nth(0).textContent(), /^llama-2-7b decode, 1 tokenbitmod [\d.]+\u00d7 as fast as fp16$/);
  await assertDrawn(page, charts);
  assert.deepStrictEqual(await shownSpeedUp(page), ['speed_up', speedUps[1]]);
  await page.selectOption('#run', '0');
  assert.match(await page.textContent('#subtitle'), /^decode, 1 token, fp16 at/);

  // Another tab keeps the configuration; arrow keys move and wrap around.
  await tabs.nth(1).click();
  await assertDrawn(page, charts);
  assert.deepStrictEqual(await shownSpeedUp(page), ['speed_up', speedUps[3]]);
  assert.match(await page.textContent('#subtitle'), /^prefill, 256 tokens, fp16 at/);
  assert.strictEqual(await page.$eval('#run', (choice) => choice.value), '0');
  await page.keyboard.press('ArrowRight');
  assert.strictEqual(await page.evaluate(() => document.activeElement.id), 'tab-2');
  assert.match(await page.textContent('#subtitle'), /^decode, 1 token, bitmod at/);
  await assertDrawn(page, ['cycles-chart', 'bytes-chart']);  // one run without a timeline
  assert.ok(await page.isHidden('#run-choice'));
  await page.keyboard.press('ArrowRight');
  assert.strictEqual(await page.$eval('[role=tab][aria-selected=true]', (tab) => tab.id), 'tab-0');
  await assertDrawn(page, charts);
}

async function checkHostile(page) {
  assert.strictEqual(await page.title(), "</script><script>document.title='broken'</script> on <img src=x onerror=\"document.title='broken'\"> - Vernier");
  assert.strictEqual(await page.$$eval('img, b, main script', (found) => found.length), 0);
  assert.ok((await column(page, 0)).includes('<!--<script>'));
  assert.ok((await column(page, 1)).includes('</table>&amp;\uFFFD{{data}}'));
  assert.strictEqual(await page.textContent('#notes li'), '</ul><b>bold</b>');
}

async function main() {
  execFileSync(pagesProgram, [folder], { stdio: 'inherit' });
  const context = await chromium.launchPersistentContext(path.join(folder, 'profile'), {
    executablePath, headless: true, viewport: { width: 1280, height: 900 },
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
  });
  try {
    for (const colorScheme of ['light', 'dark']) {
      for (const [name, check] of [['run', checkRun], ['comparison', checkComparison], ['groups', checkGroups], ['hostile', checkHostile]]) {
        const page = await context.newPage();
        const complaints = [];
        page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
        page.on('pageerror', (error) => complaints.push(String(error)));
        page.on('request', (request) => { if (!/^(file|data|blob):/.test(request.url())) complaints.push(`requested ${request.url()}`); });
        await page.emulateMedia({ colorScheme });
        await page.goto(`file://${path.join(folder, `${name}.html`)}`);
        await check(page);
        if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}-${colorScheme}.png`), fullPage: true });
        if (screenshots && colorScheme === 'light' && name !== 'hostile') await page.pdf({ path: path.join(screenshots, `${name}.pdf`), preferCSSPageSize: true });
        assert.deepStrictEqual(complaints, [], `${name}, ${colorScheme}`);
        await page.close();
        console.log(`ok ${name} ${colorScheme}`);
      }
    }
  } finally {
    await context.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
