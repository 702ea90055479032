// SPDX-License-Identifier: Apache-2.0
// What the browser tests share: Chromium, a folder that is removed again, and pages that may not complain.
'use strict';

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const candidates = [process.env.VERNIER_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = candidates.find((file) => file && fs.existsSync(file));

function skip(reason) {
  console.log(`skipped: ${reason}`);
  process.exit(77);
}

// Ends the test as skipped where there is no browser, or nothing to drive it with.
function skipWithout(modules) {
  if (!executablePath) skip(`no Chromium at ${candidates.filter(Boolean).join(', ')} (Debian: apt-get install chromium)`);
  if (!fs.existsSync(path.join(modules, 'playwright-core'))) skip('playwright-core is not in the build folder: configure with BUILD_TESTING=ON');
}

// Runs test(context, folder); exit 0 if it returns, 1 if it throws.
async function inBrowser(modules, test) {
  const { chromium } = require(path.join(modules, 'playwright-core'));
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'vernier-report-'));
  let status = 0;
  try {
    const context = await chromium.launchPersistentContext(path.join(folder, 'profile'), {
      executablePath, headless: true, viewport: { width: 1280, height: 900 },
      args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run'],
    });
    try {
      await test(context, folder);
    } finally {
      await context.close();
    }
  } catch (error) {
    console.error(error);
    status = 1;
  }
  fs.rmSync(folder, { recursive: true, force: true });
  process.exit(status);
}

// A page of a file, with everything it complains about or asks the network for.
async function opened(context, file, colorScheme) {
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => { if (['error', 'warning'].includes(message.type())) complaints.push(message.text()); });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => { if (!/^(file|data|blob):/.test(request.url())) complaints.push(`requested ${request.url()}`); });
  await page.emulateMedia({ colorScheme });
  await page.goto(`file://${file}`);
  return { page, complaints };
}

module.exports = { inBrowser, opened, skipWithout };
