// The only script of the HTML report. Answers come from models: they reach the page through `textContent` alone.
/** @import { PageCase, PageCell, PageData, PageRun } from '../page-data.ts' */

const PAGE_ROWS = 100;
/** @type {PageData} */
const data = JSON.parse(element('report-data').textContent ?? '');
const lower = data.texts.map((text) => text.toLowerCase());
const state = { page: 0, open: -1, target: data.targets.length > 1 ? 1 : 0, repeat: 0 };
/** @type {number[]} Positions of the cases that are shown. */
let shown = [];

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page lacks #${id}.`);
  return found;
}

/** @param {string} id */
function control(id) {
  return /** @type {HTMLInputElement | HTMLSelectElement} */ (element(id));
}

/** @param {string} id */
function checked(id) {
  return /** @type {HTMLInputElement} */ (element(id)).checked;
}

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 */
function make(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/**
 * @param {string} label
 * @param {() => void} onClick
 * @param {Record<string, string>} attributes
 */
function button(label, onClick, attributes = {}) {
  const made = make('button', { type: 'button', ...attributes }, label);
  made.addEventListener('click', onClick);
  return made;
}

function metric() {
  return Number(control('metric').value);
}

/** @param {PageCell | null} cell */
function outcomeOf(cell) {
  return cell?.outcomes[metric()] ?? { state: 'missing', text: 'missing' };
}

/** @type {Record<string, (one: PageCase) => boolean>} */
const OUTCOMES = {
  all: () => true,
  worse: (one) => one.cells.some((cell) => outcomeOf(cell).worse),
  failing: (one) => one.cells.some((cell) => ['fail', 'mixed'].includes(outcomeOf(cell).state)),
  missing: (one) => one.cells.some((cell) => outcomeOf(cell).state === 'missing'),
  lint: (one) => one.lint.length > 0,
};

/** @param {PageCase} one @param {string} wanted */
function holds(one, wanted) {
  if (wanted === '' || one.id.toLowerCase().includes(wanted)) return true;
  const texts = [one.input, ...one.cells.flatMap((cell) => cell?.runs.map((run) => run.text) ?? [])];
  return texts.some((text) => lower[text]?.includes(wanted));
}

function choose() {
  const fits = OUTCOMES[control('outcome').value] ?? (() => true);
  const differentOnly = checked('different-only');
  const wanted = control('find').value.trim().toLowerCase();
  shown = data.cases.flatMap((one, index) => {
    if (differentOnly && !one.cells.some((cell) => outcomeOf(cell).differs)) return [];
    return fits(one) && holds(one, wanted) ? [index] : [];
  });
  state.page = 0;
  drawMatrix();
}

function drawMatrix() {
  const rows = shown.slice(state.page * PAGE_ROWS, (state.page + 1) * PAGE_ROWS);
  const head = make('tr', {}, make('th', { scope: 'col' }, 'case'));
  for (const target of data.targets) head.append(make('th', { scope: 'col' }, target));
  const body = make('tbody', {});
  for (const index of rows) body.append(drawRow(index));
  const table = make('table', { class: 'matrix', 'aria-labelledby': 'matrix-title' }, make('thead', {}, head), body);
  element('grid').replaceChildren(shown.length > 0 ? table : make('p', { class: 'notice' }, 'No case is like that.'));
  const total = data.cases.length;
  element('shown').textContent = shown.length === total ? `${total} cases` : `${shown.length} of ${total} cases`;
  drawPages();
}

/** @param {number} index */
function drawRow(index) {
  const one = /** @type {PageCase} */ (data.cases[index]);
  const row = make('tr', {}, make('th', { scope: 'row', title: one.description ?? '' }, one.id));
  one.cells.forEach((cell, column) => {
    row.append(make('td', {}, drawCell(index, column, cell)));
  });
  return row;
}

/** @param {number} index @param {number} column @param {PageCell | null} cell */
function drawCell(index, column, cell) {
  const {
    state: result,
    text,
    heat,
    differs,
    worse,
  } = { heat: undefined, differs: false, worse: false, ...outcomeOf(cell) };
  const one = data.cases[index];
  const beside = differs ? (worse ? ', worse than the primary' : ', not like the primary') : '';
  const made = button(text, () => openCase(index, column), {
    class: `cell ${heat === undefined ? result : `h${heat}`}`,
    'aria-label': `${one?.id}, ${data.targets[column]}: ${text}${beside}`,
    'data-row': String(index),
    'data-column': String(column),
  });
  if (differs && heat !== undefined)
    made.append(make('span', { class: 'mark', 'aria-hidden': 'true' }, worse ? '▼' : '▲'));
  return made;
}

function drawPages() {
  const pages = Math.ceil(shown.length / PAGE_ROWS);
  const nav = element('pages');
  nav.replaceChildren();
  if (pages <= 1) return;
  /** @param {number} page */
  const go = (page) => () => {
    state.page = page;
    drawMatrix();
    element('grid').scrollTo(0, 0);
  };
  const before = button('← before', go(state.page - 1));
  const after = button('next →', go(state.page + 1));
  before.toggleAttribute('disabled', state.page === 0);
  after.toggleAttribute('disabled', state.page === pages - 1);
  nav.append(before, `page ${state.page + 1} of ${pages}`, after);
}

/** @param {number} index @param {number} column */
function openCase(index, column) {
  state.open = index;
  if (column > 0) state.target = column;
  state.repeat = 0;
  drawCase();
  const dialog = /** @type {HTMLDialogElement} */ (element('case'));
  if (!dialog.open) dialog.showModal();
}

/** @param {number} step To the case before (-1) or after (1), among those that are shown. */
function move(step) {
  const next = shown[shown.indexOf(state.open) + step];
  if (next === undefined) return;
  state.open = next;
  state.repeat = 0;
  drawCase();
}

function drawCase() {
  const one = data.cases[state.open];
  if (!one) return;
  const at = shown.indexOf(state.open);
  element('case-title').textContent = one.id;
  element('before').toggleAttribute('disabled', at <= 0);
  element('after').toggleAttribute('disabled', at < 0 || at === shown.length - 1);
  const input = make(
    'details',
    {},
    make('summary', {}, 'what was asked'),
    make('pre', {}, data.texts[one.input] ?? ''),
  );
  const variables = data.texts[one.variables] ?? '';
  if (variables !== '') input.append(make('pre', {}, variables));
  const parts = one.description === undefined ? [] : [make('p', { class: 'about' }, one.description)];
  if (one.cut)
    parts.push(make('p', { class: 'notice' }, 'Its answers are not in this file; the JSON report has them.'));
  else parts.push(input);
  element('case-body').replaceChildren(...parts, drawChoices(one), drawSides(one), drawChecks(one));
}

/** @param {PageCase} one */
function drawChoices(one) {
  const choices = make('div', { class: 'choices', role: 'group', 'aria-label': 'target and repeat' });
  data.targets.forEach((target, column) => {
    if (column === 0) return;
    const label = `${target} · ${outcomeOf(one.cells[column] ?? null).text}`;
    choices.append(pick(label, state.target === column, { target: column }));
  });
  const repeats = Math.max(...one.cells.map((cell) => cell?.runs.length ?? 0));
  for (let repeat = 0; repeat < repeats && repeats > 1; repeat += 1)
    choices.append(pick(`repeat ${repeat + 1}`, state.repeat === repeat, { repeat }));
  return choices;
}

/** @param {string} label @param {boolean} pressed @param {Partial<typeof state>} change */
function pick(label, pressed, change) {
  const choose = () => {
    Object.assign(state, change);
    drawCase();
    const same = [...element('case-body').querySelectorAll('button')].find((one) => one.textContent === label);
    same?.focus();
  };
  return button(label, choose, { 'aria-pressed': String(pressed) });
}

/** @param {PageCase} one @param {number} column */
function runAt(one, column) {
  return one.cells[column]?.runs[state.repeat];
}

/** @param {PageCase} one */
function drawSides(one) {
  const sides = make('div', { class: 'sides' }, drawSide(one, 0));
  if (data.targets.length > 1) sides.append(drawSide(one, state.target));
  return sides;
}

/** @param {PageCase} one @param {number} column */
function drawSide(one, column) {
  const run = runAt(one, column);
  const name = column === 0 ? 'primary: ' : '';
  const side = make(
    'section',
    { 'aria-label': data.targets[column] ?? '' },
    make('h3', {}, `${name}${data.targets[column]}`),
  );
  if (!run) {
    side.append(make('p', { class: 'notice' }, 'There is no such answer here.'));
    return side;
  }
  side.append(make('p', { class: 'facts small' }, data.texts[run.facts] ?? ''), drawAnswer(one, run, column));
  return side;
}

/** @param {PageCase} one @param {PageRun} run @param {number} column */
function drawAnswer(one, run, column) {
  const text = data.texts[run.text] ?? '';
  const compared = state.target > 0 ? runAt(one, state.target)?.diff : undefined;
  const answer = make('pre', {});
  if (!checked('marks') || !compared) {
    answer.append(text);
    return answer;
  }
  const [mine, tag] = column === 0 ? [1, 'del'] : [2, 'ins'];
  let at = 0;
  for (let index = 0; index < compared.length; index += 2) {
    const kind = compared[index];
    if (kind !== 0 && kind !== mine) continue;
    const piece = text.slice(at, at + (compared[index + 1] ?? 0));
    at += piece.length;
    answer.append(kind === 0 ? piece : make(tag, {}, piece));
  }
  return answer;
}

/** @param {PageCase} one */
function drawChecks(one) {
  const columns = data.targets.length > 1 ? [0, state.target] : [0];
  const head = make('tr', {}, make('th', {}, 'metric'), make('th', {}, 'demand'));
  for (const column of columns) head.append(make('th', {}, data.targets[column] ?? ''));
  const body = make('tbody', {});
  one.assertions.forEach((assertion, index) => {
    const row = make('tr', {}, make('td', {}, assertion.metric), make('td', {}, assertion.label));
    for (const column of columns) row.append(drawResult(runAt(one, column)?.results[index], assertion.unsupported));
    body.append(row);
  });
  return make('table', { class: 'checks' }, make('thead', {}, head), body);
}

/** @param {PageRun['results'][number] | undefined} result @param {string | undefined} unsupported */
function drawResult(result, unsupported) {
  if (!result)
    return make('td', { class: 'small' }, unsupported === undefined ? 'not judged' : `not judged: ${unsupported}`);
  const [score, pass, because] = result;
  const partly = score > 0 && score < 100 ? ` (${score} %)` : '';
  return make('td', { class: pass ? 'good' : 'bad' }, `${data.texts[because] ?? ''}${partly}`);
}

/** @param {KeyboardEvent} event */
function onGridKey(event) {
  /** @type {Record<string, [number, number] | undefined>} */
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  const step = steps[event.key];
  const cell = /** @type {Element} */ (event.target).closest('.cell');
  if (!step || !cell) return;
  const row = shown[shown.indexOf(Number(cell.getAttribute('data-row'))) + step[0]];
  const column = Number(cell.getAttribute('data-column')) + step[1];
  const next = element('grid').querySelector(`[data-row="${row}"][data-column="${column}"]`);
  event.preventDefault();
  if (next instanceof HTMLElement) next.focus();
}

/** @param {KeyboardEvent} event */
function onCaseKey(event) {
  if (event.key === 'j') move(1);
  if (event.key === 'k') move(-1);
}

function closeCase() {
  const cell = element('grid').querySelector(`[data-row="${state.open}"][data-column="${state.target}"]`);
  if (cell instanceof HTMLElement) cell.focus();
}

for (const id of ['different-only', 'metric', 'outcome']) element(id).addEventListener('change', choose);
element('find').addEventListener('input', choose);
element('grid').addEventListener('keydown', onGridKey);
element('before').addEventListener('click', () => move(-1));
element('after').addEventListener('click', () => move(1));
element('marks').addEventListener('change', drawCase);
element('close').addEventListener('click', () => /** @type {HTMLDialogElement} */ (element('case')).close());
element('case').addEventListener('close', closeCase);
element('case').addEventListener('keydown', onCaseKey);
for (const link of document.querySelectorAll('[data-lint-case]'))
  link.addEventListener('click', () => {
    const index = data.cases.findIndex(({ id }) => id === link.getAttribute('data-lint-case'));
    if (index >= 0) openCase(index, 0);
  });
choose();
