// SPDX-License-Identifier: Apache-2.0
// Parallel coordinates: one vertical axis per column, one line per point. A stretch drawn on an axis becomes the range of
// its column. Values of an axis of the sweep are evenly spaced in their order; a point without a number passes below.

const parallelCanvas = byId('parallel-canvas');
const parallel = { names: new Set(), places: [], base: document.createElement('canvas'), drag: undefined };
const parallelTop = 46;
const noneGap = 26;  // below an axis: where points without a number pass

// Axes of the sweep by the rank of their values, numbers linear or logarithmic: { column, x, ys, ticks, valueAt }.
function placeAxis(column, x, top, bottom) {
  const few = column.labels ? column.labels.map((_, i) => i) : (column.kind === 'axis' || column.kind === 'key') && distinctValues(column, 64);
  const log = logByDefault(column);
  let pixel;
  let ticks;
  if (few) {
    const rank = new Map(few.map((value, i) => [value, i]));
    const step = few.length > 1 ? (bottom - top) / (few.length - 1) : 0;
    pixel = (value) => (few.length > 1 ? bottom - rank.get(value) * step : (top + bottom) / 2);
    ticks = few.map((value) => ({ at: pixel(value), text: tickText(column, value) }));
    const between = (from, to) => few.filter((value) => pixel(value) >= from - 2 && pixel(value) <= to + 2);
    const bounds = (from, to) => { const inside = between(from, to); return inside.length > 0 ? [inside[0], inside[inside.length - 1]] : null; };
    return { column, x, pixel, ticks, bounds, log: false, few: true };
  }
  const forth = log ? Math.log : (value) => value;
  const back = log ? Math.exp : (value) => value;
  const [low, high] = [forth(column.min), forth(column.max)];
  const span = high - low || 1;
  pixel = (value) => (high > low ? bottom - ((forth(value) - low) / span) * (bottom - top) : (top + bottom) / 2);
  const steps = high > low ? (log ? logSteps(column.min, column.max) : roundSteps(column.min, column.max, 6)) : [column.min];
  ticks = ((column.kind !== 'metric' && distinctValues(column, 12)) || steps).map((value) => ({ at: pixel(value), text: tickText(column, value) }));
  const value = (at) => back(low + ((bottom - at) / (bottom - top)) * span);
  return { column, x, pixel, ticks, log, bounds: (from, to) => valuesWithin(column, [value(to), value(from)]) };
}

function layParallel(width, height) {
  const shownColumns = [...parallel.names].map((name) => columns.get(name));
  const [top, bottom] = [parallelTop, height - noneGap - 10];
  const [left, right] = [24, width - 110];
  const gap = shownColumns.length > 1 ? (right - left) / (shownColumns.length - 1) : 0;
  parallel.box = { top, bottom, gap };
  parallel.places = shownColumns.map((column, i) => {
    const place = placeAxis(column, left + i * gap, top, bottom);
    place.ys = Float32Array.from(column.values, (value) => (Number.isNaN(value) ? bottom + noneGap : place.pixel(value)));
    return place;
  });
}

// How often each pair of values of two neighbouring axes with few values occurs: [row that has it, count].
function pairsOf(from, to, rows) {
  const pairs = new Map();
  for (const row of rows) {
    const key = from.ys[row] * 65536 + to.ys[row];
    const known = pairs.get(key);
    if (known) known[1] += 1; else pairs.set(key, [row, 1]);
  }
  return [...pairs.values()];
}

// The lines of rows, each with this opacity. Lines on top of each other are drawn once, as opaque as all of them.
function strokeRows(context, rows, opacity) {
  const { places } = parallel;
  const chunk = 256;  // lines in one path
  for (let axis = 1; axis < places.length; ++axis) {
    const [from, to] = [places[axis - 1], places[axis]];
    if (from.few && to.few && rows.length > chunk) {
      for (const [row, count] of pairsOf(from, to, rows)) {
        context.globalAlpha = 1 - (1 - opacity) ** count;
        context.beginPath();
        context.moveTo(from.x, from.ys[row]);
        context.lineTo(to.x, to.ys[row]);
        context.stroke();
      }
      continue;
    }
    context.globalAlpha = opacity;
    for (let start = 0; start < rows.length; start += chunk) {
      context.beginPath();
      for (let i = start; i < Math.min(start + chunk, rows.length); ++i) {
        context.moveTo(from.x, from.ys[rows[i]]);
        context.lineTo(to.x, to.ys[rows[i]]);
      }
      context.stroke();
    }
  }
  context.globalAlpha = 1;
}

function drawParallelAxes(context) {
  const { top, bottom } = parallel.box;
  const halo = (text, x, y) => {
    context.lineWidth = 3;
    context.strokeStyle = css('page');
    context.strokeText(text, x, y);
    context.fillText(text, x, y);
  };
  for (const { column, x, ticks } of parallel.places) {
    context.strokeStyle = css('soft');
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(Math.round(x) + 0.5, top);
    context.lineTo(Math.round(x) + 0.5, bottom);
    context.stroke();
    context.textAlign = 'left';
    context.textBaseline = 'middle';
    for (const { at, text } of spaced(ticks, () => 13, 1)) {
      context.beginPath();
      context.lineWidth = 1;
      context.strokeStyle = css('soft');
      context.moveTo(x - 3, Math.round(at) + 0.5);
      context.lineTo(x + 4, Math.round(at) + 0.5);
      context.stroke();
      context.fillStyle = css('text');
      halo(text, x + 7, at);
    }
    if (column.values.some(Number.isNaN)) {
      context.fillStyle = css('soft');
      halo('none', x + 7, bottom + noneGap);
    }
    const range = model.ranges.get(column.name);
    if (range) drawStretch(context, x, ...stretchOf(column, range));
  }
  if (parallel.drag) drawStretch(context, parallel.drag.place.x, Math.min(parallel.drag.from, parallel.drag.to), Math.max(parallel.drag.from, parallel.drag.to));
}

function stretchOf(column, range) {
  const place = parallel.places.find((each) => each.column === column);
  const inside = Array.from(column.values).filter((value) => value >= range[0] && value <= range[1]);
  if (inside.length === 0) return [parallel.box.bottom, parallel.box.bottom];
  const ends = [Math.min, Math.max].map((pick) => place.pixel(inside.reduce((a, b) => pick(a, b))));
  return [Math.min(...ends) - 4, Math.max(...ends) + 4];
}

function drawStretch(context, x, from, to) {
  context.fillStyle = `${css('accent')}33`;
  context.fillRect(x - 7, from, 14, to - from);
  context.strokeStyle = css('accent');
  context.lineWidth = 1.5;
  context.strokeRect(x - 7, from, 14, to - from);
}

// The titles are elements, so that they show what they mean on hover and focus.
function placeTitles() {
  const { gap } = parallel.box;
  const last = parallel.places.length - 1;
  byId('parallel-titles').replaceChildren(...parallel.places.map(({ column, x, log }, i) => {
    const title = describe(element('span', undefined, { tabindex: 0 }), column);
    // Long names break behind a dot or an underscore.
    `${titleOf(column)}${log ? ', log' : ''}`.split(/(?<=[._])/).forEach((part) => title.append(part, element('wbr')));
    title.style.left = `${Math.max(0, x - (i === 0 ? 12 : 8))}px`;
    title.style.maxWidth = `${Math.max(40, i === last ? 118 : gap - 14)}px`;
    return title;
  }));
}

function drawParallelBase() {
  const { base, size: { ratio } } = parallel;
  base.width = parallelCanvas.width;
  base.height = parallelCanvas.height;
  const context = base.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.lineWidth = 1;
  const unselected = [];
  for (let row = 0; row < pointCount; ++row) if (!model.selected[row]) unselected.push(row);
  context.strokeStyle = css('faint');
  strokeRows(context, unselected, Math.min(0.7, 60 / unselected.length + 0.03));
  const opacity = Math.min(0.8, 60 / model.rows.length + 0.04);
  const { colours } = scatter;
  const byColour = colours.list.map(() => []);
  const troubled = [];
  for (const row of model.rows) {
    if (statuses[row] === 'done') byColour[colours.index[row]].push(row); else troubled.push(row);
  }
  byColour.forEach((rows, i) => { context.strokeStyle = colours.list[i]; strokeRows(context, rows, opacity); });
  context.setLineDash([5, 4]);
  context.strokeStyle = css('store-stall');
  strokeRows(context, troubled, Math.min(0.8, 20 / troubled.length + 0.1));
  context.setLineDash([]);
}

function drawParallelOverlay() {
  const { context, width, height } = fitted(parallelCanvas);
  if (parallel.places.length === 0) return;
  context.drawImage(parallel.base, 0, 0, width, height);
  const strong = (row, colour, wide) => {
    if (row < 0) return;
    context.strokeStyle = colour;
    context.lineWidth = wide;
    strokeRows(context, [row], 1);
  };
  for (const row of [...model.picks, model.current]) {
    strong(row, css('page'), 5);
    strong(row, css('text'), 2);
  }
  drawParallelAxes(context);
  const [{ x, ys }] = parallel.places;
  const together = model.picks.every((row) => row >= 0) && Math.abs(ys[model.picks[0]] - ys[model.picks[1]]) < 14;
  context.font = `600 13px ${getComputedStyle(document.body).fontFamily}`;
  context.textAlign = 'right';
  context.fillStyle = css('text');
  if (together) context.fillText('AB', x - 7, ys[model.picks[0]]);
  else model.picks.forEach((row, i) => { if (row >= 0) context.fillText('AB'[i], x - 9, ys[row]); });
}

function drawParallel() {
  const { width, height } = fitted(parallelCanvas);
  if (width === 0 || height === 0) return;
  parallel.size = { width, height, ratio: parallelCanvas.width / width };
  layParallel(width, height);
  placeTitles();
  if (parallel.places.length > 0) drawParallelBase();
  drawParallelOverlay();
}

// --- pointer -------------------------------------------------------------------------------------------------

const pointerInParallel = (event) => { const { left, top } = parallelCanvas.getBoundingClientRect(); return [event.clientX - left, event.clientY - top]; };

// The row whose line passes nearest to the pointer.
function nearestLine(x, y) {
  const { places } = parallel;
  const right = places.findIndex((place) => place.x >= x);
  if (right < 1) return -1;
  const [a, b] = [places[right - 1], places[right]];
  const share = (x - a.x) / (b.x - a.x);
  let [best, least] = [-1, 7];
  for (const row of model.rows) {
    const distance = Math.abs(a.ys[row] + (b.ys[row] - a.ys[row]) * share - y);
    if (distance < least) [best, least] = [row, distance];
  }
  return best;
}

parallelCanvas.addEventListener('pointerdown', (event) => {
  const [x, y] = pointerInParallel(event);
  const place = parallel.places.find((each) => Math.abs(each.x - x) < 14);
  parallel.pressed = true;
  if (event.button !== 0 || !place) return;
  parallelCanvas.setPointerCapture(event.pointerId);
  parallel.drag = { place, from: y, to: y };
});
parallelCanvas.addEventListener('pointermove', (event) => {
  const [x, y] = pointerInParallel(event);
  if (parallel.drag) {
    parallel.drag.to = Math.min(Math.max(y, parallelTop - 6), parallel.box.bottom + 6);
    changed('current');
    return;
  }
  parallelCanvas.style.cursor = parallel.places.some((place) => Math.abs(place.x - x) < 14) ? 'ns-resize' : 'default';
  const row = nearestLine(x, y);
  setCurrent(row);
  if (row < 0) byId('hover').hidden = true;
  else placeHover(pointHover(row, parallel.names), { left: event.clientX + 16, top: event.clientY, bottom: event.clientY + 8 });
});
parallelCanvas.addEventListener('pointerup', (event) => {
  const { drag } = parallel;
  parallel.drag = undefined;
  if (drag && Math.abs(drag.to - drag.from) > 3) setRange(drag.place.column.name, drag.place.bounds(Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)));
  else if (drag) setRange(drag.place.column.name);
  else if (parallel.pressed && nearestLine(...pointerInParallel(event)) >= 0) togglePick(nearestLine(...pointerInParallel(event)));
  parallel.pressed = false;
});
parallelCanvas.addEventListener('pointerleave', () => { if (!parallel.drag) { setCurrent(-1); byId('hover').hidden = true; } });
