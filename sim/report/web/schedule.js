// SPDX-License-Identifier: Apache-2.0
// The page of scratchpad schedules: traffic, memory map, baselines, and traffic against size.
const data = JSON.parse(byId('data').textContent);
const { graph } = data;
// The size whose schedule is shown, if there is one.
let current = data.sizes.find(({ order }) => order);

const bytes = (value) => exact(value, 'B');
const percent = (fraction) => (fraction === null ? '\u2013' : `${grouped(100 * fraction, 1)} %`);
const heading = (label, attributes) => element('th', label, { scope: 'col', ...attributes });
const textCell = (value) => element('td', value, { class: 'text' });
const operatorAt = (step) => graph.operators[current.order[step]].name;

// --- what happens to the tensors ---------------------------------------------------------------------------

const comings = { fetched: 'first fetch', produced: 'produced', again: 'fetched again' };

// Residencies of the size shown, with how they begin and end.
function residencies() {
  const list = current.residencies.map((residency) => ({ ...residency, ...graph.tensors[residency.tensor] }));
  const last = new Map();
  for (const one of list) {
    const before = last.get(one.tensor);
    one.coming = before ? 'again' : one.produced ? 'produced' : 'fetched';
    one.leaving = one.output && !before ? 'stored: a result of the network' : 'no longer needed';
    if (before) {
      const written = before.coming === 'produced' && !before.output;
      const stored = before.coming === 'produced' && before.output ? 'stored: a result of the network; ' : '';
      before.leaving = `${stored}${written ? 'written to DRAM' : 'leaves'}, fetched again in step ${one.from}`;
    }
    last.set(one.tensor, one);
  }
  return list;
}

const stepsText = ({ from, to }) => (from === to ? `step ${from}, ${operatorAt(from)}` : `steps ${from} to ${to}, ${operatorAt(from)} to ${operatorAt(to)}`);

function tensorHover(one) {
  const box = element('div', undefined, { class: 'hover' });
  box.append(element('strong', one.name), element('div', `${one.kind}, ${bytes(one.bytes)}`), element('div', stepsText(one)),
    element('div', `address ${grouped(one.address, 0)} to ${grouped(one.address + one.bytes - 1, 0)}`),
    element('em', `${comings[one.coming]}; ${one.leaving}`));
  return box;
}

// --- one size ------------------------------------------------------------------------------------------------

function fillHeadline() {
  const cards = [['non-compulsory', current.noncompulsory_bytes], ['lower bound', current.lower_bound_bytes], ['gap', null],
    ['compulsory', current.compulsory_bytes], ['reads again', current.noncompulsory_read_bytes], ['writes of what comes back', current.noncompulsory_write_bytes],
    ['most resident', current.peak_bytes], ['scratchpad', current.scratchpad_bytes]];
  byId('headline').replaceChildren(...cards.map(([label, value]) => {
    const card = element('div', undefined, { title: value === null ? '(cost - lower bound) / cost' : bytes(value) });
    const number = element('dd', value === null ? percent(current.gap) : shown(value, scaleFor('B', value)));
    if (value !== null) number.append(element('small', ` ${scaleFor('B', value).unit}`));
    card.append(element('dt', label), number);
    return card;
  }));
  const proof = current.status === 'optimal' ? 'proved: no schedule moves fewer bytes' : current.reason;
  byId('status').textContent = `Status ${current.status}, ${proof}. Solver ${current.solver}, ${grouped(current.seconds, 2)} s.`;
}

function fillBaselines() {
  const lines = current.baselines.map(({ name, addresses, noncompulsory_bytes: cost, reduction }) => [
    element('th', name, { scope: 'row' }), textCell(addresses ? 'yes' : 'no'), element('td', grouped(cost, 0)), element('td', percent(reduction))]);
  lines.push([element('th', current.solver, { scope: 'row' }), textCell(data.addresses ? 'yes' : 'no'), element('td', grouped(current.noncompulsory_bytes, 0)), element('td', '')]);
  fillTable('baseline-table', [heading('method'), heading('addresses', { class: 'text' }), heading('non-compulsory bytes'), heading('reduction')], lines);
}

function fillResidencies() {
  const headings = ['tensor', 'kind', 'bytes', 'from step', 'operator', 'to step', 'operator', 'address', 'comes in', 'leaves'];
  const asText = new Set([1, 4, 6, 8, 9]);
  fillTable('residency-table', headings.map((label, i) => heading(label, asText.has(i) ? { class: 'text' } : {})), residencies().map((one) => [
    element('th', one.name, { scope: 'row' }), textCell(one.kind), element('td', grouped(one.bytes, 0)), element('td', one.from), textCell(operatorAt(one.from)),
    element('td', one.to), textCell(operatorAt(one.to)), element('td', data.addresses ? grouped(one.address, 0) : '\u2013'), textCell(comings[one.coming]), textCell(one.leaving)]));
}

function residencyBox(params, api) {
  const low = api.coord([api.value(0), api.value(2)]);
  const high = api.coord([api.value(1), api.value(3)]);
  const shape = echarts.graphic.clipRectByRect({ x: low[0], y: high[1], width: Math.max(high[0] - low[0], 1), height: Math.max(low[1] - high[1], 1) }, params.coordSys);
  return shape && { type: 'rect', shape, style: { fill: api.visual('color'), stroke: css('page'), lineWidth: 1 } };
}

function drawMap() {
  byId('map').hidden = !data.addresses;
  if (!data.addresses) return;
  const all = residencies();
  const kinds = [['input', 'activations', (one) => one.kind === 'input' && one.coming !== 'again'], ['weight', 'kv', (one) => one.kind === 'weight' && one.coming !== 'again'],
    ['activation', 'weights', (one) => one.kind === 'act' && !one.output && one.coming !== 'again'],
    ['output of the network', 'drain', (one) => one.output && one.coming !== 'again'], ['fetched again', 'load-stall', (one) => one.coming === 'again']];
  const series = kinds.map(([name, colour, belongs]) => ({
    type: 'custom', name, renderItem: residencyBox, encode: { x: [0, 1], y: [2, 3] }, clip: true, itemStyle: { color: css(colour) },
    data: all.filter(belongs).map((one) => ({ one, value: [one.from, one.to + 1, one.address, one.address + one.bytes] })),
  })).filter((each) => each.data.length > 0);
  const scale = scaleFor('B', current.scratchpad_bytes);
  const nameOf = (value) => (Number.isInteger(value) && value < current.order.length ? `${value} ${shorten(operatorAt(value))}` : '');
  const [slider, inside] = timeZoom();
  draw('map-chart', 560, {
    tooltip: tooltip(({ data: item }) => tensorHover(item.one)), legend: legend(), series, dataZoom: [{ ...slider, labelFormatter: (value) => nameOf(Math.floor(value)) }, inside],
    grid: { left: 40, right: 40, top: 12, bottom: 70, containLabel: true },
    xAxis: { ...valueAxis(nameOf, current.order.length), min: 0, minInterval: 1, axisLabel: { color: css('soft'), formatter: nameOf, hideOverlap: true, rotate: 40, align: 'right' } },
    yAxis: { ...valueAxis((value) => grouped(value / scale.divisor, scale.digits === 0 ? 0 : 1), current.scratchpad_bytes), min: 0,
      name: `address [${scale.unit}]`, nameLocation: 'middle', nameGap: 60, nameTextStyle: { color: css('soft') } },
  }, 'canvas');
}

// --- a sweep -------------------------------------------------------------------------------------------------

const seriesColours = ['kv', 'load-stall', 'vector', 'operand-stall', 'store-stall'];

function drawSweep() {
  const feasible = data.sizes.filter(({ order }) => order);
  const largest = Math.max(...feasible.flatMap(({ baselines, noncompulsory_bytes: cost }) => [cost, ...baselines.map((one) => one.noncompulsory_bytes)]), 1);
  const scale = scaleFor('B', largest);
  const line = (name, colour, values, style = {}) => ({
    type: 'line', name, data: feasible.map((size, i) => [size.scratchpad_bytes, values[i]]), symbolSize: 7, itemStyle: { color: css(colour) }, lineStyle: { width: 1.5, ...style } });
  const series = [line('this schedule', 'accent', feasible.map((size) => size.noncompulsory_bytes), { width: 3 })];
  if (feasible.some(({ status }) => status !== 'optimal')) series.push(line('lower bound', 'accent', feasible.map((size) => size.lower_bound_bytes), { type: 'dashed' }));
  (feasible[0] ? feasible[0].baselines : []).forEach(({ name, addresses }, i) =>
    series.push(line(name, seriesColours[i % seriesColours.length], feasible.map(({ baselines }) => baselines[i].noncompulsory_bytes), { type: addresses ? 'solid' : 'dotted' })));
  const sizes = data.sizes.map((size) => size.scratchpad_bytes);
  const hover = ({ seriesName, value: [size, cost] }) => {
    const box = element('div', undefined, { class: 'hover' });
    box.append(element('strong', seriesName), element('div', `scratchpad ${bytes(size)}`), element('div', `non-compulsory ${bytes(cost)}`));
    return box;
  };
  draw('sweep-chart', 430, {
    tooltip: tooltip(hover), legend: legend(), series, grid: { left: 40, right: 40, top: 16, bottom: 76, containLabel: true },
    xAxis: { ...valueAxis((value) => { const each = scaleFor('B', value, { binary: 1024 }); return `${Number((value / each.divisor).toPrecision(3))} ${each.unit}`; }),
      type: 'log', logBase: 2, min: Math.min(...sizes), max: Math.max(...sizes), name: 'scratchpad', nameLocation: 'middle', nameGap: 26, nameTextStyle: { color: css('soft') } },
    yAxis: { ...valueAxis((value) => grouped(value / scale.divisor, 0)), min: 0, name: `non-compulsory [${scale.unit}]`, nameLocation: 'middle', nameGap: 60, nameTextStyle: { color: css('soft') } },
  });
  const small = sizes.length - feasible.length;
  byId('sweep-caption').textContent = small ? `In the ${small === 1 ? 'smallest size' : `${small} smallest sizes`} the largest operator does not fit.` : '';
}

function fillSweep() {
  const names = (current ? current.baselines : []).map(({ name }) => name);
  const number = (value) => element('td', value === null || value === undefined ? '\u2013' : grouped(value, 0));
  fillTable('sweep-table', [heading('scratchpad bytes'), heading('status', { class: 'text' }), heading('non-compulsory bytes'), heading('lower bound'), heading('gap'), ...names.map((name) => heading(name))],
    data.sizes.map((size) => [element('th', grouped(size.scratchpad_bytes, 0), { scope: 'row' }), textCell(size.status), number(size.noncompulsory_bytes),
      number(size.lower_bound_bytes), element('td', percent(size.gap)), ...names.map((_, i) => number(size.baselines[i] && size.baselines[i].noncompulsory_bytes))]));
  const choices = data.sizes.map((size, i) => [size, i]).filter(([{ order }]) => order);
  byId('run-choice').hidden = choices.length < 2;
  byId('size').replaceChildren(...choices.map(([size, i]) => element('option', bytes(size.scratchpad_bytes), { value: i })));
}

// --- all -----------------------------------------------------------------------------------------------------

function fillSize() {
  byId('schedule').hidden = !current;
  if (!current) return;
  fillHeadline();
  fillBaselines();
  fillResidencies();
}

function drawAll() {
  if (data.sweep) drawSweep();
  if (current) drawMap();
  drawGraphs();
}

byId('title').textContent = graph.name;
byId('subtitle').textContent = `${grouped(graph.operators.length, 0)} operators, ${grouped(graph.tensors.length, 0)} tensors` +
  (data.sweep ? '' : `, scratchpad of ${bytes(data.sizes[0].scratchpad_bytes)}`) + (data.addresses ? '' : '; only the sum of the tensors has to fit');
for (const [label, value] of [['Command', data.command], ['Version', data.version]]) byId('origin').append(element('dt', label), element('dd', value));
byId('sweep').hidden = !data.sweep;
if (data.sweep) fillSweep();
byId('size').addEventListener('change', (event) => { current = data.sizes[Number(event.target.value)]; fillSize(); drawMap(); });
offerZoom('map-chart');
keepDrawn(drawAll);
fillSize();
fillGraphs();
drawAll();
