// SPDX-License-Identifier: Apache-2.0
// What the two canvases share: sharp pixels, scales with ticks, colours of points.

const compactNumber = (number) => {
  const size = Math.abs(number);
  if (size >= 1e6) return compact(number);
  return Number(number.toPrecision(4)).toLocaleString('en-US', { maximumSignificantDigits: 4 });
};

// A canvas that fills its place: { context, width, height } in CSS pixels, ready to draw on.
function fitted(canvas) {
  const ratio = document.documentElement.classList.contains('printing') ? 3 : Math.max(1, window.devicePixelRatio);
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== wide || canvas.height !== high) Object.assign(canvas, { width: wide, height: high });
  const context = canvas.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return { context, width, height };
}

// --- scales ------------------------------------------------------------------------------------------------

const canBeLog = (column) => !column.labels && column.min > 0 && column.max > column.min;
const logByDefault = (column) => canBeLog(column) && column.max / column.min > 30;

function roundSteps(low, high, wanted) {
  const raw = (high - low) / wanted;
  const decade = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((each) => each * decade).find((each) => each >= raw);
  const steps = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-12); ++i) steps.push(i * step);
  return steps;
}

function logSteps(low, high) {
  const decades = Math.log10(high / low);
  if (decades < 0.8) return roundSteps(low, high, 5);
  const factors = decades > 3 ? [1] : [1, 2, 5];
  const steps = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.log10(high); ++power) {
    for (const factor of factors) {
      const value = factor * 10 ** power;
      if (value >= low && value <= high) steps.push(value);
    }
  }
  return steps;
}

// The different values of a column that has few of them, ascending; else nothing.
function distinctValues(column, most) {
  const seen = new Set();
  for (let row = 0; row < pointCount && seen.size <= most; ++row) {
    if (!Number.isNaN(column.values[row])) seen.add(column.values[row]);
  }
  return seen.size <= most ? [...seen].sort((a, b) => a - b) : undefined;
}

// Text of a value beside an axis whose title names the unit.
function tickText(column, value) {
  if (column.labels) return shorten(column.labels[value]);
  if (column.codes) {
    const code = data.axes[axisColumns.indexOf(column)].values.findIndex(({ number }) => number === value);
    if (code >= 0) return column.shownLabels[code];
  }
  return compactNumber(value / column.scale.divisor);
}

const titleOf = (column) => {
  const unit = column.codes ? '' : column.scale.unit;
  return unit === '' || unit === column.label ? column.label : `${column.label} [${unit}]`;
};

// Values of a column to pixels and back.
function scaleOfColumn(column, log, [from, to]) {
  const forth = log ? Math.log : (value) => value;
  const back = log ? Math.exp : (value) => value;
  let [low, high] = [forth(column.min), forth(column.max)];
  const margin = column.labels ? 0.5 : (high - low) * 0.04 || Math.abs(low) * 0.1 || 1;
  const zero = !log && !column.labels && low >= 0 && low - margin < 0;
  low = zero ? 0 : low - margin;
  high += margin;
  const pixel = (value) => from + ((forth(value) - low) / (high - low)) * (to - from);
  const value = (at) => back(low + ((at - from) / (to - from)) * (high - low));
  let ticks;
  if (column.labels) ticks = column.labels.map((_, i) => i);
  else ticks = column.kind !== 'metric' && distinctValues(column, 12);
  if (!ticks) ticks = log ? logSteps(back(low), back(high)) : roundSteps(back(low), back(high), 6);
  return { pixel, value, ticks: ticks.map((each) => ({ at: pixel(each), text: tickText(column, each) })) };
}

// Ticks whose texts of `size(text)` pixels do not touch each other.
function spaced(ticks, size, gap) {
  let free = -Infinity;
  return [...ticks].sort((a, b) => a.at - b.at).filter(({ at, text }) => {
    const half = size(text) / 2;
    if (at - half < free) return false;
    free = at + half + gap;
    return true;
  });
}

// --- colours -----------------------------------------------------------------------------------------------

const categoryColours = 12;
const rampStops = 7;

function mixed(a, b, share) {
  const part = (text, at) => parseInt(text.slice(1 + 2 * at, 3 + 2 * at), 16);
  const channel = (at) => Math.round(part(a, at) + (part(b, at) - part(a, at)) * share);
  return `rgb(${channel(0)},${channel(1)},${channel(2)})`;
}

function rampColour(stops, share) {
  const at = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
  const index = Math.min(Math.floor(at), stops.length - 2);
  return mixed(stops[index], stops[index + 1], at - index);
}

// Of each point by the values of a column: { list: colours, index: colour of a row, legend }. Names get colours that are
// far apart, numbers a ramp.
function colouring(column) {
  const stops = Array.from({ length: rampStops }, (_, i) => css(`ramp-${i}`));
  const none = css('idle');
  const few = column && !column.none && (column.labels ? column.labels.map((_, i) => i) : column.kind !== 'metric' && distinctValues(column, categoryColours));
  const index = new Uint8Array(pointCount);
  if (!column || column.none) return { list: [css('accent')], index, legend: [] };
  if (few && few.length <= categoryColours) {
    const list = few.map((_, i) => (column.labels ? css(`c${i}`) : rampColour(stops, few.length === 1 ? 1 : i / (few.length - 1))));
    const place = new Map(few.map((value, i) => [value, i]));
    for (let row = 0; row < pointCount; ++row) index[row] = Number.isNaN(column.values[row]) ? list.length : place.get(column.values[row]);
    return { list: [...list, none], index, legend: few.map((value, i) => ({ value, text: tickText(column, value), colour: list[i] })) };
  }
  const log = logByDefault(column);
  const forth = log ? Math.log : (value) => value;
  const [low, high] = [forth(column.min), forth(column.max)];
  const levels = 64;
  const list = Array.from({ length: levels }, (_, i) => rampColour(stops, i / (levels - 1)));
  for (let row = 0; row < pointCount; ++row) {
    const value = column.values[row];
    index[row] = Number.isNaN(value) ? levels : Math.round(((forth(value) - low) / (high - low || 1)) * (levels - 1));
  }
  const ends = column.labels ? [column.labels[0], column.labels[column.labels.length - 1]] : [column.min, column.max].map((value) => `${compactNumber(value / column.scale.divisor)} ${column.scale.unit}`);
  return { list: [...list, none], index, ramp: { stops, ends, log } };
}

// The legend; a name in it selects its points, and once more all.
function fillLegend(place, column, colours) {
  const parts = [];
  if (column) parts.push(describe(element('span', titleOf(column), { class: 'legend-title', tabindex: 0 }), column));
  for (const { value, text, colour } of colours.legend || []) {
    const range = model.ranges.get(column.name);
    const pressed = Boolean(range && range[0] === value && range[1] === value);
    const button = element('button', undefined, { type: 'button', 'aria-pressed': String(pressed), title: 'Only these points' });
    const swatch = element('span', undefined, { class: 'swatch' });
    swatch.style.background = colour;
    button.append(swatch, text);
    button.addEventListener('click', () => setRange(column.name, pressed ? null : [value, value]));
    parts.push(button);
  }
  if (colours.ramp) {
    const bar = element('span', undefined, { class: 'ramp' });
    bar.style.background = `linear-gradient(to right, ${colours.ramp.stops.join(',')})`;
    parts.push(element('span', colours.ramp.ends[0]), bar, element('span', `${colours.ramp.ends[1]}${colours.ramp.log ? ', logarithmic' : ''}`));
  }
  place.replaceChildren(...parts);
}

// --- choices -----------------------------------------------------------------------------------------------

// The options of a select: columns by kind.
function fillColumnChoice(select, kinds, chosen, none) {
  const parts = none === undefined ? [] : [element('option', none, { value: '' })];
  for (const kind of kinds) {
    const group = element('optgroup', undefined, { label: kindNames[kind] });
    for (const column of offered([kind])) group.append(element('option', column.unit === '' || column.unit === '1' ? column.choice : `${column.choice} [${column.unit}]`, { value: column.name }));
    if (group.children.length > 0) parts.push(group);
  }
  select.replaceChildren(...parts);
  select.value = chosen;
}

// Check boxes for which columns a view shows; `chosen` is a set of names.
function fillColumnBoxes(place, kinds, chosen, action) {
  const parts = [];
  for (const kind of kinds) {
    const group = element('fieldset');
    group.append(element('legend', kindNames[kind]));
    for (const column of offered([kind])) {
      const label = element('label');
      const box = element('input', undefined, { type: 'checkbox', value: column.name });
      box.checked = chosen.has(column.name);
      box.addEventListener('change', () => { if (box.checked) chosen.add(column.name); else chosen.delete(column.name); action(); });
      label.append(box, column.choice);
      group.append(describe(label, column));
    }
    if (group.children.length > 1) parts.push(group);
  }
  place.replaceChildren(...parts);
}
