// SPDX-License-Identifier: Apache-2.0
// What cycles and energy of the selected points are made of: the mean of all, and the first few in the order of the table.

const mostBars = 10;
const energyColours = { pe_array_energy_pj: 'compute', decoder_energy_pj: 'fill', accumulator_energy_pj: 'drain', scratchpad_energy_pj: 'operand-stall',
  vector_energy_pj: 'vector', dma_energy_pj: 'store-stall', dram_energy_pj: 'load-stall', leakage_energy_pj: 'kv' };
let barScale = 'value';

// Names of values tell more than numbers, and the labels are short: they go first.
const barAxes = axisColumns.map((_, i) => i).sort((a, b) => Boolean(axisColumns[b].labels) - Boolean(axisColumns[a].labels) || a - b);
const barName = (row) => `${model.picks.includes(row) ? `${'AB'[model.picks.indexOf(row)]}, ` : ''}${pointNumbers[row]}: ${barAxes.map((i) => axisLabel(i, row)).join(', ')}`;

function drawBreakdown(id, names, colours, total, rows) {
  const known = names.filter((name) => columns.has(name) && !columns.get(name).none);
  const missing = names.filter((name) => columns.has(name) && columns.get(name).none).map((name) => columns.get(name).label);
  const withNumbers = rows.filter((row) => known.some((name) => !Number.isNaN(columns.get(name).values[row])));
  const place = byId(id);
  place.hidden = known.length === 0 || withNumbers.length === 0;
  const caption = byId(`${id}-caption`);
  if (place.hidden) {
    caption.textContent = known.length === 0 ? `No point has ${total}.` : `No selected point has ${total}.`;
    return;
  }
  const valueOf = (name, row) => columns.get(name).values[row] || 0;
  const mean = { name: `mean of ${countText(withNumbers.length, 'point')}` };
  for (const name of known) mean[name] = withNumbers.reduce((sum, row) => sum + valueOf(name, row), 0) / withNumbers.length;
  const first = tableOrder().filter((row) => known.some((name) => !Number.isNaN(columns.get(name).values[row]))).slice(0, mostBars);
  const bars = [mean, ...first.map((row) => ({ name: barName(row), ...Object.fromEntries(known.map((name) => [name, valueOf(name, row)])) }))];
  stackedBars(id, bars, known, colours, barScale === 'share');
  const partly = missing.length > 0 ? ` Not in the bars, for want of a number with a source: ${missing.join(', ')}.` : '';
  caption.textContent = `${withNumbers.length > mostBars ? `The mean, and the first ${mostBars} selected points in the order of the table.` : 'The mean, and the selected points in the order of the table.'}${partly}`;
}

function drawBars() {
  drawBreakdown('cycle-bars', data.cycle_parts, partColours, 'cycles', model.rows);
  drawBreakdown('energy-bars', data.energy_parts, energyColours, 'an energy', model.rows);
}
