// SPDX-License-Identifier: Apache-2.0
// The roofline: layer classes of one run, or of all runs of a group, under the peaks of array and DRAM.

const rooflineSymbols = ['circle', 'triangle', 'rect', 'diamond', 'arrow', 'pin'];
const plotHeight = 330;
const rooflineTargets = new Map();  // chart -> [series, item] of every point, in the order of the arrow keys

// The next of 1, 2, 5, 10, 20, ... that is not above (`down`) or not below the value: an end of a logarithmic axis.
function snapped(value, down) {
  const decade = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 5, 10].map((step) => Number((step * decade).toPrecision(1)));
  return down ? steps.filter((step) => step <= value).pop() : steps.find((step) => step >= value);
}

function valueWithUnit(value, unit) {
  const scale = scaleFor(unit, value, { binary: 1024, decimal: 1000 });
  return `${shown(value, scale)} ${scale.unit}`;
}
function limitOf(row) { return row.ceiling_macs_per_second < row.peak_macs_per_second ? 'DRAM' : 'array'; }
function hasPlace(row) { return row.operational_intensity !== null && row.macs_per_second > 0; }

// One line of the chart is one roof of one height, whoever has it: [{ height, runs, formats }].
function roofsOf(runs, heightsOf) {
  const roofs = new Map();
  for (const run of runs) {
    for (const { height, format } of heightsOf(run)) {
      const key = height.toPrecision(9);
      if (!roofs.has(key)) roofs.set(key, { height, runs: new Set(), formats: new Set() });
      roofs.get(key).runs.add(run);
      if (format) roofs.get(key).formats.add(format);
    }
  }
  return [...roofs.values()];
}

function roofLines(runs, colourOf, low) {
  const lines = [];
  const bandwidths = roofsOf(runs, (run) => [{ height: run.peak_dram_bytes_per_second }]);
  for (const bandwidth of bandwidths) {
    const peaks = roofsOf([...bandwidth.runs], (run) => run.layers.filter(hasPlace)
      .map((row) => ({ height: row.peak_macs_per_second, format: row.weight_format })));
    const top = Math.max(...peaks.map(({ height }) => height));
    const from = Math.max(low.x, low.y / bandwidth.height);
    lines.push({ name: `DRAM ${valueWithUnit(bandwidth.height, 'B/s')}`, exact: `peak of the DRAM: ${exact(bandwidth.height, 'B/s')}`,
      colour: colourOf(bandwidth.runs), slanted: true, ends: [[from, from * bandwidth.height], [top / bandwidth.height, top]] });
    for (const { height, runs: owners, formats } of peaks) {
      lines.push({ name: `${shorten([...formats].join(', '))} ${valueWithUnit(height, 'MACs/s')}`,
        exact: `peak of the array with ${[...formats].join(', ')}: ${exact(height, 'MACs/s')}`,
        colour: colourOf(owners), ends: [[height / bandwidth.height, height], [low.endX, height]] });
    }
  }
  return lines;
}

// The names of the level roofs at their right ends, each above its line and at least a line of text below the one before.
function roofLabels(lines, heightRatio) {
  const pixels = (count) => heightRatio ** (count / plotHeight);
  let free = Infinity;
  return lines.filter(({ slanted }) => !slanted).sort((a, b) => b.ends[1][1] - a.ends[1][1]).map((line) => {
    const height = Math.min(line.ends[1][1] * pixels(9), free);
    free = height / pixels(16);
    return { value: [line.ends[1][0], height], label: { show: true, formatter: line.name, position: 'left', color: line.colour, fontSize: 12, padding: [0, 3], backgroundColor: css('page') } };
  });
}

function rooflineHover({ run, row }) {
  const box = element('div', undefined, { class: 'hover' });
  box.append(element('strong', `${row.name}, ${run.configuration} (${run.fidelity})`));
  for (const name of data.roofline_metrics) {
    const metric = metricByName.get(name);
    const line = element('div', `${metric.label}: ${exact(row[name], metric.unit)}`);
    line.append(element('small', ` = ${metric.formula}`));
    box.append(line);
  }
  box.append(element('div', `limited by the ${limitOf(row)}`));
  return box;
}

// Beside the point, on the side with more room, so that the point stays in sight.
function besidePoint([x, y], _, box, rectangle, { contentSize: [width, height], viewSize: [viewWidth, viewHeight] }) {
  return [x < viewWidth / 2 ? x + 24 : x - width - 24, Math.max(0, Math.min(y - height / 2, viewHeight - height))];
}

function drawRoofline(id, runs) {
  const several = runs.length > 1;
  const points = runs.flatMap((run) => [...run.classes, { ...run.totals, name: 'total' }].filter(hasPlace).map((row) => ({ run, row })));
  if (points.length === 0) return;
  const classes = [...new Set(points.map(({ row }) => row.name))].filter((name) => name !== 'total');
  const nameOf = (run) => (runs.filter(({ configuration }) => configuration === run.configuration).length > 1 ? `${run.configuration} (${run.fidelity})` : run.configuration);
  const symbolOf = (name) => (name === 'total' ? 'circle' : rooflineSymbols[classes.indexOf(name) % rooflineSymbols.length]);
  const palette = (index) => css(classColours[index % classColours.length]);
  const colourOf = ({ run, row }) => (several ? palette(runs.indexOf(run)) : row.name === 'total' ? css('text') : classColour(run, row.name));
  const ring = (colour) => ({ color: 'transparent', borderColor: colour, borderWidth: 2.5 });
  const roofColour = (owners) => (several && owners.size === 1 ? palette(runs.indexOf([...owners][0])) : css('soft'));
  const ridges = runs.flatMap((run) => run.layers.filter(hasPlace).map((row) => row.peak_macs_per_second / run.peak_dram_bytes_per_second));
  const [xs, ys] = [points.map(({ row }) => row.operational_intensity).concat(ridges), points.map(({ row }) => row.macs_per_second)];
  const low = { x: snapped(Math.min(...xs) / 2, true), y: snapped(Math.min(...ys) / 2, true), endX: snapped(Math.max(...xs) * 3, false) };
  const highY = snapped(Math.max(...points.map(({ row }) => Math.max(row.peak_macs_per_second, row.macs_per_second))) * 1.5, false);

  const lines = roofLines(runs, roofColour, low);
  const series = [{ type: 'scatter', name: '', data: [], markLine: { symbol: 'none', precision: 12, lineStyle: { type: 'solid', width: 2 },
    emphasis: { disabled: true }, tooltip: { formatter: ({ dataIndex }) => { const box = element('div', undefined, { class: 'hover' }); box.append(element('strong', lines[dataIndex].exact)); return box; } },
    data: lines.map((line) => [{ name: line.name, coord: line.ends[0], lineStyle: { color: line.colour },
      label: { show: Boolean(line.slanted), formatter: line.name, position: 'insideMiddleTop', color: line.colour, fontSize: 12 } }, { coord: line.ends[1] }]) } },
  { type: 'scatter', name: '', silent: true, symbolSize: 0, data: roofLabels(lines, highY / low.y) }];
  const targets = [];
  const labels = [...new Set(points.map((point) => (several ? nameOf(point.run) : point.row.name)))];
  for (const label of labels) {
    const own = points.filter((point) => label === (several ? nameOf(point.run) : point.row.name));
    own.forEach((_, item) => targets.push([series.length, item]));
    series.push({
      type: 'scatter', name: label, z: 4, emphasis: { scale: 1.5 },
      symbol: several ? 'circle' : symbolOf(label), itemStyle: label === 'total' ? ring(colourOf(own[0])) : { color: colourOf(own[0]) },
      label: { show: !several, position: 'right', formatter: label, color: colourOf(own[0]), fontSize: 12 }, labelLayout: { hideOverlap: true },
      data: own.map((point) => ({ point, value: [point.row.operational_intensity, point.row.macs_per_second],
        symbol: symbolOf(point.row.name), symbolSize: point.row.name === 'total' ? 20 : 11,
        itemStyle: point.row.name === 'total' ? ring(colourOf(point)) : { color: colourOf(point), opacity: 1 } })),
      markLine: { silent: true, symbol: 'none', precision: 12, label: { show: false }, lineStyle: { type: 'dashed', width: 1.2, color: colourOf(own[0]) },
        data: own.map(({ row }) => [{ coord: [row.operational_intensity, row.macs_per_second] }, { coord: [row.operational_intensity, row.ceiling_macs_per_second] }]) },
    }, {
      type: 'scatter', name: label, silent: true, z: 3, symbol: 'rect', symbolSize: [14, 3], itemStyle: { color: colourOf(own[0]) },
      data: own.map(({ row }) => [row.operational_intensity, row.ceiling_macs_per_second]),
    });
  }
  rooflineTargets.set(id, { targets, at: -1 });
  // With several runs the colour is the run and the mark is the class: a second legend, without a function, says which.
  const marks = several ? [...classes, 'total'] : [];
  marks.forEach((name) => series.push({ type: 'scatter', name: ` ${name}`, data: [], symbol: symbolOf(name), itemStyle: name === 'total' ? ring(css('soft')) : { color: css('soft') } }));
  const [rows, markRows] = [legendLines(id, labels), several ? legendLines(id, marks) : 0];
  const axis = (name, min, max, nameGap) => ({ ...valueAxis(compact), type: 'log', min, max, name, nameLocation: 'middle', nameGap, nameTextStyle: { color: css('soft') },
    minorSplitLine: { show: false }, axisLine: { show: true, lineStyle: { color: css('line') } } });
  const unitOf = (name) => `${metricByName.get(name).label} [${metricByName.get(name).unit}]`;
  draw(id, plotHeight + 66 + 24 * (rows + markRows), {
    tooltip: { ...tooltip(({ data: item }) => item.point && rooflineHover(item.point)), extraCssText: 'max-width:480px;white-space:normal', position: besidePoint }, series,
    legend: [{ ...legend(), bottom: 24 * markRows, data: labels.map((name) => ({ name })) },
      { ...legend(), show: several, selectedMode: false, formatter: (name) => name.trim(), data: marks.map((name) => ` ${name}`) }],
    grid: { left: 24, right: 24, top: 12, bottom: 34 + 24 * (rows + markRows), containLabel: true },
    xAxis: axis(unitOf('operational_intensity'), low.x, low.endX, 26), yAxis: axis(unitOf('macs_per_second'), low.y, highY, 52),
  });
}

function fillRoofline() {
  const rows = [...current.classes, { ...current.totals, name: 'total' }];
  byId('roofline').hidden = !rows.some(hasPlace);
  const columns = ['dram_bytes_per_second', ...data.roofline_metrics].map((name) => metricByName.get(name))
    .map((metric) => ({ metric, scale: scaleFor(metric.unit, Math.max(...rows.map((row) => row[metric.name] || 0), 0), { binary: 10240, decimal: 1e4 }) }));
  const head = element('tr');
  head.append(element('th', 'layer class', { scope: 'col' }), ...columns.map(({ metric, scale }) => metricHeading(metric, scale.unit)), element('th', 'limit', { scope: 'col', class: 'text' }));
  const lines = rows.map((row) => {
    const line = element('tr');
    line.append(element('th', row.name, { scope: 'row' }), ...columns.map(({ metric, scale }) => numberCell(row, metric, scale)),
      element('td', row.macs > 0 ? limitOf(row) : '', { class: 'text' }));
    return line;
  });
  const parts = [element('thead'), element('tbody'), element('tfoot')];
  parts[0].append(head);
  parts[1].append(...lines.slice(0, -1));
  parts[2].append(lines[lines.length - 1]);
  byId('roofline-table').replaceChildren(...parts);
  const absent = rows.filter((row) => !hasPlace(row)).map((row) => row.name);
  byId('roofline-caption').textContent = 'Dashed: what is lost between a point and its ceiling, the tick. With the keyboard: left and right arrow go from point to point.' +
    (absent.length ? ` Without a place in the chart, for want of MACs or of traffic: ${absent.join(', ')}.` : '') +
    (rows.some((row) => row.ceiling_share > 1) ? ' A class is above its ceiling where a part of its transfers ran in cycles that belong to others.' : '');
}

function stepRoofline(id, step) {
  const [chart, state] = [charts.get(id), rooflineTargets.get(id)];
  if (!chart || !state) return;
  if (state.at >= 0) chart.dispatchAction({ type: 'downplay', seriesIndex: state.targets[state.at][0], dataIndex: state.targets[state.at][1] });
  chart.dispatchAction({ type: 'hideTip' });
  if (step === 0) return;
  state.at = state.at < 0 ? (step > 0 ? 0 : state.targets.length - 1) : (state.at + step + state.targets.length) % state.targets.length;
  const [seriesIndex, dataIndex] = state.targets[state.at];
  chart.dispatchAction({ type: 'highlight', seriesIndex, dataIndex });
  chart.dispatchAction({ type: 'showTip', seriesIndex, dataIndex });
}

document.querySelectorAll('.roofline').forEach((place) => {
  place.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, Escape: 0 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    stepRoofline(place.id, step);
  });
  place.addEventListener('blur', () => stepRoofline(place.id, 0));
});
