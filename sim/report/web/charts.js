// SPDX-License-Identifier: Apache-2.0
// The charts of the page.

const byteColours = { weight_bytes: 'weights', kv_bytes: 'kv', activation_read_bytes: 'activations', output_write_bytes: 'outputs' };
const classColours = ['compute', 'vector', 'load-stall', 'kv', 'operand-stall', 'store-stall', 'fill', 'idle'];
// Of a layer class, the same in every chart; those with MACs take the strong colours first.
function classColour(run, name) {
  const order = [...run.classes.filter(({ macs }) => macs > 0), ...run.classes.filter(({ macs }) => macs === 0)].map((row) => row.name);
  return css(classColours[order.indexOf(name) % classColours.length]);
}
let cycleScale = 'cycles';

// --- timeline --------------------------------------------------------------------------------------------

function timelineBox(params, api) {
  const start = api.coord([api.value(0), api.value(2)]);
  const end = api.coord([api.value(1), api.value(2)]);
  const height = api.size([0, 1])[1] * 0.62;
  const shape = echarts.graphic.clipRectByRect(
    { x: start[0], y: start[1] - height / 2, width: Math.max(end[0] - start[0], 1), height }, params.coordSys);
  return shape && { type: 'rect', shape, style: { fill: api.visual('color') } };
}

function timelineHover(event, layer) {
  const box = element('div', undefined, { class: 'hover' });
  box.append(element('strong', `${event[2]} ${layer.name}`), element('div', `cycles ${grouped(event[3], 0)} to ${grouped(event[4], 0)}: ${grouped(event[4] - event[3], 0)} cycles`),
    element('div', `queue ${event[0]}, layer class ${layer.layer_class}, instruction ${grouped(event[5], 0)}`));
  return box;
}

function drawTimeline() {
  const { events, lanes, dropped } = current.timeline;
  byId('timeline').hidden = events.length === 0;
  if (events.length === 0) return;
  const labels = [];
  for (const queue of data.queues) {
    const count = Math.max(1, ...lanes.map((lane, i) => (events[i][0] === queue ? lane + 1 : 0)));
    for (let lane = 0; lane < count; ++lane) labels.push(lane === 0 ? queue : `${queue} ${lane + 1}`);
  }
  const rowOf = new Map(labels.map((label, i) => [label, i]));
  const classes = current.classes.map((row) => row.name);
  const last = Math.max(...events.map((event) => event[4]));
  const series = classes.map((name) => ({
    type: 'custom', name, renderItem: timelineBox, encode: { x: [0, 1], y: 2 }, clip: true,
    itemStyle: { color: classColour(current, name) },
    data: events.map((event, index) => ({ event, value: [event[3], event[4],
      rowOf.get(lanes[index] === 0 ? event[0] : `${event[0]} ${lanes[index] + 1}`)] }))
      .filter(({ event }) => current.layers[event[1]].layer_class === name),
  }));
  draw('timeline-chart', 150 + 34 * labels.length, {
    tooltip: tooltip(({ data: item }) => timelineHover(item.event, current.layers[item.event[1]])), legend: legend(), series,
    dataZoom: timeZoom(),
    grid: { left: 16, right: 40, top: 6, bottom: 100, containLabel: true },
    xAxis: { ...valueAxis((value) => grouped(Math.round(value), 0), last), min: 0, name: 'cycles', nameLocation: 'middle', nameGap: 24, nameTextStyle: { color: css('soft') } },
    yAxis: { type: 'category', inverse: true, data: labels, axisTick: { show: false }, axisLabel: { color: css('text') },
      axisLine: { lineStyle: { color: css('line') } }, splitLine: { show: true, lineStyle: { color: css('line') } } },
  }, 'canvas');
  byId('timeline-caption').textContent = `${grouped(events.length, 0)} instructions, coloured by layer class.` +
    (dropped ? ` ${grouped(dropped, 0)} later ones were not recorded.` : '') +
    ' Loads and stores that overlap are on further rows. Ctrl and wheel zoom; drag moves; with the keyboard: arrows, + and \u2212, 0.';
}

// --- all charts ------------------------------------------------------------------------------------------

function drawRun() {
  const total = { ...current.totals, name: 'total' };
  const rows = cycleScale === 'share' ? [...current.classes, total] : current.classes;
  stackedBars('cycles-chart', rows, data.cycle_parts, partColours, cycleScale === 'share');
  stackedBars('bytes-chart', current.classes, data.byte_kinds, byteColours, false);
  drawRoofline('roofline-chart', [current]);
  drawTimeline();
}

function drawAll() {
  if (group.runs.length > 1) {
    const rows = group.runs.map((run) => ({ ...run.totals, name: run.configuration }));
    stackedBars('comparison-cycles', rows, data.cycle_parts, partColours, false);
    stackedBars('comparison-bytes', rows, data.byte_kinds, byteColours, false);
    drawRoofline('comparison-roofline', group.runs);
  }
  drawRun();
}

choose('scale', (scale) => { cycleScale = scale; drawRun(); });
byId('run').addEventListener('change', (event) => { current = group.runs[Number(event.target.value)]; fillRun(); drawRun(); });
offerZoom('timeline-chart');
keepDrawn(drawAll);
if (data.groups.length > 1) {
  offerGroups(drawAll);
} else {
  drawAll();
}
