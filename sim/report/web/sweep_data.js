// SPDX-License-Identifier: Apache-2.0
// The data of the page of a sweep: columns, each with one number per point. Missing numbers are NaN.
const data = JSON.parse(byId('data').textContent);
const pointCount = data.row_count;

// --- columns ---------------------------------------------------------------------------------------------

const unitSymbols = { byte: 'B', cycle: 'cycles', '-': '' };
const symbolOf = (unit) => (unit in unitSymbols ? unitSymbols[unit] : unit);
const moreIsBetter = new Set(['1', 'MACs/s', 'MACs/B', 'TOPS/W', 'TOPS/mm2', 'B/s']);
const kindNames = { point: 'Point', axis: 'Axes', key: 'Keys that differ', objective: 'Objectives', metric: 'Metrics' };

const expanded = (column) => (Array.isArray(column) ? column : new Array(pointCount).fill(column.same));

const columns = new Map();
// Most columns are never looked at: their numbers are read when they are first asked for.
class Column {
  constructor(record, source, labels) {
    Object.assign(this, { sentence: '', formula: '', ...record });
    this.source = source;
    this.labels = labels;  // names of the values 0, 1, 2...; without them the values are numbers
    this.none = !Array.isArray(source) && (source.same === null || source.same === undefined);
    this.better = moreIsBetter.has(this.unit) ? 1 : -1;
  }

  read() {
    const [source, numbers] = [expanded(this.source), new Float64Array(pointCount)];
    const read = { values: numbers, texts: new Map(), min: Infinity, max: -Infinity };
    for (let row = 0; row < pointCount; ++row) {
      const value = source[row];
      if (value === null || value === undefined) { numbers[row] = NaN; continue; }
      if (typeof value === 'string') read.texts.set(row, value);  // more digits than a number of JavaScript has
      const number = Number(value);
      numbers[row] = number;
      if (number < read.min) read.min = number;
      if (number > read.max) read.max = number;
    }
    read.scale = scaleFor(this.unit, this.none ? 0 : Math.max(Math.abs(read.max), Math.abs(read.min)));
    this.numbers = read;
    return read;
  }

  get values() { return (this.numbers || this.read()).values; }
  get texts() { return (this.numbers || this.read()).texts; }
  get min() { return (this.numbers || this.read()).min; }
  get max() { return (this.numbers || this.read()).max; }
  get scale() { return (this.numbers || this.read()).scale; }
}

function addColumn(record, source, labels) {
  const column = new Column(record, source, labels);
  columns.set(column.name, column);
  return column;
}

function addAxis(axis, codes) {
  const numeric = axis.values.every(({ number }) => number !== null);
  const keys = Object.keys(axis.keys);
  const own = axis.keys[axis.name];
  const column = addColumn({
    name: axis.name, label: axis.name, unit: symbolOf(axis.unit), kind: 'axis', formula: 'set by the sweep',
    sentence: own ? own.sentence : `Moves together: ${keys.join(', ')}.`,
  }, codes.map((code) => (numeric ? axis.values[code].number : code)), numeric ? undefined : axis.values.map(({ label }) => label));
  column.codes = codes;
  column.shownLabels = axis.values.map(({ label }) => label);
}

// A key that differs between points and is no axis; `places` of its texts, one per point, or null.
function addKey(name, { unit, sentence, texts, numbers }, places, formula) {
  if (columns.has(name) || texts.length < 2) return;
  const isNumber = numbers.every((number) => number !== null);
  addColumn({ name, label: name, unit: symbolOf(unit), kind: 'key', formula, sentence },
    isNumber ? places.map((place) => (place === null ? null : numbers[place])) : places, isNumber ? undefined : texts);
}

// Keys that a group sets, of the workload and the run: those of the accelerator are known resolved.
function addKeysOfGroup(axis, codes) {
  for (const [key, record] of Object.entries(axis.keys)) {
    const settings = axis.values.map(({ settings: all }) => all[key]);
    const texts = [...new Set(settings.filter((text) => text !== undefined))];
    const numbers = texts.map((text) => axis.values[settings.indexOf(text)].numbers[key]);
    addKey(key, { ...record, texts, numbers }, codes.map((code) => (settings[code] === undefined ? null : texts.indexOf(settings[code]))), `set by ${axis.name}`);
  }
}

addColumn({ name: 'point', label: 'point', unit: '', kind: 'point', sentence: 'Position among the points of the sweep.', formula: 'counted from 0' }, data.rows.point);
data.axes.forEach((axis, i) => addAxis(axis, expanded(data.rows.axes[i])));
// Which of the resolved accelerators each point has; those that could not be built have none.
const digests = [expanded(data.rows.configuration_digest), expanded(data.rows.work_digest)];
const resolvedOf = (() => {
  const known = new Map(data.resolved.digests.map((digest, i) => [digest, i]));
  return digests[0].map((digest) => known.get(digest));
})();
const resolvedKeys = Object.entries(data.resolved.keys).map(([name, record]) => {
  const list = Array.isArray(record.rows) ? record.rows : new Array(data.resolved.digests.length).fill(record.rows.same);
  return { name, record, placeOf: (row) => (resolvedOf[row] === undefined ? null : list[resolvedOf[row]]) };
});
for (const { name, record, placeOf } of resolvedKeys) {
  if (record.texts.length > 1) addKey(name, record, Array.from({ length: pointCount }, (_, row) => placeOf(row)), 'of the resolved accelerator');
}
data.axes.forEach((axis, i) => addKeysOfGroup(axis, expanded(data.rows.axes[i])));
const objectiveNames = [];
const metricsFrom = data.objectives.length;
data.metrics.forEach((metric, i) => addColumn({ ...metric, kind: 'metric' }, data.rows.numbers[metricsFrom + i]));
data.objectives.forEach(({ name, expression, unit, minimize }, i) => {
  // An objective that is a column is that column.
  const known = columns.get(expression);
  const column = known || addColumn({ name, label: expression, unit: symbolOf(unit), kind: 'objective',
    sentence: `An objective of the sweep, to be ${minimize ? 'minimized' : 'maximized'}.`, formula: expression }, data.rows.numbers[i]);
  column.better = minimize ? -1 : 1;
  objectiveNames.push(column.name);
});
// Two metrics may have one label; then the name tells them apart.
const labelCounts = new Map();
columns.forEach(({ label }) => labelCounts.set(label, (labelCounts.get(label) || 0) + 1));
columns.forEach((column) => { column.choice = labelCounts.get(column.label) > 1 ? `${column.label} (${column.name})` : column.label; });

// What hover.js shows of whatever has a name: columns, keys that all points share, the status.
const metricByName = new Map(columns);
for (const [key, { sentence, unit }] of [...Object.entries(data.fixed), ...data.axes.flatMap(({ keys }) => Object.entries(keys)), ...Object.entries(data.resolved.keys)]) {
  if (!columns.has(key)) metricByName.set(key, { name: key, unit: symbolOf(unit), label: key, sentence, formula: 'the same in all points' });
}
metricByName.set('status', { name: 'status', unit: '', label: 'status', formula: 'what became of the point',
  sentence: 'done; failed: could not be built or run; excluded: ran, but breaks a constraint on its metrics.' });

const statuses = expanded(data.rows.status);
const errors = expanded(data.rows.error);
const onFront = new Uint8Array(pointCount);
const pointNumbers = columns.get('point').values;
{
  const front = new Set(data.on_front);
  for (let row = 0; row < pointCount; ++row) onFront[row] = front.has(pointNumbers[row]) ? 1 : 0;
}
const statusCounts = { done: 0, failed: 0, excluded: 0 };
statuses.forEach((status) => { statusCounts[status] += 1; });

const axisColumns = data.axes.map(({ name }) => columns.get(name));
const offered = (kinds) => [...columns.values()].filter(({ kind, none }) => kinds.includes(kind) && !none);
const varies = (column) => column.max > column.min;

// --- one value -------------------------------------------------------------------------------------------

const axisLabel = (axis, row) => axisColumns[axis].shownLabels[axisColumns[axis].codes[row]];

function exactText(column, row) {
  const value = column.values[row];
  if (Number.isNaN(value)) return exact(null, column.unit);
  if (column.labels) return column.labels[value];
  if (column.texts.has(row)) return `${column.texts.get(row).replace(/\B(?=(\d{3})+$)/g, ',')} ${column.unit}`;
  return exact(value, column.unit);
}

// As a table shows it, below a heading with the unit of the column.
function cellText(column, row) {
  const value = column.values[row];
  if (Number.isNaN(value)) return '\u2013';
  if (column.codes) return column.shownLabels[column.codes[row]];
  return column.labels ? column.labels[value] : shown(value, column.scale);
}

const settingText = (row) => axisColumns.map((column, i) => `${column.name} = ${axisLabel(i, row)}`);

// What the pointer on a point shows; `names` are columns of numbers.
function pointHover(row, names) {
  const box = element('div', undefined, { class: 'hover' });
  box.append(element('strong', `Point ${pointNumbers[row]}${statuses[row] === 'done' ? '' : `, ${statuses[row]}`}`));
  settingText(row).forEach((text) => box.append(element('div', text)));
  for (const name of names) {
    const column = columns.get(name);
    if (column.kind === 'axis' || column.kind === 'point') continue;
    box.append(element('div', `${column.label}: ${exactText(column, row)}`));
  }
  if (errors[row]) box.append(element('em', errors[row]));
  return box;
}

// --- CSV -------------------------------------------------------------------------------------------------

const csvField = (text) => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);

// The shortest decimal that is the number, written as `vernier sweep export` does.
function csvNumber(value) {
  const size = Math.abs(value);
  if (size === 0 || (size >= 1e-4 && size < 1e16)) return String(value);
  const [mantissa, exponent] = value.toExponential().split('e');
  const power = Number(exponent);
  return `${mantissa}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
}

// Rows in the order of points, with the columns of `vernier sweep export --csv`.
function csvText(rows) {
  const numbers = data.rows.numbers.map((column) => (Array.isArray(column) ? column : null));
  const same = data.rows.numbers.map((column) => (Array.isArray(column) ? '' : numberText(column.same)));
  function numberText(value) { return value === null ? '' : typeof value === 'string' ? value : csvNumber(value); }
  const heading = ['point', 'status', 'error', 'configuration_digest', 'work_digest', ...data.axes.map(({ name }) => name),
    ...data.objectives.map(({ name }) => name), ...data.metrics.map(({ name }) => name), 'on_front'];
  const lines = [heading.map(csvField).join(',')];
  for (const row of Int32Array.from(rows).sort()) {
    const fields = [String(pointNumbers[row]), ...[statuses[row], errors[row], digests[0][row], digests[1][row]].map(csvField)];
    axisColumns.forEach((_, i) => fields.push(csvField(axisLabel(i, row))));
    numbers.forEach((column, i) => fields.push(column ? numberText(column[row]) : same[i]));
    fields.push(String(onFront[row]));
    lines.push(fields.join(','));
  }
  return `${lines.join('\n')}\n`;
}
