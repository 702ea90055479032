// SPDX-License-Identifier: Apache-2.0
// Two picked points beside each other: what was set differently, and every number with its ratio.

let onlyDifferent = true;

// All keys of a point: those that the sweep sets, then those of its resolved accelerator.
function settingsOf(row) {
  const all = new Map(Object.entries(data.fixed).map(([key, { text }]) => [key, text]));
  data.axes.forEach((axis, i) => {
    const { label, settings } = axis.values[axisColumns[i].codes[row]];
    if (!(axis.name in settings)) all.set(axis.name, label);
    for (const [key, text] of Object.entries(settings)) all.set(key, text);
  });
  for (const { name, record, placeOf } of resolvedKeys) {
    const place = placeOf(row);
    if (place !== null) all.set(name, record.texts[place]);
  }
  return all;
}

// Whether more or less of these is better is beyond doubt; so it is of objectives.
const judged = new Set(['cycles', 'seconds', 'energy_pj', 'total_energy_pj', 'energy_per_token_pj', 'energy_delay_js', 'area_mm2', 'dram_bytes', 'utilization', 'tops_per_watt', ...objectiveNames]);

function fillConfigurations([a, b]) {
  const [first, second] = [settingsOf(a), settingsOf(b)];
  const keys = [...new Set([...first.keys(), ...second.keys()])];
  const text = (settings, key) => (settings.has(key) ? settings.get(key) : '\u2013');
  const differing = keys.filter((key) => first.get(key) !== second.get(key));
  const shownKeys = onlyDifferent ? differing : keys;
  fillTable('compare-keys', ['key', `A: point ${pointNumbers[a]}`, `B: point ${pointNumbers[b]}`].map((label, i) => element('th', label, { scope: 'col', ...(i ? { class: 'text' } : {}) })),
    shownKeys.map((key) => [describe(element('th', key, { scope: 'row', tabindex: 0 }), metricByName.get(key)), ...[first, second].map((settings) => element('td', text(settings, key), { class: first.get(key) === second.get(key) ? 'text zero' : 'text' }))]));
  const unbuilt = [a, b].filter((row) => resolvedOf[row] === undefined).map((row) => 'AB'[model.picks.indexOf(row)]);
  byId('compare-note').textContent = unbuilt.length > 0 ? `${unbuilt.join(' and ')} could not be built: only what the sweep set is known.` :
    differing.length === 0 ? 'No key is different.' : 'What the sweep set, and the keys of the resolved accelerators. \u2013: it means nothing there, or is as in the file of the workload.';
}

function ratioText(a, b) {
  if (Number.isNaN(a) || Number.isNaN(b) || a === 0) return '\u2013';
  const ratio = b / a;
  return ratio === 1 ? '1' : `${ratio >= 1000 || ratio < 0.001 ? ratio.toExponential(2) : grouped(ratio, 3)}`;
}

function fillMetrics([a, b]) {
  const all = [...new Set([...objectiveNames, ...data.metrics.map(({ name }) => name)])].map((name) => columns.get(name)).filter((column) => column.kind !== 'axis');
  const rows = all.filter((column) => !Number.isNaN(column.values[a]) || !Number.isNaN(column.values[b]))
    .filter((column) => !onlyDifferent || column.values[a] !== column.values[b]);
  const lines = rows.map((column) => {
    const scale = scaleFor(column.unit, Math.max(...[a, b].map((row) => Math.abs(column.values[row]) || 0)));
    const value = (row) => {
      const cell = element('td', Number.isNaN(column.values[row]) ? '\u2013' : shown(column.values[row], scale));
      cell.dataset.metric = column.name;
      cell.dataset.exact = exactText(column, row);
      return cell;
    };
    const ratio = element('td', ratioText(column.values[a], column.values[b]), { class: 'ratio' });
    ratio.dataset.metric = column.name;
    ratio.dataset.exact = `${exactText(column, a)} in A, ${exactText(column, b)} in B`;
    const better = (column.values[b] - column.values[a]) * column.better;
    if (judged.has(column.name) && better !== 0 && !Number.isNaN(better)) ratio.classList.add(better > 0 ? 'better' : 'worse');
    const name = describe(element('th', column.choice, { scope: 'row', tabindex: 0 }), column);
    if (scale.unit !== '' && scale.unit !== column.choice) name.append(element('small', ` [${scale.unit}]`));
    return [name, value(a), value(b), ratio];
  });
  fillTable('compare-metrics', ['number', 'A', 'B', 'B / A'].map((label) => element('th', label, { scope: 'col' })), lines);
}

function fillCompare() {
  const both = model.picks.every((row) => row >= 0);
  byId('compare-tables').hidden = !both;
  byId('compare-hint').hidden = both;
  ['pick-a', 'pick-b'].forEach((id, i) => {
    if (document.activeElement !== byId(id)) byId(id).value = model.picks[i] < 0 ? '' : String(pointNumbers[model.picks[i]]);
    byId(id).setCustomValidity('');
  });
  byId('swap').disabled = byId('clear-picks').disabled = model.picks.every((row) => row < 0);
  if (!both) return;
  fillConfigurations(model.picks);
  fillMetrics(model.picks);
  byId('compare-errors').replaceChildren(...model.picks.filter((row) => statuses[row] !== 'done')
    .map((row) => element('p', `${'AB'[model.picks.indexOf(row)]}, point ${pointNumbers[row]}, ${statuses[row]}: ${errors[row]}`, { class: 'notice' })));
}

function offerCompare() {
  ['pick-a', 'pick-b'].forEach((id, i) => byId(id).addEventListener('change', () => {
    const text = byId(id).value;
    const row = text === '' ? -1 : rowOfPoint.get(Number(text));
    byId(id).setCustomValidity(row === undefined ? `there is no point ${text}` : '');
    byId(id).reportValidity();
    if (row !== undefined) setPick(i, row);
  }));
  byId('swap').addEventListener('click', () => { model.picks.reverse(); changed('picks'); });
  byId('clear-picks').addEventListener('click', () => { model.picks = [-1, -1]; changed('picks'); });
  byId('only-different').addEventListener('change', () => { onlyDifferent = byId('only-different').checked; changed('picks'); });
}
