// SPDX-License-Identifier: Apache-2.0
// The one selection of the page. Every brush is a range of a column, whichever view it was drawn in; what passes all
// ranges and filters is selected. Views register what they draw again when the selection, the picks or the current
// point change.

const model = {
  ranges: new Map(),  // column name -> [low, high], both included, in the values of the column
  words: [],
  statuses: new Set(Object.keys(statusCounts)),
  frontOnly: false,
  selected: new Uint8Array(pointCount).fill(1),
  rows: [],  // that are selected, in the order of points
  picks: [-1, -1],  // rows A and B
  current: -1,  // row under the pointer or the keyboard
  redrawMilliseconds: 0,
};
const rowOfPoint = new Map(Array.from(pointNumbers, (point, row) => [point, row]));

let searched;
// Everything of a row that is text, in lower case.
function searchTexts() {
  searched = searched || Array.from({ length: pointCount }, (_, row) =>
    [pointNumbers[row], statuses[row], errors[row], ...axisColumns.map((column, i) => axisLabel(i, row))].join('\n').toLowerCase());
  return searched;
}

function select() {
  const tests = [...model.ranges].map(([name, [low, high]]) => ({ values: columns.get(name).values, low, high }));
  const texts = model.words.length > 0 ? searchTexts() : [];
  const allStatuses = model.statuses.size === Object.keys(statusCounts).length;
  model.rows = [];
  for (let row = 0; row < pointCount; ++row) {
    let keep = allStatuses || model.statuses.has(statuses[row]);
    if (model.frontOnly && onFront[row] === 0) keep = false;
    for (let i = 0; keep && i < tests.length; ++i) {
      const value = tests[i].values[row];
      keep = value >= tests[i].low && value <= tests[i].high;  // a missing number is in no range
    }
    for (let i = 0; keep && i < model.words.length; ++i) keep = texts[row].includes(model.words[i]);
    model.selected[row] = keep ? 1 : 0;
    if (keep) model.rows.push(row);
  }
}

// --- who draws ---------------------------------------------------------------------------------------------

const views = { selection: [], picks: [], current: [] };
const due = new Set();

const onChange = (kind, action) => views[kind].push(action);

// At most once per frame, whatever happens in between.
function changed(kind) {
  if (due.size === 0) {
    requestAnimationFrame(() => {
      const start = performance.now();
      if (due.has('selection')) select();
      const kinds = [...due];
      due.clear();
      for (const action of new Set(kinds.flatMap((each) => views[each]))) action();
      if (kinds.includes('selection')) model.redrawMilliseconds = performance.now() - start;
    });
  }
  due.add(kind);
}

// --- what a user does --------------------------------------------------------------------------------------

// Without bounds the range is taken away.
function setRange(name, bounds) {
  if (bounds) model.ranges.set(name, bounds); else model.ranges.delete(name);
  changed('selection');
}

function reset() {
  model.ranges.clear();
  model.words = [];
  model.statuses = new Set(Object.keys(statusCounts));
  model.frontOnly = false;
  changed('selection');
}

function setCurrent(row) {
  if (model.current === row) return;
  model.current = row;
  changed('current');
}

// A point that is picked is let go; else it is A, or B if there is an A.
function togglePick(row) {
  const at = model.picks.indexOf(row);
  if (at >= 0) model.picks[at] = -1; else model.picks[model.picks[0] < 0 ? 0 : 1] = row;
  changed('picks');
}

function setPick(which, row) {
  model.picks[which] = row;
  if (row >= 0 && model.picks[1 - which] === row) model.picks[1 - which] = -1;
  changed('picks');
}

// --- Pareto front of two columns ---------------------------------------------------------------------------

// Rows of the front among the points that are done and have both numbers, by falling x.
function frontOfTwo(x, y, rows) {
  const [xs, ys] = [x.values, y.values];
  const candidates = rows.filter((row) => statuses[row] === 'done' && !Number.isNaN(xs[row]) && !Number.isNaN(ys[row]));
  // Best x first, then best y: what follows is on the front if its y is better than all before it.
  candidates.sort((a, b) => x.better * (xs[b] - xs[a]) || y.better * (ys[b] - ys[a]));
  const front = [];
  for (const row of candidates) {
    const last = front[front.length - 1];
    const same = last !== undefined && xs[row] === xs[last] && ys[row] === ys[last];
    if (last === undefined || same || y.better * (ys[row] - ys[last]) > 0) front.push(row);
  }
  return front;
}
