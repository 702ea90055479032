// SPDX-License-Identifier: Apache-2.0
// Energy and area of a run, every number with its origin, and the ranking of several runs. Functions only: they are
// called by page.js, which stands before them.

// Femtojoules in the largest unit that fits.
function joulesOf(fj, digits = 2) {
  if (fj === null || fj === undefined) return '\u2013';
  const [prefix, size] = [['', 1], ['m', 1e-3], ['\u00b5', 1e-6], ['n', 1e-9], ['p', 1e-12]].find(([, step]) => fj * 1e-15 >= step) || ['p', 1e-12];
  return `${grouped((fj * 1e-15) / size, digits)} ${prefix}J`;
}

function originCell({ kind, origin, scaling }) {
  const cell = element('td', undefined, { class: 'text origin' });
  cell.append(element('strong', kind === '' ? 'no number' : kind), element('span', `: ${origin}`));
  if (scaling !== '') cell.append(element('em', ` Scaled: ${scaling}.`));
  return cell;
}

function numberOr(value, digits) { return value === null ? '\u2013' : grouped(value, digits); }

function perEvent(pj) { return pj === null ? '\u2013' : Number(pj.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 6 }); }

function textHeadings(labels) { return labels.map((label) => element('th', label, { scope: 'col' })); }

// Sum of a part in a row; null if something happened that has no number.
function partEnergy(energy, row, part) {
  let sum = 0;
  for (const [i, item] of energy.items.entries()) {
    if (part !== '' && item.part !== part) continue;
    const [events, fj] = row.energy_items[i];
    if (item.pj_per_event === null && events > 0) return null;
    sum += fj;
  }
  return sum;
}

function fillEnergy() {
  const { energy } = current;
  byId('energy').hidden = !energy;
  if (!energy) return;
  const known = energy.items.reduce((sum, item) => sum + (item.energy_fj || 0), 0);
  fillTable('energy-figures', textHeadings(['number', 'value']), data.energy_metrics.filter((name) => energy[name] !== null).map((name) => {
    const metric = metricByName.get(name);
    const value = energy[name];
    const cell = describe(element('td', metric.unit === 'pJ' ? joulesOf(value * 1000) : `${Number(value.toPrecision(5)).toLocaleString('en-US', { maximumSignificantDigits: 5 })} ${metric.unit}`), metric, value);
    return [rowName(metric), cell];
  }));
  const lines = energy.items.filter((item) => item.event_count > 0).map((item) => [
    element('th', item.part, { scope: 'row' }), element('td', item.component, { class: 'text' }), element('td', item.action, { class: 'text' }),
    element('td', grouped(item.event_count, 0), { title: item.events }), element('td', perEvent(item.source_pj_per_event)), element('td', perEvent(item.pj_per_event)),
    element('td', joulesOf(item.energy_fj)), element('td', item.energy_fj === null || known === 0 ? '\u2013' : grouped((100 * item.energy_fj) / known, 1)), originCell(item)]);
  fillTable('energy-table', textHeadings(['part', 'component', 'event', 'events', 'pJ per event, as sourced', `pJ per event, ${energy.node_nm} nm`, 'energy', '%', 'origin']), lines);
  const parts = [...new Set(energy.items.map(({ part }) => part))];
  fillTable('energy-classes', textHeadings(['layer class', ...parts, 'total']), [...current.classes, { ...current.totals, name: 'total' }].map((row) => [
    element('th', row.name, { scope: 'row' }), ...[...parts, ''].map((part) => element('td', joulesOf(partEnergy(energy, row, part))))]));
  fillTable('area-table', textHeadings(['part', 'component', 'count', '\u00b5m\u00b2 each, as sourced', `\u00b5m\u00b2 each, ${energy.node_nm} nm`, 'area in mm\u00b2', 'origin']), energy.areas.map((area) => [
    element('th', area.part, { scope: 'row' }), element('td', area.component, { class: 'text' }), element('td', grouped(area.count, 0)), element('td', numberOr(area.source_um2, 1)),
    element('td', numberOr(area.um2, 1)), element('td', area.um2 === null ? '\u2013' : grouped((area.count * area.um2) / 1e6, 4)), originCell(area)]));
}

// Place of each run by a number, 1 the smallest.
function places(values) {
  return values.map((value) => (value === null ? null : 1 + values.filter((other) => other !== null && other < value).length));
}

function originKinds(entries) {
  const kinds = entries.filter(({ kind }) => kind !== '').map(({ kind, scaling }) => (scaling === '' ? kind : `${kind} (scaled)`));
  return [...new Set(kinds)].join(', ');
}

function fillRanking() {
  const { runs } = group;
  byId('ranking').hidden = runs.length < 2 || !runs.some((run) => run.energy);
  if (byId('ranking').hidden) return;
  const tokens = runs.every((run) => !run.energy || run.energy.tokens > 0);
  const energyOf = (run) => (run.energy ? run.energy[tokens ? 'energy_per_token_pj' : 'total_energy_pj'] : null);
  const columns = [
    runs.map((run) => run.totals.seconds),
    runs.map(energyOf),
    runs.map((run) => (run.energy ? run.energy.area_mm2 : null))];
  const shownAs = [(value) => { const scale = scaleFor('s', value); return `${shown(value, scale)} ${scale.unit}`; },
    (value) => joulesOf(value * 1000), (value) => `${grouped(value, 3)} mm\u00b2`];
  const ranks = columns.map(places);
  fillTable('ranking-table', textHeadings(['configuration', 'time', 'rank', tokens ? 'energy per token' : 'energy', 'rank', 'area', 'rank', 'origins of energy', 'origins of area']), runs.map((run, r) => [
    element('th', run.configuration, { scope: 'row' }),
    ...columns.flatMap((column, c) => [element('td', column[r] === null ? '\u2013' : shownAs[c](column[r])), element('td', ranks[c][r] === null ? '\u2013' : String(ranks[c][r]))]),
    element('td', run.energy ? originKinds(run.energy.items.filter(({ event_count: events }) => events > 0)) : '', { class: 'text' }),
    element('td', run.energy ? originKinds(run.energy.areas) : '', { class: 'text' })]));
}
