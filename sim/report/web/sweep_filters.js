// SPDX-License-Identifier: Apache-2.0
// The bar that says what is selected: find, status, front, and every range as a pair of inputs, so that each brush can be
// set by keyboard.

const countText = (count, what) => `${grouped(count, 0)} ${what}${count === 1 ? '' : 's'}`;

function rangeInput(column, which, range) {
  const label = `${column.label}, ${which === 0 ? 'from' : 'to'}`;
  const set = (value) => {
    const bounds = [...model.ranges.get(column.name)];
    bounds[which] = value;
    setRange(column.name, bounds);
  };
  if (column.labels) {
    const choice = element('select', undefined, { 'aria-label': label });
    choice.append(...column.labels.map((text, i) => element('option', text, { value: i })));
    choice.value = String(which === 0 ? Math.ceil(range[0]) : Math.floor(range[1]));
    choice.addEventListener('change', () => set(Number(choice.value)));
    return choice;
  }
  const input = element('input', undefined, { type: 'number', step: 'any', 'aria-label': `${label} [${column.unit || 'number'}]` });
  input.value = String(range[which]);
  input.addEventListener('change', () => { if (input.value !== '' && Number.isFinite(Number(input.value))) set(Number(input.value)); });
  return input;
}

function rangeChip([name, range]) {
  const column = columns.get(name);
  const chip = element('span', undefined, { class: 'chip', 'data-range': name });
  const title = describe(element('strong', column.label, { tabindex: 0 }), column);
  const remove = element('button', '\u00d7', { type: 'button', 'aria-label': `No range of ${column.label}` });
  remove.addEventListener('click', () => setRange(name));
  chip.append(title, rangeInput(column, 0, range), '\u2013', rangeInput(column, 1, range), ...(column.unit && column.unit !== '1' ? [column.unit] : []), remove);
  return chip;
}

// The chips keep the focus where it is: those of unchanged columns stay.
function fillFilters() {
  byId('selected-count').textContent = `${grouped(model.rows.length, 0)} of ${countText(pointCount, 'point')} selected`;
  const list = byId('range-list');
  const focused = document.activeElement && document.activeElement.closest('.chip');
  const at = focused ? [focused.dataset.range, [...focused.querySelectorAll('input, select, button')].indexOf(document.activeElement)] : undefined;
  list.replaceChildren(...[...model.ranges].map(rangeChip));
  const again = at && [...list.children].find((chip) => chip.dataset.range === at[0]);
  if (again && at[1] >= 0) again.querySelectorAll('input, select, button')[at[1]].focus();
  for (const box of document.querySelectorAll('#status-choice input')) box.checked = model.statuses.has(box.value);
  byId('front-only').checked = model.frontOnly;
  if (model.words.length === 0 && document.activeElement !== byId('find')) byId('find').value = '';
  byId('reset').disabled = model.rows.length === pointCount && model.ranges.size === 0;
  byId('add-range').value = '';
}

function offerFilters() {
  byId('find').addEventListener('input', () => {
    model.words = byId('find').value.toLowerCase().split(/\s+/).filter((word) => word !== '');
    changed('selection');
  });
  for (const [status, count] of Object.entries(statusCounts)) {
    if (count === 0) continue;
    const label = element('label');
    const box = element('input', undefined, { type: 'checkbox', value: status });
    box.addEventListener('change', () => { if (box.checked) model.statuses.add(status); else model.statuses.delete(status); changed('selection'); });
    label.append(box, `${status} ${grouped(count, 0)}`);
    byId('status-choice').append(label);
  }
  byId('status-choice').hidden = byId('status-choice').children.length < 2;
  byId('front-choice').hidden = data.objectives.length === 0;
  byId('front-only').addEventListener('change', () => { model.frontOnly = byId('front-only').checked; changed('selection'); });
  fillColumnChoice(byId('add-range'), ['axis', 'key', 'objective', 'metric'], '', 'Add a range \u2026');
  byId('add-range').addEventListener('change', () => {
    const column = columns.get(byId('add-range').value);
    if (!column) return;
    setRange(column.name, model.ranges.get(column.name) || [column.min, column.max]);
    requestAnimationFrame(() => requestAnimationFrame(() => {
      const chip = [...byId('range-list').children].find((each) => each.dataset.range === column.name);
      if (chip) chip.querySelector('input, select').focus();
    }));
  });
  byId('reset').addEventListener('click', () => { byId('find').value = ''; reset(); });
}
