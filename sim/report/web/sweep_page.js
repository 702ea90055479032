// SPDX-License-Identifier: Apache-2.0
// The page of a sweep: what is chosen at first, which view listens to what, and the origin of the numbers.

const firstTableMetrics = ['cycles', 'seconds', 'utilization', 'dram_bytes', 'load_stall_cycles', 'total_energy_pj', 'area_mm2', 'tops_per_watt'];
const axisNames = axisColumns.map(({ name }) => name);

// The two columns to start with: the first two objectives, else the first two metrics that vary.
function firstPair() {
  const plottable = objectiveNames.filter((name) => !columns.get(name).none);
  const others = ['cycles', 'area_mm2', 'total_energy_pj', 'dram_bytes', 'utilization', ...columns.keys()].filter((name) => {
    const column = columns.get(name);
    return column && column.kind === 'metric' && !column.none && varies(column);
  });
  const [first, second] = [...new Set([...plottable, ...others, ...axisNames, 'point'])];
  return [second, first];
}

// Names before numbers: they tell more in colour.
function firstColour() {
  const many = axisColumns.filter(varies);
  const byName = many.find(({ labels }) => labels && labels.length <= categoryColours);
  return (byName || many[0] || { name: '' }).name;
}

function chooseScatter(which, name) {
  scatter.names[which] = name;
  if (which !== 'colour') scatter.log[which] = logByDefault(columns.get(name));
}

function fillScatterChoices() {
  for (const which of ['x', 'y']) {
    const column = scatterColumn(which);
    byId(`${which}-log`).checked = scatter.log[which];
    byId(`${which}-log`).disabled = !canBeLog(column);
    byId(`${which}-better`).textContent = column.better > 0 ? 'most is best' : 'least is best';
    byId(`${which}-better`).disabled = Boolean(column.labels);
  }
}

function offerScatter() {
  const [x, y] = firstPair();
  chooseScatter('x', x);
  chooseScatter('y', y);
  chooseScatter('colour', firstColour());
  const all = ['objective', 'metric', 'axis', 'key', 'point'];
  fillColumnChoice(byId('x-choice'), all, x);
  fillColumnChoice(byId('y-choice'), all, y);
  fillColumnChoice(byId('colour-choice'), ['axis', 'key', 'objective', 'metric'], scatter.names.colour, 'one colour');
  const again = () => { fillScatterChoices(); drawScatter(); };
  for (const which of ['x', 'y']) {
    byId(`${which}-choice`).addEventListener('change', (event) => { chooseScatter(which, event.target.value); again(); });
    byId(`${which}-log`).addEventListener('change', (event) => { scatter.log[which] = event.target.checked; again(); });
    byId(`${which}-better`).addEventListener('click', () => { scatterColumn(which).better *= -1; again(); });
  }
  byId('colour-choice').addEventListener('change', (event) => { chooseScatter('colour', event.target.value); drawScatter(); drawParallel(); });
  fillScatterChoices();
}

function offerColumns() {
  const objectives = objectiveNames.filter((name) => !columns.get(name).none);
  const results = objectives.length > 0 ? objectives : firstTableMetrics.filter((name) => columns.has(name) && !columns.get(name).none).slice(0, 3);
  parallel.names = new Set([...axisNames, ...results]);
  fillColumnBoxes(byId('parallel-boxes'), ['axis', 'key', 'objective', 'metric'], parallel.names, drawParallel);
  table.names = new Set([...axisNames, ...objectives, ...firstTableMetrics.filter((name) => columns.has(name) && !columns.get(name).none)]);
  fillColumnBoxes(byId('table-boxes'), ['axis', 'key', 'objective', 'metric'], table.names, () => {
    if (table.sort.name !== 'status' && table.sort.name !== 'point' && !table.names.has(table.sort.name)) table.sort = { name: 'point', descending: false };
    table.order = undefined;
    fillTableHead();
    fillTableRows();
  });
}

function fillOrigin() {
  byId('title').textContent = data.name;
  const statusText = Object.entries(statusCounts).filter(([, count]) => count > 0).map(([status, count]) => `${grouped(count, 0)} ${status}`).join(', ');
  byId('subtitle').textContent = `Sweep of ${countText(data.axes.length, 'axis').replace('axiss', 'axes')}, ${countText(data.points, 'point')} of a grid of ${Number(data.grid_points).toLocaleString('en-US')}: ${statusText}`;
  byId('incomplete').hidden = pointCount === data.points;
  byId('incomplete').textContent = `The sweep is not complete: ${grouped(pointCount, 0)} of ${countText(data.points, 'point')} have a result.`;
  const facts = Object.entries(data.fixed).map(([key, { text }]) => [key, text]);
  facts.push(...data.objectives.map(({ expression, minimize }) => ['Objective', `${minimize ? 'minimize' : 'maximize'} ${expression}`]));
  facts.push(...data.constraints.map((text) => ['Constraint', text]));
  facts.push(['Version', data.version], ['Build', data.build], ['Sweep digest', data.sweep_digest]);
  byId('origin').replaceChildren(...facts.flatMap(([label, value]) => [element('dt', label), element('dd', value)]));
}

function drawAll() {
  byId('table-scroll').style.height = document.documentElement.classList.contains('printing') ? 'auto' : `${Math.min(18, Math.max(pointCount, 3)) * rowHeight + 58}px`;
  drawScatter();
  drawParallel();
  drawBars();
  fillTableRows();
}

fillOrigin();
select();
offerScatter();
offerColumns();
offerFilters();
offerCompare();
offerTable();
fillTableHead();
fillFilters();
fillCompare();
onChange('selection', () => { table.order = undefined; });
for (const view of [fillFilters, drawScatter, drawParallel, drawBars, refillRows]) onChange('selection', view);
for (const view of [fillCompare, drawScatterOverlay, drawParallelOverlay, drawBars, refillRows]) onChange('picks', view);
for (const view of [drawScatterOverlay, drawParallelOverlay]) onChange('current', view);
choose('scale', (scale) => { barScale = scale; drawBars(); });
keepDrawn(drawAll);
drawAll();
new ResizeObserver(() => {
  if (scatterCanvas.clientWidth === scatter.size.width) return;
  drawScatter();
  drawParallel();
}).observe(scatterCanvas);
document.documentElement.dataset.ready = String(Math.round(performance.now()));
