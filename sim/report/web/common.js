// SPDX-License-Identifier: Apache-2.0
// What the pages share: elements, numbers, charts. Everything from the data is set as text, never as markup.
'use strict';

const byId = (id) => document.getElementById(id);

function element(tag, text, attributes = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

// --- numbers -------------------------------------------------------------------------------------------

const grouped = (number, digits) =>
  number.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });

const steps = (base, prefixes) => prefixes.map((prefix, i) => ({ divisor: base ** i, prefix }));
const binary = steps(1024, ['', 'Ki', 'Mi', 'Gi', 'Ti']);
const decimal = steps(1000, ['', 'k', 'M', 'G', 'T']);
const fractions = [['', 1], ['m', 1e-3], ['\u00b5', 1e-6], ['n', 1e-9]].map(([prefix, divisor]) => ({ divisor, prefix }));
const joules = [['p', 1], ['n', 1e3], ['\u00b5', 1e6], ['m', 1e9], ['', 1e12]];  // of a picojoule
// Digits behind the point that show four of a number of this size.
const fourDigits = (size) => (size > 0 ? Math.min(12, Math.max(0, 3 - Math.floor(Math.log10(size)))) : 0);

// The scale in which `largest` is easy to read, and the unit that goes with it.
function scaleFor(unit, largest, limits = { binary: 10240, decimal: 1e5 }) {
  const fit = (scales, limit) => scales.find((scale) => largest / scale.divisor < limit) || scales[scales.length - 1];
  let scale = { divisor: 1, prefix: '' };
  if (unit === '1') return { divisor: 0.01, unit: '%', digits: 1 };
  if (unit === 'pJ' || unit === 'fJ') {
    scale = fit(joules.map(([prefix, divisor]) => ({ prefix, divisor: unit === 'pJ' ? divisor : divisor * 1000 })), 1000);
    return { divisor: scale.divisor, unit: `${scale.prefix}J`, prefix: scale.prefix, digits: fourDigits(largest / scale.divisor) };
  }
  if (['W', 'J s'].includes(unit) && largest > 0) {
    scale = fractions.find((candidate) => largest >= candidate.divisor) || fractions[3];
    return { divisor: scale.divisor, unit: scale.prefix + unit, prefix: scale.prefix, digits: fourDigits(largest / scale.divisor) };
  }
  if (['mm2', 'TOPS/W', 'TOPS/mm2', ''].includes(unit)) return { divisor: 1, unit, prefix: '', digits: unit === '' && Number.isInteger(largest) ? 0 : fourDigits(largest) };
  if (unit === 'B' || unit === 'B/s') scale = fit(binary, limits.binary);
  if (['MACs', 'MACs/s', 'bit', 'events', 'instructions'].includes(unit)) scale = fit(decimal, limits.decimal);
  if (unit === 's' && largest > 0) scale = fractions.find((candidate) => largest >= candidate.divisor) || fractions[3];
  const whole = scale.divisor === 1 && unit !== 's' && unit !== 'MACs/B';
  const spaced = ['MACs', 'events', 'instructions'].includes(unit) && scale.prefix ? `${scale.prefix} ${unit}` : scale.prefix + unit;
  return { divisor: scale.divisor, unit: spaced, prefix: scale.prefix, digits: whole ? 0 : 2 };
}

function shown(value, scale) {
  if (value === null || value === undefined) return '\u2013';
  const number = value / scale.divisor;
  return grouped(number, Number.isInteger(number) && scale.digits === 0 ? 0 : Math.max(scale.digits, 1));
}

const exact = (value, unit) => {
  if (value === null || value === undefined) return unit === 'pJ' ? 'no sourced number' : 'none';
  const digits = (Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(12)))).replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',');
  return unit === '1' || unit === '' ? digits : `${digits} ${unit}`;
};

// A table of two or more columns without sorting: heading cells, and lines of cells.
function fillTable(id, headings, lines) {
  const head = element('tr');
  head.append(...headings);
  const body = element('tbody');
  for (const cells of lines) {
    const line = element('tr');
    line.append(...cells);
    body.append(line);
  }
  const thead = element('thead');
  thead.append(head);
  byId(id).replaceChildren(thead, body);
}

// One of the buttons of a group is pressed.
function choose(attribute, action) {
  const buttons = document.querySelectorAll(`button[data-${attribute}]`);
  buttons.forEach((button) => button.addEventListener('click', () => {
    buttons.forEach((other) => other.setAttribute('aria-pressed', String(other === button)));
    action(button.dataset[attribute]);
  }));
}

// --- charts ----------------------------------------------------------------------------------------------
// Colours come from the style sheet, so that light, dark and print need one source.

const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const charts = new Map();

function draw(id, height, option, renderer = 'svg') {
  const place = byId(id);
  place.style.height = `${height}px`;
  let chart = charts.get(id);
  if (!chart) {
    chart = echarts.init(place, null, { renderer });
    charts.set(id, chart);
  }
  chart.resize({ height });
  chart.setOption({ animation: false, aria: { enabled: true }, textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: css('text') }, ...option }, true);
  return chart;
}

const legend = () => ({ bottom: 0, itemWidth: 12, itemHeight: 12, itemGap: 16, type: 'plain', textStyle: { color: css('soft') } });
const tooltip = (formatter) => ({ backgroundColor: css('hover-page'), borderWidth: 0, padding: [8, 12], confine: true,
  textStyle: { color: css('hover-text'), fontSize: 13 }, extraCssText: 'max-width:340px;white-space:normal', formatter });
const valueAxis = (formatter, max) => ({ type: 'value', max, axisLabel: { color: css('soft'), formatter, hideOverlap: true },
  splitLine: { lineStyle: { color: css('line') } } });
// 3,000,000 -> "3 M": short enough for an axis; the exact number is in the hover.
const compact = (value) => {
  const scale = decimal.find(({ divisor }) => Math.abs(value) / divisor < 1000) || decimal[4];
  return `${Number((value / scale.divisor).toPrecision(3)).toLocaleString('en-US')}${scale.prefix ? ` ${scale.prefix}` : ''}`;
};
const shorten = (name) => (name.length > 24 ? `${name.slice(0, 23)}\u2026` : name);

// Along the x axis: a slider below, and ctrl with the wheel.
const timeZoom = () => [
  { type: 'slider', xAxisIndex: 0, bottom: 34, height: 22, filterMode: 'weakFilter', borderColor: css('line'),
    labelFormatter: (value) => grouped(Math.round(value), 0), textStyle: { color: css('soft') }, fillerColor: `${css('accent')}22`,
    dataBackground: { lineStyle: { opacity: 0 }, areaStyle: { opacity: 0 } }, brushSelect: false },
  { type: 'inside', xAxisIndex: 0, filterMode: 'weakFilter', zoomOnMouseWheel: 'ctrl' },
];

// Moves and zooms the chart along its time axis.
function zoomTime(id, action) {
  const chart = charts.get(id);
  if (!chart) return;
  const { start, end } = chart.getOption().dataZoom[0];
  const [width, middle] = [end - start, (start + end) / 2];
  const factor = { in: 0.5, out: 2 }[action] || 1;
  const shift = { earlier: -0.25, later: 0.25 }[action] || 0;
  const size = action === 'all' ? 100 : Math.min(100, Math.max(width * factor, 0.01));
  const first = Math.min(100 - size, Math.max(0, middle + shift * width - size / 2));
  chart.dispatchAction({ type: 'dataZoom', dataZoomIndex: 0, start: first, end: first + size });
}

// The buttons of the page and the keys of the chart.
function offerZoom(id) {
  document.querySelectorAll('button[data-zoom]').forEach((button) => button.addEventListener('click', () => zoomTime(id, button.dataset.zoom)));
  byId(id).addEventListener('keydown', (event) => {
    const action = { ArrowLeft: 'earlier', ArrowRight: 'later', '+': 'in', '=': 'in', '-': 'out', 0: 'all' }[event.key];
    if (!action) return;
    event.preventDefault();
    zoomTime(id, action);
  });
}

// Draws everything again when the window, the colours or the medium change.
function keepDrawn(drawAll) {
  const forPrint = (printing) => {
    document.documentElement.classList.toggle('printing', printing);
    drawAll();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAll);
  matchMedia('print').addEventListener('change', (event) => forPrint(event.matches));
  addEventListener('beforeprint', () => forPrint(true));
  addEventListener('afterprint', () => forPrint(false));
  new ResizeObserver(() => charts.forEach((chart) => chart.resize())).observe(document.querySelector('main'));
}
