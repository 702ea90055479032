// SPDX-License-Identifier: Apache-2.0
// node browser_test.js REPORT_PAGES NODE_MODULES [SCREENSHOT_FOLDER]
// Opens the HTML reports in headless Chromium. Exit 0 passed, 1 failed, 77 skipped.
'use strict';

const assert = require('node:assert');
const { execFileSync } = require('node:child_process');
const path = require('node:path');
const { inBrowser, opened, skipWithout } = require('./harness.js');

const [pagesProgram, modules, screenshots] = process.argv.slice(2).map((argument) => path.resolve(argument));
skipWithout(modules);

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
    const least = ['before-chart', 'graph-chart'].includes(id) ? 3 : 8;  // graphs of two or three operators
    assert.ok(marks >= least, `${id} has ${marks} marks`);
  }
}

// What the chart holds: points [intensity, attained], dashed lines up to the ceiling, roofs as pairs of ends.
const roofline = (page, id) => page.$eval(`#${id}`, (place) => {
  const { series } = echarts.getInstanceByDom(place).getOption();
  const ends = (pairs) => pairs.map(([from, to]) => [from.coord, to.coord]);
  const real = series.filter(({ data, silent }) => data.length > 0 && !silent);
  return { roofs: ends(series[0].markLine.data), series: real.map(({ name, data, markLine }) => ({ name, lost: ends(markLine.data),
    points: data.map(({ value, symbol, point }) => ({ value, symbol, row: point.row.name, run: point.run.configuration })) })) };
});

// Every point of the chart against the JSON of the page, from counters by a division of its own.
async function assertRoofline(page, id, runs) {
  const chart = await roofline(page, id);
  const island = await page.$eval('#data', (script) => JSON.parse(script.textContent).groups[0].runs);
  const near = (a, b) => assert.ok(Math.abs(a / b - 1) < 1e-9, `${a} is not ${b}`);
  let count = 0;
  for (const { points, lost } of chart.series) {
    points.forEach(({ value, row: name, run: configuration }, i) => {
      const run = island.find((each) => each.configuration === configuration);
      const row = name === 'total' ? run.totals : run.classes.find((each) => each.name === name);
      const intensity = row.macs / (row.weight_bytes + row.kv_bytes + row.activation_read_bytes + row.output_write_bytes);
      near(value[0], intensity);
      near(value[1], (row.macs / row.cycles) * run.clock_hz);
      assert.deepStrictEqual(lost[i][0], value);
      near(lost[i][1][0], intensity);
      near(lost[i][1][1], Math.min((row.macs / row.ideal_cycles) * run.clock_hz, intensity * run.peak_dram_bytes_per_second));
      count += 1;
    });
  }
  const expected = runs.map((name) => island.find((run) => run.configuration === name));
  assert.strictEqual(count, expected.reduce((sum, run) => sum + 1 + run.classes.filter(({ macs }) => macs > 0).length, 0));
  // The peaks of large_run.h: 512 GB/s, 2048 MACs a cycle, with int8 1024.
  assert.deepStrictEqual(chart.roofs.slice(1).map(([[, y], [, end]]) => [y, end]).sort(), [[1.024e12, 1.024e12], [2.048e12, 2.048e12]]);
  near(chart.roofs[0][0][1] / chart.roofs[0][0][0], 512e9);
  assert.deepStrictEqual(chart.roofs[0][1], [4, 2.048e12]);
  return chart;
}

const column = (page, index) => page.$$eval('#operator-table tbody tr', (rows, at) => rows.map((row) => row.children[at].textContent), index);
const cyclesOf = (texts) => texts.map((text) => Number(text.replace(/,/g, '')));

async function checkRun(page) {
  assert.strictEqual(await page.textContent('#title'), 'llama-2-7b on bitmod');
  await assertDrawn(page, ['cycles-chart', 'bytes-chart', 'roofline-chart', 'timeline-chart']);

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
  // The arrow keys go through the points of the roofline; the hover has every number exactly.
  const { series } = await assertRoofline(page, 'roofline-chart', ['bitmod']);
  assert.deepStrictEqual(series.map(({ name }) => name), ['attention_proj', 'attention', 'mlp', 'head', 'total']);
  await page.focus('#roofline-chart');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  const tip = page.locator('#roofline-chart .hover');
  const attention = await page.$eval('#data', (script) => JSON.parse(script.textContent).groups[0].runs[0].classes.find(({ name }) => name === 'attention'));
  for (const text of ['attention, bitmod (fast)', `intensity: ${Number(attention.operational_intensity.toPrecision(12))} MACs/B`, `attained: ${(Math.round(attention.macs_per_second)).toLocaleString('en-US')} MACs/s`, '= macs / dram_bytes', 'limited by the DRAM']) {
    assert.ok((await tip.textContent()).includes(text), `${text} in ${await tip.textContent()}`);
  }
  const table = await page.$$eval('#roofline-table tbody tr, #roofline-table tfoot tr', (lines) => lines.map((line) => [line.firstChild.textContent, line.lastChild.textContent]));
  assert.deepStrictEqual(table, [['norm', ''], ['attention_proj', 'DRAM'], ['attention', 'DRAM'], ['mlp', 'DRAM'], ['head', 'DRAM'], ['total', 'DRAM']]);
  assert.match(await page.textContent('#roofline-caption'), /Without a place in the chart, for want of MACs or of traffic: norm\./);
  await page.click('button[data-scale="share"]');
  await assertDrawn(page, ['cycles-chart', 'bytes-chart', 'roofline-chart', 'timeline-chart']);
}

async function checkComparison(page) {
  await assertDrawn(page, ['comparison-cycles', 'comparison-bytes', 'comparison-roofline', 'cycles-chart', 'bytes-chart', 'roofline-chart', 'timeline-chart']);
  const rows = await page.$$eval('#comparison-table tbody tr', (lines) => lines.map((line) => Array.from(line.children, (cell) => cell.textContent)));
  assert.deepStrictEqual(rows.map((row) => row[0]), ['fp16', 'bitmod']);
  assert.strictEqual(rows[0][6], '1.000');
  const { series } = await assertRoofline(page, 'comparison-roofline', ['fp16', 'bitmod']);
  assert.deepStrictEqual(series.map(({ name }) => name), ['fp16', 'bitmod']);
  assert.deepStrictEqual(series[0].points.map(({ symbol }) => symbol), series[1].points.map(({ symbol }) => symbol), 'a mark is a class');
  assert.strictEqual(new Set(series[0].points.slice(0, -1).map(({ symbol }) => symbol)).size, 4, 'classes differ in their marks');
  await assertRoofline(page, 'roofline-chart', ['bitmod']);
  const before = await page.textContent('#headline');
  await page.selectOption('#run', '0');
  assert.notStrictEqual(await page.textContent('#headline'), before);
}

const shownSpeedUp = (page) => page.$eval('#comparison-table tbody tr:last-child [data-metric=speed_up]', (cell) => [cell.dataset.metric, cell.textContent]);

async function checkGroups(page) {
  const charts = ['comparison-cycles', 'comparison-bytes', 'comparison-roofline', 'cycles-chart', 'bytes-chart', 'roofline-chart', 'timeline-chart'];
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
  await assertDrawn(page, ['cycles-chart', 'bytes-chart', 'roofline-chart']);  // one run without a timeline
  assert.ok(await page.isHidden('#run-choice'));
  await page.keyboard.press('ArrowRight');
  assert.strictEqual(await page.$eval('[role=tab][aria-selected=true]', (tab) => tab.id), 'tab-0');
  await assertDrawn(page, charts);
}

// The numbers of example_run.h, which sum to 1500 cycles.
async function checkGap(page) {
  const rows = await page.$$eval('#gap-table tbody tr', (lines) => lines.map((line) => [...line.children].slice(0, 3).map((cell) => cell.textContent)));
  assert.deepStrictEqual(rows, [
    ['analytical', '1,000', '66.7'], ['padding', '+200', '13.3'], ['fill', '+50', '3.3'], ['operand stall', '0', '0.0'],
    ['drain', '+80', '5.3'], ['vector', '+150', '10.0'], ['schedule', '-30', '-2.0'], ['DRAM latency, turnaround', '+10', '0.7'],
    ['DRAM row misses', '+15', '1.0'], ['DRAM bank groups', '-7', '-0.5'], ['DRAM refresh', '+20', '1.3'], ['port width', '+7', '0.5'],
    ['port conflicts', '+5', '0.3'], ['cycles', '1,500', '100.0'],
  ]);
  assert.strictEqual(await page.locator('#gap-table span.less').count(), 2);
  // Each bar begins where the one before ended.
  const bars = await page.$$eval('#gap-table span', (spans) => spans.map(({ className, style }) => [className, parseFloat(style.marginLeft), parseFloat(style.width)]));
  let reached = 0;
  for (const [kind, from, width] of bars.slice(0, -1)) {
    assert.ok(Math.abs((kind === 'less' ? from + width : from) - reached) < 0.01, `${from} + ${width}, not from ${reached}`);
    reached = kind === 'less' ? from : from + width;
  }
  const silent = await page.$$eval('#gap-table td:not(.stretch), #memory-table td', (cells) => cells.filter((cell) => !cell.dataset.metric).length);
  assert.strictEqual(silent, 0);
  assert.ok((await page.textContent('#memory-table')).includes('DRAM row hit rate74.1 %'));
}

async function checkHostile(page) {
  assert.strictEqual(await page.title(), "</script><script>document.title='broken'</script> on <img src=x onerror=\"document.title='broken'\"> - Vernier");
  assert.strictEqual(await page.$$eval('img, b, main script', (found) => found.length), 0);
  assert.ok((await column(page, 0)).includes('<!--<script>'));
  assert.ok((await column(page, 1)).includes('</table>&amp;\uFFFD{{data}}'));
  assert.strictEqual(await page.textContent('#notes li'), '</ul><b>bold</b>');
}

const cells = (page, table) => page.$$eval(`#${table} tbody tr`, (lines) => lines.map((line) => Array.from(line.children, (cell) => cell.textContent)));
const cards = (page) => page.$$eval('#headline > div', (list) => Object.fromEntries(list.map((card) => [card.children[0].textContent, card.children[1].textContent])));

// example_schedule.h in 75 bytes: y is written before b, which needs 70, and comes back for c.
// a -> c <- b: two columns. Before, in the page of `schedule`, b and c were one operator.
async function checkGraphs(page) {
  assert.deepStrictEqual(await cells(page, 'graph-table'), [['before', '2', '4', '120', 'bc', '80'], ['after fusing and splitting', '3', '5', '140', 'b', '70']]);
  const drawn = await page.$$eval('#before-chart, #graph-chart', (places) => places.map((place) => {
    const { data, links } = echarts.getInstanceByDom(place).getOption().series[0];
    return { columns: data.map(({ x }) => x), links: links.map(({ source, target }) => `${source} ${target}`) };
  }));
  const [before, after] = drawn;
  assert.deepStrictEqual([before.links, after.links], [['0 1'], ['0 2', '1 2']]);
  assert.ok(before.columns[0] < before.columns[1]);
  assert.ok(after.columns[0] === after.columns[1] && after.columns[1] < after.columns[2]);
}

async function checkSchedule(page) {
  await checkGraphs(page);
  assert.strictEqual(await page.textContent('#title'), 'three');
  assert.strictEqual(await page.textContent('#subtitle'), '3 operators, 5 tensors, scratchpad of 75 B');
  await assertDrawn(page, ['map-chart', 'before-chart', 'graph-chart']);
  assert.deepStrictEqual(await cards(page), { 'non-compulsory': '40 B', 'lower bound': '0 B', gap: '100.0 %', compulsory: '100 B',
    'reads again': '20 B', 'writes of what comes back': '20 B', 'most resident': '70 B', scratchpad: '75 B' });
  assert.match(await page.textContent('#status'), /^Status feasible, a rule, not a search\. Solver topo_belady_ff, /);
  assert.deepStrictEqual(await cells(page, 'residency-table'), [
    ['x', 'input', '40', '0', 'a', '0', 'a', '0', 'first fetch', 'no longer needed'],
    ['y', 'act', '20', '0', 'a', '0', 'a', '40', 'produced', 'written to DRAM, fetched again in step 2'],
    ['w', 'weight', '50', '1', 'b', '1', 'b', '0', 'first fetch', 'no longer needed'],
    ['z', 'act', '20', '1', 'b', '2', 'c', '50', 'produced', 'no longer needed'],
    ['y', 'act', '20', '2', 'c', '2', 'c', '0', 'fetched again', 'no longer needed'],
    ['r', 'act', '10', '2', 'c', '2', 'c', '20', 'produced', 'stored: a result of the network'],
  ]);
  const map = await page.$eval('#map-chart', (place) => {
    const chart = echarts.getInstanceByDom(place);
    const { series, xAxis, yAxis } = chart.getOption();
    return { boxes: series.flatMap(({ name, data }) => data.map(({ value }) => [name, ...value])), top: yAxis[0].max, end: xAxis[0].max,
      names: [0, 1, 2, 3, 0.5].map((value) => xAxis[0].axisLabel.formatter(value)), z: chart.convertToPixel({ gridIndex: 0 }, [2, 60]) };
  });
  assert.deepStrictEqual(map.boxes, [['input', 0, 1, 0, 40], ['weight', 1, 2, 0, 50], ['activation', 0, 1, 40, 60], ['activation', 1, 3, 50, 70],
    ['output of the network', 2, 3, 20, 30], ['fetched again', 2, 3, 0, 20]]);
  assert.deepStrictEqual([map.top, map.end, map.names], [75, 3, ['0 a', '1 b', '2 c', '', '']]);
  // The pointer on a rectangle shows the tensor.
  await page.locator('#map-chart').scrollIntoViewIfNeeded();
  const at = await page.$eval('#map-chart', (place) => { const { left, top } = place.getBoundingClientRect(); return [left, top]; });
  await page.mouse.move(at[0] + map.z[0] - 20, at[1] + map.z[1]);
  await page.mouse.move(at[0] + map.z[0], at[1] + map.z[1]);
  const tip = page.locator('#map-chart .hover');
  await tip.waitFor({ timeout: 5000 });
  assert.strictEqual(await tip.textContent(), 'zact, 20 Bsteps 1 to 2, b to caddress 50 to 69produced; no longer needed');
  await page.focus('#map-chart');
  await page.keyboard.press('+');
  assert.deepStrictEqual(await page.$eval('#map-chart', (place) => { const { start, end } = echarts.getInstanceByDom(place).getOption().dataZoom[0]; return [start, end]; }), [25, 75]);
  await page.keyboard.press('0');
}

async function checkSweep(page) {
  await assertDrawn(page, ['sweep-chart', 'map-chart', 'graph-chart']);
  assert.deepStrictEqual((await cells(page, 'sweep-table')).map((row) => row.slice(0, 6)), [
    ['50', 'infeasible', '\u2013', '\u2013', '\u2013', '\u2013'], ['75', 'feasible', '40', '0', '100.0 %', '40'], ['150', 'optimal', '0', '0', '0.0 %', '0']]);
  assert.strictEqual(await page.textContent('#sweep-caption'), 'In the smallest size the largest operator does not fit.');
  const lines = await page.$eval('#sweep-chart', (place) => echarts.getInstanceByDom(place).getOption().series.map(({ name, data }) => [name, data]));
  assert.deepStrictEqual(lines.slice(0, 3), [['this schedule', [[75, 40], [150, 0]]], ['lower bound', [[75, 0], [150, 0]]], ['topo_belady_ff', [[75, 40], [150, 0]]]]);
  assert.strictEqual(lines.length, 7);
  // The map is that of the size chosen.
  assert.strictEqual((await cells(page, 'residency-table')).length, 6);
  await page.selectOption('#size', '2');
  assert.strictEqual((await cells(page, 'residency-table')).length, 5);
  assert.strictEqual((await cards(page)).scratchpad, '150 B');
  await assertDrawn(page, ['sweep-chart', 'map-chart', 'graph-chart']);
}

async function checkCapacity(page) {
  assert.deepStrictEqual(await chartIds(page), ['graph-chart']);
  assert.strictEqual((await cells(page, 'residency-table'))[3][7], '\u2013');
  assert.strictEqual((await cards(page))['non-compulsory'], '40 B');
}

async function checkHostileSchedule(page) {
  assert.strictEqual(await page.title(), "</script><script>document.title='broken'</script> - Vernier");
  assert.strictEqual(await page.$$eval('img, b, main script', (found) => found.length), 0);
  await assertDrawn(page, ['map-chart', 'graph-chart']);
  const rows = await cells(page, 'residency-table');
  assert.strictEqual(rows[1][0], "<img src=x onerror=\"document.title='broken'\">");
  assert.strictEqual(rows[2][4], '</table><b>\uFFFD{{data}}');
}

inBrowser(modules, async (context, folder) => {
  execFileSync(pagesProgram, [folder], { stdio: 'inherit' });
  for (const colorScheme of ['light', 'dark']) {
    for (const [name, check] of [['run', checkRun], ['comparison', checkComparison], ['groups', checkGroups], ['gap', checkGap], ['hostile', checkHostile],
      ['schedule', checkSchedule], ['sweep', checkSweep], ['capacity', checkCapacity], ['hostile_schedule', checkHostileSchedule]]) {
      const { page, complaints } = await opened(context, path.join(folder, `${name}.html`), colorScheme);
      await check(page);
      if (screenshots) await page.screenshot({ path: path.join(screenshots, `${name}-${colorScheme}.png`), fullPage: true });
      if (screenshots && colorScheme === 'light' && !name.startsWith('hostile')) await page.pdf({ path: path.join(screenshots, `${name}.pdf`), preferCSSPageSize: true });
      assert.deepStrictEqual(complaints, [], `${name}, ${colorScheme}`);
      await page.close();
      console.log(`ok ${name} ${colorScheme}`);
    }
  }
});
