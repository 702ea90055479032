// SPDX-License-Identifier: Apache-2.0
// The page without its charts: headline numbers, tables, definitions on hover and focus. Everything from the
// data is set as text, never as markup.
const data = JSON.parse(document.getElementById('data').textContent);
const metricByName = new Map(data.metrics.map((metric) => [metric.name, metric]));
// The group of runs of the same work that is shown, and the run of it that is shown in detail.
let group = data.groups[0];
let current = group.runs[group.runs.length - 1];

// --- headline --------------------------------------------------------------------------------------------

function fillHeadline() {
  const list = byId('headline');
  list.replaceChildren();
  for (const name of ['cycles', 'seconds', 'utilization', 'macs', 'dram_bytes', 'dram_bytes_per_second', 'instructions', 'energy_pj']) {
    const metric = metricByName.get(name);
    const value = current.totals[name];
    const card = describe(element('div', undefined, { tabindex: 0 }), metric, value);
    card.append(element('dt', metric.label));
    if (value === null) {
      card.append(element('dd', 'no sourced number', { class: 'absent' }));
    } else {
      const scale = scaleFor(metric.unit, value, { binary: 1024, decimal: 1000 });
      const number = element('dd', shown(value, scale));
      number.append(element('small', ` ${metric.label === metric.unit ? scale.prefix : scale.unit}`));
      card.append(number);
    }
    list.append(card);
  }
}

const distinct = (field) => [...new Set(data.groups.flatMap(({ runs }) => runs.map((run) => run[field])))];
const workOf = ({ phase, tokens }) => `${phase}, ${tokens === 1 ? '1 token' : `${grouped(tokens, 0)} tokens`}`;

function fillOrigin() {
  const clock = current.clock_hz >= 1e9 ? `${current.clock_hz / 1e9} GHz` : `${current.clock_hz / 1e6} MHz`;
  byId('title').textContent = data.groups.length === 1 && group.runs.length === 1
    ? `${current.network} on ${current.configuration}`
    : `${distinct('network').join(', ')}: ${distinct('configuration').join(', ')}`;
  byId('subtitle').textContent = `${workOf(current)}, ${current.configuration} at ${clock}, fidelity ${current.fidelity}`;
  byId('notes').replaceChildren(...(current.notes.length ? current.notes : ['None.']).map((note) => element('li', note)));
  const origin = byId('origin');
  origin.replaceChildren();
  for (const [label, value] of [['Command', current.command], ['Version', current.version], ['Fidelity', current.fidelity],
    ['Configuration digest', current.configuration_digest], ['Seed', String(current.seed)]]) {
    origin.append(element('dt', label), element('dd', value));
  }
}

// --- tables ----------------------------------------------------------------------------------------------

let tableRows = 'layers';
let sorting = { column: 'cycles', descending: true };

function numberCell(row, metric, scale) {
  const value = row[metric.name];
  const cell = describe(element('td', shown(value, scale)), metric, value);
  if (value === 0 || value === null) cell.className = 'zero';
  return cell;
}

function sortedRows(rows) {
  const { column, descending } = sorting;
  const order = (a, b) => {
    const [x, y] = [a[column], b[column]];
    if (typeof x === 'string') return x.localeCompare(y);
    return (x === null ? -1 : x) - (y === null ? -1 : y);
  };
  return rows.slice().sort((a, b) => (descending ? order(b, a) : order(a, b)));
}

function headingCell(column, label, metric, unit) {
  const cell = element('th', undefined, { scope: 'col' });
  if (!metric) cell.className = 'text';
  const button = element('button', label, { type: 'button' });
  if (metric) describe(button, metric);
  cell.append(button);
  if (unit && unit !== label) cell.append(element('span', unit, { class: 'unit' }));
  if (sorting.column === column) cell.setAttribute('aria-sort', sorting.descending ? 'descending' : 'ascending');
  button.addEventListener('click', () => {
    sorting = { column, descending: sorting.column === column ? !sorting.descending : Boolean(metric) };
    fillOperators();
    byId('operator-table').querySelectorAll('thead button')[columnNames().indexOf(column)].focus();
  });
  return cell;
}

const textColumns = () => (tableRows === 'layers' ? [['name', 'operator'], ['layer_class', 'layer class'], ['weight_format', 'weight format']] : [['name', 'layer class']]);
const tableMetrics = () => data.metrics.filter((metric) =>
  metric.name in current.totals && !data.roofline_metrics.includes(metric.name) && metric.name !== 'energy_fj' && !(metric.name === 'energy_pj' && current.totals.energy_pj === null));
const columnNames = () => textColumns().map(([name]) => name).concat(tableMetrics().map((metric) => metric.name));

function fillOperators() {
  const rows = current[tableRows];
  if (!columnNames().includes(sorting.column)) sorting = { column: 'cycles', descending: true };
  const columns = tableMetrics().map((metric) => ({
    metric, scale: scaleFor(metric.unit, Math.max(...rows.map((row) => row[metric.name] || 0), 0)) }));
  const head = element('tr');
  for (const [name, label] of textColumns()) head.append(headingCell(name, label));
  for (const { metric, scale } of columns) head.append(headingCell(metric.name, metric.label, metric, scale.unit));
  const body = element('tbody');
  for (const row of sortedRows(rows)) {
    const line = element('tr');
    textColumns().forEach(([name], i) => line.append(i === 0 ? element('th', row[name], { scope: 'row' }) : element('td', row[name], { class: 'text' })));
    for (const { metric, scale } of columns) line.append(numberCell(row, metric, scale));
    body.append(line);
  }
  const total = element('tr');
  textColumns().forEach((_, i) => total.append(i === 0 ? element('th', 'total', { scope: 'row' }) : element('td', '')));
  for (const { metric, scale } of columns) total.append(numberCell(current.totals, metric, scale));
  const parts = [element('thead'), body, element('tfoot')];
  parts[0].append(head);
  parts[2].append(total);
  byId('operator-table').replaceChildren(...parts);
}

// Heading cell of a number column of the tables that are not sorted.
function metricHeading(metric, unit) {
  const cell = describe(element('th', metric.label, { scope: 'col', tabindex: 0 }), metric);
  if (unit !== metric.label) cell.append(element('span', unit, { class: 'unit' }));
  return cell;
}

const rowName = (metric) => describe(element('th', metric.label, { scope: 'row', tabindex: 0 }), metric);

function fillMemory() {
  const lines = data.memory_metrics.filter((name) => current.memory[name] !== null).map((name) => {
    const metric = metricByName.get(name);
    const scale = metric.unit === '1' ? scaleFor('1', 1) : { divisor: 1, digits: 0 };
    const cell = numberCell(current.memory, metric, scale);
    cell.append(element('small', ` ${metric.unit === '1' ? '%' : metric.unit}`));
    return [rowName(metric), cell];
  });
  fillTable('memory-table', [element('th', 'number', { scope: 'col' }), element('th', 'value', { scope: 'col' })], lines);
}

// Bars that continue where the one before ended: what each mechanism adds, or takes away.
function fillGap() {
  const { gap } = current;
  byId('gap').hidden = !gap;
  if (!gap) return;
  const rows = data.gap_metrics.filter((name) => gap[name] !== null).map((name) => ({ metric: metricByName.get(name), value: gap[name] }));
  let reached = 0;
  for (const row of rows) {
    row.from = Math.min(reached, reached + row.value);
    reached += row.value;
    row.to = Math.max(reached, reached - row.value);
  }
  const longest = Math.max(...rows.map(({ to }) => to), 1);
  const bar = (from, to, kind) => {
    const cell = element('td', undefined, { class: 'stretch', 'aria-hidden': 'true' });
    const mark = element('span', undefined, { class: kind });
    mark.style.marginLeft = `${(100 * from) / longest}%`;
    mark.style.width = `${(100 * (to - from)) / longest}%`;
    cell.append(mark);
    return cell;
  };
  const share = (metric, value) => describe(element('td', current.totals.cycles ? grouped((100 * value) / current.totals.cycles, 1) : '\u2013'), metric, value);
  const lines = rows.map(({ metric, value, from, to }, i) => {
    const cell = describe(element('td', `${i > 0 && value > 0 ? '+' : ''}${grouped(value, 0)}`), metric, value);
    return [rowName(metric), cell, share(metric, value), bar(from, to, value < 0 ? 'less' : i === 0 ? 'all' : 'more')];
  });
  lines.push([rowName(metricByName.get('cycles')), describe(element('td', grouped(current.totals.cycles, 0)), metricByName.get('cycles'), current.totals.cycles),
    share(metricByName.get('cycles'), current.totals.cycles), bar(0, current.totals.cycles, 'all')]);
  fillTable('gap-table', ['mechanism', 'cycles', '% of the run', ''].map((label) => element('th', label, { scope: 'col' })), lines);
}

const ratioScale = { divisor: 1, digits: 3 };
const scaleOf = (name, runs) => scaleFor(metricByName.get(name).unit, Math.max(...runs.map((run) => run.totals[name] || 0)));

function fillComparison() {
  const { runs, comparison } = group;
  byId('comparison').hidden = byId('run-choice').hidden = runs.length < 2;
  fillRanking();
  if (runs.length < 2) return;
  const names = ['cycles', 'seconds', 'utilization', 'dram_bytes', 'energy_pj'].filter((name) => runs.some((run) => run.totals[name] !== null));
  const ratios = data.comparison_metrics.filter((name) => comparison.some((row) => row[name] !== null));
  const head = element('tr');
  head.append(element('th', 'configuration', { scope: 'col' }), element('th', 'fidelity', { scope: 'col', class: 'text' }));
  const scales = names.map((name) => scaleOf(name, runs));
  names.forEach((name, i) => head.append(metricHeading(metricByName.get(name), scales[i].unit)));
  ratios.forEach((name) => head.append(metricHeading(metricByName.get(name), '\u00d7')));
  const body = element('tbody');
  runs.forEach((run, r) => {
    const line = element('tr');
    line.append(element('th', run.configuration, { scope: 'row' }), element('td', run.fidelity, { class: 'text' }));
    names.forEach((name, i) => line.append(numberCell(run.totals, metricByName.get(name), scales[i])));
    ratios.forEach((name) => line.append(numberCell(comparison[r], metricByName.get(name), ratioScale)));
    body.append(line);
  });
  const thead = element('thead');
  thead.append(head);
  byId('comparison-table').replaceChildren(thead, body);
  byId('run').replaceChildren(...runs.map((run, i) => element('option', `${run.configuration} (${run.fidelity})`, { value: i })));
  byId('run').value = String(runs.indexOf(current));
}

function fillRun() {
  fillHeadline();
  fillOrigin();
  fillRoofline();
  fillMemory();
  fillEnergy();
  fillGap();
  fillOperators();
}

// --- several groups: an overview and one tab each -----------------------------------------------------------

const groupName = ({ runs: [run] }) => (distinct('network').length > 1 ? `${run.network} ${workOf(run)}` : workOf(run));

// What a tab says below its name: the largest speed-up of the group.
function groupSummary({ runs, comparison }) {
  if (runs.length < 2) return runs[0].configuration;
  const best = comparison.reduce((a, b) => (b.speed_up > a.speed_up ? b : a), comparison[1]);
  return `${best.configuration} ${grouped(best.speed_up, 2)}\u00d7 as fast as ${runs[0].configuration}`;
}

function fillOverview() {
  const names = ['cycles', 'dram_bytes'];
  const scales = names.map((name) => scaleOf(name, data.groups.flatMap(({ runs }) => runs)));
  const speedUp = metricByName.get('speed_up');
  const head = element('tr');
  head.append(element('th', 'workload', { scope: 'col' }), element('th', 'configuration', { scope: 'col', class: 'text' }), element('th', 'fidelity', { scope: 'col', class: 'text' }),
    ...names.map((name, i) => metricHeading(metricByName.get(name), scales[i].unit)), metricHeading(speedUp, '\u00d7'));
  const parts = [element('thead')];
  parts[0].append(head);
  for (const each of data.groups) {
    const body = element('tbody');
    each.runs.forEach((run, r) => {
      const line = element('tr');
      if (r === 0) line.append(element('th', groupName(each), { scope: 'rowgroup', rowspan: each.runs.length }));
      line.append(element('td', run.configuration, { class: 'text' }), element('td', run.fidelity, { class: 'text' }),
        ...names.map((name, i) => numberCell(run.totals, metricByName.get(name), scales[i])), numberCell(each.comparison[r], speedUp, ratioScale));
      body.append(line);
    });
    parts.push(body);
  }
  byId('overview-table').replaceChildren(...parts);
}

// Makes the overview and the tabs; `redraw` draws the charts of the group that was chosen.
function offerGroups(redraw) {
  fillOverview();
  byId('overview').hidden = false;
  byId('chosen').append(byId('subtitle'), byId('run-choice'));
  byId('group').setAttribute('role', 'tabpanel');
  const tabs = data.groups.map((each, i) => {
    const tab = element('button', undefined, { type: 'button', role: 'tab', id: `tab-${i}`, 'aria-controls': 'group' });
    tab.append(element('strong', groupName(each)), element('span', groupSummary(each)));
    return tab;
  });
  const select = (at) => {
    tabs.forEach((tab, i) => { tab.setAttribute('aria-selected', String(i === at)); tab.tabIndex = i === at ? 0 : -1; });
    byId('group').setAttribute('aria-labelledby', tabs[at].id);
    const { configuration, fidelity } = current;
    group = data.groups[at];
    current = group.runs.find((run) => run.configuration === configuration && run.fidelity === fidelity) || group.runs[group.runs.length - 1];
    fillComparison();
    fillRun();
    redraw();
  };
  tabs.forEach((tab, i) => {
    tab.addEventListener('click', () => select(i));
    tab.addEventListener('keydown', (event) => {
      const step = { ArrowRight: 1, ArrowLeft: tabs.length - 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const to = (i + step) % tabs.length;
      select(to);
      tabs[to].focus();
    });
  });
  byId('tabs').replaceChildren(...tabs);
  select(0);
}

choose('rows', (rows) => { tableRows = rows; fillOperators(); });
fillComparison();
fillRun();
