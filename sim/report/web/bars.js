// SPDX-License-Identifier: Apache-2.0
// Stacked bars: what cycles, bytes and energy are made of.

const partColours = { compute_cycles: 'compute', fill_cycles: 'fill', drain_cycles: 'drain', operand_stall_cycles: 'operand-stall',
  load_stall_cycles: 'load-stall', store_stall_cycles: 'store-stall', vector_cycles: 'vector', idle_cycles: 'idle' };

// Lines the legend of these labels needs, by a rough width of a character.
const legendLines = (id, labels) => Math.ceil(labels.reduce((sum, label) => sum + 36 + 7.2 * label.length, 0) / Math.max(byId(id).clientWidth, 200));

function chartHover(row, metric, value, share) {
  const box = element('div', undefined, { class: 'hover' });
  box.append(element('em', row), definition(metric.name, `${exact(value, metric.unit)} (${grouped(share * 100, 1)} %)`));
  return box;
}

// Stacked horizontal bars: one bar per row, one colour per metric.
function stackedBars(id, rows, names, colours, asShare) {
  const total = (row) => names.reduce((sum, name) => sum + row[name], 0);
  const unit = metricByName.get(names[0]).unit;
  const scale = scaleFor(unit, Math.max(...rows.map(total), 0), { binary: 2048, decimal: 1e5 });
  const series = names.map((name) => ({
    type: 'bar', stack: 'all', name: metricByName.get(name).label, barMaxWidth: 26,
    itemStyle: { color: css(colours[name]), borderColor: css('page'), borderWidth: 0.5 }, emphasis: { focus: 'series' },
    data: rows.map((row) => (asShare ? (total(row) ? (100 * row[name]) / total(row) : 0) : row[name] / scale.divisor)),
    tooltip: { formatter: ({ dataIndex }) => chartHover(rows[dataIndex].name, metricByName.get(name), rows[dataIndex][name],
      rows[dataIndex][name] / (total(rows[dataIndex]) || 1)) },
  }));
  const lines = legendLines(id, series.map(({ name }) => name));
  draw(id, 66 + 24 * lines + 34 * rows.length, {
    tooltip: tooltip(), legend: legend(), series, grid: { left: 16, right: 32, top: 6, bottom: 34 + 24 * lines, containLabel: true },
    xAxis: { ...valueAxis(compact, asShare ? 100 : undefined),
      name: asShare ? '%' : scale.unit, nameLocation: 'middle', nameGap: 26, nameTextStyle: { color: css('soft') } },
    yAxis: { type: 'category', inverse: true, data: rows.map((row) => shorten(row.name)), axisTick: { show: false },
      axisLine: { lineStyle: { color: css('line') } }, axisLabel: { color: css('text') } },
  });
}
