// SPDX-License-Identifier: Apache-2.0
// Graphs as drawings: operators in columns by the longest way to them, an edge for each tensor and reader.
const mostDrawn = 1500;  // operators; with more nothing can be told apart

// Operators are numbered topologically: producers come before their readers.
function layout(graph) {
  const producer = new Map();
  graph.operators.forEach(({ outputs }, i) => outputs.forEach((tensor) => producer.set(tensor, i)));
  const links = [];
  const column = graph.operators.map(() => 0);
  graph.operators.forEach(({ inputs }, i) => inputs.forEach((tensor) => {
    const from = producer.get(tensor);
    if (from === undefined) return;
    column[i] = Math.max(column[i], column[from] + 1);
    links.push({ from, to: i, tensor });
  }));
  const filled = [];
  const row = column.map((at) => { filled[at] = (filled[at] || 0) + 1; return filled[at] - 1; });
  return { links, column, row, columns: filled.length, rows: Math.max(...filled), rowsOf: filled };
}

const needOf = (graph, { inputs, outputs }) => [...inputs, ...outputs].reduce((sum, tensor) => sum + graph.tensors[tensor].bytes, 0);

function graphHover(graph, item, isLink) {
  const box = element('div', undefined, { class: 'hover' });
  if (isLink) {
    const tensor = graph.tensors[item.tensor];
    box.append(element('strong', tensor.name), element('div', bytes(tensor.bytes)), element('div', `${graph.operators[item.from].name} to ${graph.operators[item.to].name}`));
    return box;
  }
  const op = graph.operators[item.index];
  box.append(element('strong', op.name), element('div', op.kind), element('div', `operands and results ${bytes(needOf(graph, op))}`));
  for (const [label, tensors] of [['reads', op.inputs], ['writes', op.outputs]]) {
    if (tensors.length > 0) box.append(element('div', `${label} ${tensors.slice(0, 6).map((tensor) => graph.tensors[tensor].name).join(', ')}${tensors.length > 6 ? ' ...' : ''}`));
  }
  return box;
}

function drawGraph(id, graph) {
  const place = layout(graph);
  const height = Math.min(560, 90 + 26 * place.rows);
  const margin = 28;
  const [right, bottom] = [byId(id).clientWidth - 2 * margin, height - 2 * margin];
  // From 0 to `end`; what is alone lies in the middle.
  const along = (index, count, end) => (count === 1 ? end / 2 : index * end / (count - 1));
  // Two corners that nobody sees keep the chart from stretching what does not fill it.
  const corners = [[0, 0], [right, bottom]].map(([x, y]) => ({ name: `corner ${x}`, x, y, symbolSize: 0, tooltip: { show: false } }));
  draw(id, height, {
    tooltip: tooltip(({ data: item, dataType }) => graphHover(graph, item, dataType === 'edge')),
    series: [{ type: 'graph', layout: 'none', roam: true, left: margin, right: margin, top: margin, bottom: margin, symbolSize: place.columns > 150 ? 5 : 9, edgeSymbol: ['none', 'arrow'], edgeSymbolSize: 5,
      itemStyle: { color: css('accent') }, lineStyle: { color: css('soft'), width: 1, opacity: 0.6, curveness: 0.08 }, emphasis: { focus: 'adjacency' },
      data: [...graph.operators.map((op, index) => ({ index, name: String(index), x: along(place.column[index], place.columns, right),
        y: along(place.row[index] + (place.rows - place.rowsOf[place.column[index]]) / 2, place.rows, bottom) })), ...corners],
      links: place.links.map((link) => ({ ...link, source: String(link.from), target: String(link.to) })) }],
  }, graph.operators.length > 300 ? 'canvas' : 'svg');
}

// What was read and what was scheduled, where they are not the same; else the one graph.
function fillGraphs() {
  const all = [...(data.whole ? [['before', data.whole]] : []), [data.whole ? 'after fusing and splitting' : 'graph', data.graph]];
  fillTable('graph-table', [heading('', { class: 'text' }), heading('operators'), heading('tensors'), heading('bytes of all tensors'), heading('largest operator', { class: 'text' }), heading('needs bytes')],
    all.map(([label, graph]) => {
      const largest = graph.operators.reduce((best, op) => (needOf(graph, op) > needOf(graph, best) ? op : best));
      return [element('th', label, { scope: 'row' }), element('td', grouped(graph.operators.length, 0)), element('td', grouped(graph.tensors.length, 0)),
        element('td', grouped(graph.tensors.reduce((sum, tensor) => sum + tensor.bytes, 0), 0)), textCell(largest.name), element('td', grouped(needOf(graph, largest), 0))];
    }));
  byId('before-heading').hidden = byId('before-chart').hidden = byId('after-heading').hidden = !data.whole;
  const large = all.some(([, graph]) => graph.operators.length > mostDrawn);
  byId('graph-caption').textContent = `Operators from left to right by the longest way to them; a pointer shows operators and tensors, the wheel zooms.${large ? ` Graphs of more than ${grouped(mostDrawn, 0)} operators are not drawn.` : ''}`;
}

function drawGraphs() {
  for (const [id, graph] of [['before-chart', data.whole], ['graph-chart', data.graph]]) {
    const drawn = graph && graph.operators.length <= mostDrawn;
    byId(id).hidden = !drawn;
    if (drawn) drawGraph(id, graph);
  }
}
