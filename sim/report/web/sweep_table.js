// SPDX-License-Identifier: Apache-2.0
// The table of the selected points. Only the rows in sight are in the document, so that any number of them can be there.
// It is one stop of the tab key; arrows go from cell to cell, Enter picks the point of the row.

const table = { names: new Set(), sort: { name: 'point', descending: false }, order: undefined, row: 0, column: 0, first: 0, last: 0 };
const rowHeight = 29;  // as the style sheet has it
const spareRows = 8;
const mostPrinted = 60;
const tableScroll = byId('table-scroll');
const hasTrouble = statusCounts.failed + statusCounts.excluded > 0;

const tableColumns = () => [columns.get('point'), ...[...columns.values()].filter(({ name, kind }) => kind !== 'point' && table.names.has(name))];

// The selected rows as the table has them.
function tableOrder() {
  if (table.order) return table.order;
  const { name, descending } = table.sort;
  const sign = descending ? -1 : 1;
  if (name === 'status') {
    table.order = model.rows.slice().sort((a, b) => sign * (statuses[a].localeCompare(statuses[b]) || errors[a].localeCompare(errors[b])) || a - b);
    return table.order;
  }
  const column = columns.get(name);
  // Names by their order in the sweep; missing numbers last, whichever way.
  const { values } = column;
  table.order = model.rows.slice().sort((a, b) => {
    const [x, y] = [values[a], values[b]];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y) || a - b;
    return sign * (x - y) || a - b;
  });
  return table.order;
}

function sortBy(name) {
  table.sort = { name, descending: table.sort.name === name ? !table.sort.descending : false };
  table.order = undefined;
  fillTableHead();
  fillTableRows();
  drawBars();
  [...byId('points-table').querySelectorAll('thead button')].find((button) => button.dataset.sort === name).focus();
}

// Roughly how wide the texts of a column are, in pixels.
function widthOf(column) {
  const texts = column.shownLabels || column.labels || [column.min, column.max].map((value) => (Number.isFinite(value) ? shown(value, column.scale) : ''));
  const longest = Math.max(column.scale.unit.length, ...texts.map((text) => text.length));
  return Math.min(Math.max(longest * 7.4 + 24, column.label.length * 8 + 40, 72), 260);
}

function sortHeading(name, label, unit, record) {
  const cell = element('th', undefined, { scope: 'col' });
  const button = element('button', label, { type: 'button', 'data-sort': name });
  if (record) describe(button, record);
  button.addEventListener('click', () => sortBy(name));
  cell.append(button, element('span', unit === label ? '' : unit, { class: 'unit' }));
  if (table.sort.name === name) cell.setAttribute('aria-sort', table.sort.descending ? 'descending' : 'ascending');
  return cell;
}

function fillTableHead() {
  const shownColumns = tableColumns();
  const widths = shownColumns.map(widthOf);
  const head = element('tr');
  shownColumns.forEach((column, i) => {
    const cell = sortHeading(column.name, column.label, column.codes ? '' : column.scale.unit, column);
    if (column.labels || column.codes) cell.classList.add('text');
    head.append(cell);
    if (i === 0 && hasTrouble) {
      const status = sortHeading('status', 'status', '', metricByName.get('status'));
      status.classList.add('text');
      head.append(status);
    }
  });
  if (hasTrouble) widths.splice(1, 0, 190);
  const group = element('colgroup');
  for (const width of widths) {
    const col = element('col');
    col.style.width = `${width}px`;
    group.append(col);
  }
  const thead = element('thead');
  thead.append(head);
  const grid = byId('points-table');
  grid.style.width = `max(100%, ${Math.ceil(widths.reduce((sum, width) => sum + width, 0))}px)`;
  grid.replaceChildren(group, thead, element('tbody'));
}

function spacer(count, span) {
  const line = element('tr', undefined, { 'aria-hidden': 'true', class: 'spacer' });
  const cell = element('td', undefined, { colspan: span });
  cell.style.height = `${count * rowHeight}px`;
  line.append(cell);
  return line;
}

function pointLine(row, at, shownColumns) {
  const pick = model.picks.indexOf(row);
  const line = element('tr', undefined, { 'aria-rowindex': at + 2, 'data-row': row });
  if (pick >= 0) line.className = 'picked';
  if (row === model.current) line.classList.add('current');
  shownColumns.forEach((column, i) => {
    const cell = i === 0 ? element('th', undefined, { scope: 'row' }) : element('td', cellText(column, row));
    if (i === 0) {
      if (pick >= 0) cell.append(element('strong', 'AB'[pick], { class: 'badge' }));
      cell.append(String(pointNumbers[row]));
      if (onFront[row]) cell.append(element('span', ' \u25c6', { class: 'on-front', title: 'on the Pareto front of the objectives of the sweep' }));
    }
    if (column.labels || column.codes) cell.classList.add('text');
    if (Number.isNaN(column.values[row])) cell.classList.add('zero');
    cell.dataset.metric = column.name;
    cell.dataset.exact = exactText(column, row);
    line.append(cell);
    if (i === 0 && hasTrouble) {
      const status = element('td', errors[row] ? `${statuses[row]}: ${errors[row]}` : statuses[row], { class: `text status ${statuses[row]}`, 'data-metric': 'status' });
      status.dataset.exact = status.textContent;
      line.append(status);
    }
  });
  return line;
}

// Puts the rows in sight into the document.
function fillTableRows() {
  const order = tableOrder();
  const shownColumns = tableColumns();
  const printing = document.documentElement.classList.contains('printing');
  const inSight = Math.ceil(tableScroll.clientHeight / rowHeight);
  table.first = printing ? 0 : Math.max(0, Math.min(Math.floor(tableScroll.scrollTop / rowHeight), order.length - inSight) - spareRows);
  table.last = Math.min(order.length, printing ? mostPrinted : table.first + inSight + 2 * spareRows);
  table.row = Math.max(0, Math.min(table.row, order.length - 1));
  const span = shownColumns.length + (hasTrouble ? 1 : 0);
  const lines = order.slice(table.first, table.last).map((row, i) => pointLine(row, table.first + i, shownColumns));
  const grid = byId('points-table');
  grid.setAttribute('aria-rowcount', order.length + 1);
  grid.tBodies[0].replaceChildren(...(printing ? lines : [spacer(table.first, span), ...lines, spacer(order.length - table.last, span)]));
  const entry = grid.querySelector(`[data-row="${order[Math.min(Math.max(table.row, table.first), table.last - 1)]}"]`);
  table.column = Math.min(table.column, span - 1);
  if (entry) entry.children[table.column].tabIndex = 0;
  byId('table-caption').textContent = order.length === 0 ? 'No point is selected.' :
    printing && order.length > mostPrinted ? `The first ${mostPrinted} of ${grouped(order.length, 0)} selected points.` :
      'Enter or a click picks a point; arrows go from cell to cell. A diamond: on the Pareto front of the objectives of the sweep.';
  byId('export').textContent = `Export CSV of ${countText(order.length, 'point')}`;
}

// Draws again, and the focus stays on the cell that had it.
function refillRows() {
  const focused = byId('points-table').tBodies[0].contains(document.activeElement);
  fillTableRows();
  if (focused) focusCell();
}

function focusCell() {
  const order = tableOrder();
  const line = byId('points-table').querySelector(`[data-row="${order[table.row]}"]`);
  if (!line) return;
  const cell = line.children[table.column];
  cell.tabIndex = 0;
  cell.focus({ preventScroll: true });
  setCurrent(order[table.row]);
}

function goTo(row, column) {
  const order = tableOrder();
  table.row = Math.min(Math.max(row, 0), order.length - 1);
  table.column = Math.max(0, column);
  const head = byId('points-table').tHead.offsetHeight;
  const top = table.row * rowHeight;
  const room = tableScroll.clientHeight - head - rowHeight;
  if (top < tableScroll.scrollTop) tableScroll.scrollTop = top;
  if (top > tableScroll.scrollTop + room - 14) tableScroll.scrollTop = top - room + 14;
  fillTableRows();
  focusCell();
  const cell = document.activeElement;
  const pinned = cell.parentElement.firstChild.offsetWidth;
  if (table.column > 0 && cell.offsetLeft < tableScroll.scrollLeft + pinned) tableScroll.scrollLeft = cell.offsetLeft - pinned;
  if (cell.offsetLeft + cell.offsetWidth > tableScroll.scrollLeft + tableScroll.clientWidth) tableScroll.scrollLeft = cell.offsetLeft + cell.offsetWidth - tableScroll.clientWidth;
}

function tableKey(event) {
  if (!byId('points-table').tBodies[0].contains(event.target)) return;
  const page = Math.floor(tableScroll.clientHeight / rowHeight) - 2;
  const steps = { ArrowDown: [1, 0], ArrowUp: [-1, 0], ArrowRight: [0, 1], ArrowLeft: [0, -1], PageDown: [page, 0], PageUp: [-page, 0], Home: [-Infinity, 0], End: [Infinity, 0] };
  if (event.key in steps) {
    event.preventDefault();
    goTo(table.row + steps[event.key][0], table.column + steps[event.key][1]);
  } else if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    togglePick(tableOrder()[table.row]);
  }
}

function exportSelected() {
  const link = element('a', undefined, { download: `${data.name.replace(/[^\w.-]+/g, '_') || 'sweep'}.csv` });
  link.href = URL.createObjectURL(new Blob([csvText(model.rows)], { type: 'text/csv' }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function offerTable() {
  let scrolling = false;
  tableScroll.addEventListener('scroll', () => {
    if (!scrolling) requestAnimationFrame(() => { scrolling = false; refillRows(); });
    scrolling = true;
  });
  tableScroll.addEventListener('keydown', tableKey);
  tableScroll.addEventListener('click', (event) => {
    const line = event.target.closest('tr[data-row]');
    if (!line) return;
    table.row = tableOrder().indexOf(Number(line.dataset.row));
    togglePick(Number(line.dataset.row));
  });
  tableScroll.addEventListener('mouseover', (event) => { const line = event.target.closest('tr[data-row]'); if (line) setCurrent(Number(line.dataset.row)); });
  tableScroll.addEventListener('mouseleave', () => setCurrent(-1));
  byId('export').addEventListener('click', exportSelected);
}
