// SPDX-License-Identifier: Apache-2.0
// What a number is, on hover and focus: every element with a metric (data-metric) shows its record and its exact value
// (data-exact) in #hover. metricByName is of the page.

function describe(target, metric, value) {
  target.dataset.metric = metric.name;
  if (value !== undefined) target.dataset.exact = exact(value, metric.unit);
  return target;
}

function definition(name, value) {
  const metric = metricByName.get(name);
  const box = document.createDocumentFragment();
  const unit = metric.unit === '' ? '' : ` [${metric.unit}]`;
  box.append(element('strong', value === undefined ? metric.label + unit : `${metric.label}: ${value}`));
  box.append(element('span', metric.sentence), element('em', `${metric.name}${unit} = ${metric.formula}`));
  return box;
}

// Below the rectangle `at`, or above it where there is no room.
function placeHover(content, at) {
  const hover = byId('hover');
  hover.replaceChildren(content);
  hover.hidden = false;
  const left = Math.min(Math.max(8, at.left), window.innerWidth - hover.offsetWidth - 8);
  const below = at.bottom + 8 + hover.offsetHeight < window.innerHeight;
  hover.style.left = `${left}px`;
  hover.style.top = `${below ? at.bottom + 8 : Math.max(8, at.top - hover.offsetHeight - 8)}px`;
}

for (const [enter, leave] of [['mouseover', 'mouseout'], ['focusin', 'focusout']]) {
  document.addEventListener(enter, (event) => {
    const target = event.target instanceof Element && event.target.closest('[data-metric]');
    if (target) placeHover(definition(target.dataset.metric, target.dataset.exact), target.getBoundingClientRect());
  });
  document.addEventListener(leave, () => { byId('hover').hidden = true; });
}
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') byId('hover').hidden = true; });
document.addEventListener('scroll', () => { byId('hover').hidden = true; }, true);
