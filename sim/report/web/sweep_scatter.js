// SPDX-License-Identifier: Apache-2.0
// The scatter plot: two columns, coloured by a third, with the Pareto front of the two. A rectangle drawn with the
// pointer becomes two ranges.

const scatter = { names: { x: '', y: '', colour: '' }, log: { x: false, y: false }, colours: undefined, axes: undefined, base: document.createElement('canvas'), drag: undefined };
const scatterCanvas = byId('scatter-canvas');
const scatterColumn = (which) => columns.get(scatter.names[which]);
const hasPlaceInScatter = (row) => !Number.isNaN(scatterColumn('x').values[row]) && !Number.isNaN(scatterColumn('y').values[row]);
const dotSize = pointCount <= 400 ? 4.5 : pointCount <= 3000 ? 3.2 : 2.4;

// A dot drawn once, to be copied to its places.
function dotOf(colour, size, ratio) {
  const side = Math.ceil((2 * size + 2) * ratio);
  const dot = new OffscreenCanvas(side, side);
  const context = dot.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.beginPath();
  context.arc(size + 1, size + 1, size, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
  context.lineWidth = 0.75;
  context.strokeStyle = css('page');
  context.stroke();
  return dot.transferToImageBitmap();
}

function drawFrame(context, width, height, box) {
  const { x, y } = scatter.axes;
  context.strokeStyle = css('line');
  context.fillStyle = css('soft');
  context.lineWidth = 1;
  context.textAlign = 'center';
  context.textBaseline = 'top';
  for (const { at, text } of spaced(x.ticks, (each) => context.measureText(each).width, 10)) {
    context.beginPath();
    context.moveTo(Math.round(at) + 0.5, box.top);
    context.lineTo(Math.round(at) + 0.5, box.bottom);
    context.stroke();
    context.fillText(text, at, box.bottom + 8);
  }
  context.textAlign = 'right';
  context.textBaseline = 'middle';
  for (const { at, text } of spaced(y.ticks, () => 14, 2)) {
    context.beginPath();
    context.moveTo(box.left, Math.round(at) + 0.5);
    context.lineTo(box.right, Math.round(at) + 0.5);
    context.stroke();
    context.fillText(text, box.left - 8, at);
  }
  context.fillStyle = css('text');
  context.textAlign = 'center';
  context.textBaseline = 'bottom';
  context.fillText(`${titleOf(scatterColumn('x'))}${scatter.log.x ? ', logarithmic' : ''}`, (box.left + box.right) / 2, height - 2);
  context.save();
  context.translate(14, (box.top + box.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText(`${titleOf(scatterColumn('y'))}${scatter.log.y ? ', logarithmic' : ''}`, 0, 2);
  context.restore();
}

// What stays the same while the pointer moves.
function drawScatterBase() {
  const { base } = scatter;
  base.width = scatterCanvas.width;
  base.height = scatterCanvas.height;
  const { width, height, ratio } = scatter.size;
  const context = base.getContext('2d');
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  const box = scatter.box;
  drawFrame(context, width, height, box);
  const [xs, ys] = [scatterColumn('x').values, scatterColumn('y').values];
  const { x, y } = scatter.axes;
  const [atX, atY] = [new Float32Array(pointCount), new Float32Array(pointCount)];
  for (let row = 0; row < pointCount; ++row) { atX[row] = x.pixel(xs[row]); atY[row] = y.pixel(ys[row]); }
  Object.assign(scatter, { atX, atY });
  context.fillStyle = css('faint');
  const half = Math.max(1.2, dotSize * 0.6);
  for (let row = 0; row < pointCount; ++row) {
    if (!model.selected[row] && hasPlaceInScatter(row)) context.fillRect(atX[row] - half, atY[row] - half, 2 * half, 2 * half);
  }
  const dots = scatter.colours.list.map((colour) => dotOf(colour, dotSize, ratio));
  const size = dotSize + 1;
  const crosses = [];
  for (const row of model.rows) {
    if (!hasPlaceInScatter(row)) continue;
    if (statuses[row] !== 'done') { crosses.push(row); continue; }
    const dot = dots[scatter.colours.index[row]];
    context.drawImage(dot, atX[row] - size, atY[row] - size, dot.width / ratio, dot.height / ratio);
  }
  // Points that failed or were excluded are crosses.
  context.lineWidth = 1.5;
  const crossColours = { failed: css('store-stall'), excluded: css('soft') };
  for (const row of crosses) {
    const reach = dotSize * 0.9;
    context.strokeStyle = crossColours[statuses[row]];
    context.beginPath();
    context.moveTo(atX[row] - reach, atY[row] - reach);
    context.lineTo(atX[row] + reach, atY[row] + reach);
    context.moveTo(atX[row] + reach, atY[row] - reach);
    context.lineTo(atX[row] - reach, atY[row] + reach);
    context.stroke();
  }
  drawFront(context, box);
}

// A staircase through the front: what it reaches in x costs the y of the next better point.
function drawFront(context, box) {
  const [columnX, columnY] = [scatterColumn('x'), scatterColumn('y')];
  const front = [columnX, columnY].some(({ labels, kind }) => labels || kind === 'point') ? [] : frontOfTwo(columnX, columnY, model.rows);
  scatter.front = front;
  if (front.length === 0) return;
  const worstX = columnX.better > 0 ? box.left : box.right;
  const worstY = columnY.better > 0 ? box.bottom : box.top;
  context.beginPath();
  context.moveTo(scatter.atX[front[0]], worstY);
  front.forEach((row, i) => {
    if (i > 0) context.lineTo(scatter.atX[row], scatter.atY[front[i - 1]]);
    context.lineTo(scatter.atX[row], scatter.atY[row]);
  });
  context.lineTo(worstX, scatter.atY[front[front.length - 1]]);
  context.strokeStyle = css('accent');
  context.lineWidth = 1.5;
  context.stroke();
  context.fillStyle = css('page');
  for (const row of front) {
    context.beginPath();
    context.arc(scatter.atX[row], scatter.atY[row], dotSize + 1.5, 0, 2 * Math.PI);
    context.stroke();
  }
}

// A ring, and a letter above it or, where there is one already, below.
function drawMark(context, row, letter, below) {
  if (row < 0 || !hasPlaceInScatter(row)) return;
  const [x, y] = [scatter.atX[row], scatter.atY[row]];
  context.beginPath();
  context.arc(x, y, dotSize + 4, 0, 2 * Math.PI);
  context.lineWidth = 2;
  context.strokeStyle = css('text');
  context.stroke();
  if (!letter) return;
  context.font = `600 13px ${getComputedStyle(document.body).fontFamily}`;
  context.textAlign = 'left';
  context.textBaseline = 'bottom';
  context.lineWidth = 4;
  context.strokeStyle = css('page');
  const at = below ? y + 17 : y - 3;
  context.strokeText(letter, x + dotSize + 5, at);
  context.fillStyle = css('text');
  context.fillText(letter, x + dotSize + 5, at);
}

function rangeInPixels(which, from, to) {
  const range = model.ranges.get(scatter.names[which]);
  if (!range) return undefined;
  const column = scatterColumn(which);
  const [low, high] = range.map((value) => Math.min(Math.max(value, column.min), column.max));
  const ends = [scatter.axes[which].pixel(low), scatter.axes[which].pixel(high)].sort((a, b) => a - b);
  return [Math.max(ends[0] - 3, from), Math.min(ends[1] + 3, to)];
}

function drawScatterOverlay() {
  const { context, width, height } = fitted(scatterCanvas);
  context.drawImage(scatter.base, 0, 0, width, height);
  const { left, right, top, bottom } = scatter.box;
  let [x, y] = [rangeInPixels('x', left, right), rangeInPixels('y', top, bottom)];
  if (scatter.drag) {
    const ends = (a, b, from, to) => [a, b].sort((p, q) => p - q).map((at) => Math.min(Math.max(at, from), to));
    x = ends(scatter.drag.from[0], scatter.drag.to[0], left, right);
    y = ends(scatter.drag.from[1], scatter.drag.to[1], top, bottom);
  }
  if (x || y) {
    const [[x0, x1], [y0, y1]] = [x || [left, right], y || [top, bottom]];
    context.fillStyle = `${css('accent')}18`;
    context.fillRect(x0, y0, x1 - x0, y1 - y0);
    context.strokeStyle = css('accent');
    context.lineWidth = 1;
    context.strokeRect(Math.round(x0) + 0.5, Math.round(y0) + 0.5, Math.round(x1 - x0), Math.round(y1 - y0));
  }
  drawMark(context, model.current);
  const [a, b] = model.picks;
  const crowded = a >= 0 && b >= 0 && Math.abs(scatter.atX[a] - scatter.atX[b]) < 16 && Math.abs(scatter.atY[a] - scatter.atY[b]) < 16;
  drawMark(context, a, 'A', crowded && scatter.atY[a] > scatter.atY[b]);
  drawMark(context, b, 'B', crowded && scatter.atY[a] <= scatter.atY[b]);
}

function drawScatter() {
  const { width, height } = fitted(scatterCanvas);
  if (width === 0 || height === 0) return;
  scatter.size = { width, height, ratio: scatterCanvas.width / width };
  scatter.box = { left: 84, right: width - 16, top: 12, bottom: height - 50 };
  const { left, right, top, bottom } = scatter.box;
  scatter.colours = colouring(scatterColumn('colour'));
  scatter.axes = { x: scaleOfColumn(scatterColumn('x'), scatter.log.x, [left, right]), y: scaleOfColumn(scatterColumn('y'), scatter.log.y, [bottom, top]) };
  drawScatterBase();
  drawScatterOverlay();
  fillLegend(byId('colour-legend'), scatterColumn('colour'), scatter.colours);
  const placed = model.rows.filter(hasPlaceInScatter).length;
  const lost = model.rows.length - placed;
  const directions = ['x', 'y'].map((which) => `${scatterColumn(which).better > 0 ? 'most' : 'least'} ${scatterColumn(which).label}`);
  byId('scatter-caption').textContent = `${scatter.front.length > 0 ? `Line: front of the selected points, ${directions.join(', ')}: ${grouped(scatter.front.length, 0)} point${scatter.front.length === 1 ? '' : 's'}. ` : ''}` +
    `${lost > 0 ? `${grouped(lost, 0)} selected point${lost === 1 ? ' has' : 's have'} no such number and no place here; the table lists ${lost === 1 ? 'it' : 'them'}. ` : ''}` +
    'Crosses: failed or excluded. Drag to select; click to pick a point. With the keyboard: arrows go from point to point, Enter picks, Escape clears.';
}

// --- pointer and keyboard ------------------------------------------------------------------------------------

// The nearest point that is selected, else the nearest, within reach; -1 if there is none.
function nearestRow(x, y) {
  let [best, least] = [-1, 144];
  for (let row = 0; row < pointCount; ++row) {
    const distance = (scatter.atX[row] - x) ** 2 + (scatter.atY[row] - y) ** 2 + (model.selected[row] ? 0 : 60);
    if (distance < least) [best, least] = [row, distance];
  }
  return best;
}

function showPoint(row, place, names) {
  const { left, top } = scatterCanvas.getBoundingClientRect();
  const at = place || { left: left + scatter.atX[row] + 14, top: top + scatter.atY[row], bottom: top + scatter.atY[row] + 10 };
  const box = pointHover(row, names);
  const others = model.rows.filter((other) => other !== row && Math.abs(scatter.atX[other] - scatter.atX[row]) < 2 && Math.abs(scatter.atY[other] - scatter.atY[row]) < 2).length;
  if (others > 0) box.append(element('em', `${countText(others, 'other point')} in this place`));
  placeHover(box, at);
}

const scatterNames = () => [...new Set([scatter.names.x, scatter.names.y, scatter.names.colour])].filter((name) => name !== '');
const pointerAt = (event) => { const { left, top } = scatterCanvas.getBoundingClientRect(); return [event.clientX - left, event.clientY - top]; };

function brushScatter() {
  const { from, to } = scatter.drag;
  for (const [which, axis] of [['x', 0], ['y', 1]]) {
    const ends = [from[axis], to[axis]].map((at) => scatter.axes[which].value(at)).sort((a, b) => a - b);
    setRange(scatter.names[which], valuesWithin(scatterColumn(which), ends));
  }
}

// The ends of what a column has between two bounds; two bounds without a value between them stay as they are.
function valuesWithin(column, [low, high]) {
  let [first, last] = [Infinity, -Infinity];
  for (const value of column.values) {
    if (value >= low && value <= high) { first = Math.min(first, value); last = Math.max(last, value); }
  }
  return first <= last ? [first, last] : [low, high];
}

scatterCanvas.addEventListener('pointerdown', (event) => {
  if (event.button !== 0) return;
  scatterCanvas.setPointerCapture(event.pointerId);
  scatter.drag = undefined;
  scatter.pressed = pointerAt(event);
});
scatterCanvas.addEventListener('pointermove', (event) => {
  const at = pointerAt(event);
  if (scatter.pressed && (scatter.drag || Math.hypot(at[0] - scatter.pressed[0], at[1] - scatter.pressed[1]) > 4)) {
    scatter.drag = { from: scatter.pressed, to: at };
    byId('hover').hidden = true;
    changed('current');
    return;
  }
  const row = nearestRow(...at);
  setCurrent(row);
  if (row >= 0) showPoint(row, undefined, scatterNames()); else byId('hover').hidden = true;
});
scatterCanvas.addEventListener('pointerup', (event) => {
  if (scatter.drag) brushScatter();
  else if (scatter.pressed && nearestRow(...pointerAt(event)) >= 0) togglePick(nearestRow(...pointerAt(event)));
  scatter.drag = scatter.pressed = undefined;
});
scatterCanvas.addEventListener('pointerleave', () => { if (!scatter.pressed) { setCurrent(-1); byId('hover').hidden = true; } });

scatterCanvas.addEventListener('keydown', (event) => {
  const steps = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  if (event.key === 'Escape') {
    setRange(scatter.names.x);
    setRange(scatter.names.y);
  } else if (['Enter', ' '].includes(event.key) && model.current >= 0) {
    event.preventDefault();
    togglePick(model.current);
  } else if (event.key in steps) {
    event.preventDefault();
    const order = model.rows.filter(hasPlaceInScatter).sort((a, b) => scatter.atX[a] - scatter.atX[b] || scatter.atY[a] - scatter.atY[b]);
    if (order.length === 0) return;
    const at = order.indexOf(model.current);
    const to = at < 0 ? 0 : Math.min(Math.max(at + steps[event.key], 0), order.length - 1);
    setCurrent(order[to]);
    showPoint(order[to], undefined, scatterNames());
  }
});
