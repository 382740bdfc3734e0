import { scaleLinear, scaleLog } from 'd3-scale';
import { area, line } from 'd3-shape';

/** One axis: what it measures and in which unit. */
export interface Axis {
  readonly label: string;
  readonly scale?: 'linear' | 'log';
  readonly from?: number;
  readonly to?: number;
  readonly format?: (value: number) => string;
}

export interface Point {
  readonly x: number;
  readonly y: number;
  /** Ends of the 95 % interval, where there is one. */
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

export interface Series {
  readonly name: string;
  readonly points: readonly Point[];
}

/** A span of the x axis that something happened in. */
export interface Span {
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

export interface LineChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly series: readonly Series[];
  readonly spans?: readonly Span[];
  /** Single points are drawn where there are few. */
  readonly dots?: boolean;
}

export interface Row {
  readonly label: string;
  readonly value: number;
  readonly low?: number | undefined;
  readonly high?: number | undefined;
}

/** One dot with its interval a row, grouped by colour. */
export interface IntervalChart {
  readonly title: string;
  readonly x: Axis;
  readonly groups: readonly { readonly name: string; readonly rows: readonly Row[] }[];
}

/** Okabe and Ito's colours: told apart by colour-blind readers too. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9'];
const INK = '#1a1a1a';
const FAINT = '#d9d9d9';
const WIDTH = 760;
const LINE_HEIGHT = 20;
const TEXT = 13;
/** Mean width of a character at that size, for what has to be placed beside text. */
const CHAR = 7.2;

type Scale = ((value: number) => number) & { ticks: (count: number) => number[] };

function scaleOf(axis: Axis, values: readonly number[], range: readonly [number, number]): Scale {
  const from = axis.from ?? Math.min(...values);
  const to = axis.to ?? Math.max(...values);
  if (axis.scale === 'log') return scaleLog().domain([from, to]).range(range).clamp(true);
  return scaleLinear().domain([from, to]).nice().range(range).clamp(true);
}

function ticksOf(axis: Axis, scale: Scale): number[] {
  const ticks = scale.ticks(6);
  if (axis.scale !== 'log') return ticks;
  return ticks.filter((tick) => /^[125]/.test(tick.toExponential()));
}

function textOf(axis: Axis, value: number): string {
  return axis.format ? axis.format(value) : String(Number(value.toPrecision(4)));
}

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Its own white ground: readable wherever the page puts it, on dark pages too. */
function sheet(title: string, height: number, body: readonly string[]): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-label="${escaped(title)}" font-family="system-ui, sans-serif" font-size="${TEXT}" fill="${INK}">`,
    `<rect width="${WIDTH}" height="${height}" rx="6" fill="#ffffff"/>`,
    `<text x="16" y="26" font-size="15" font-weight="600">${escaped(title)}</text>`,
    ...body,
    '</svg>',
    '',
  ].join('\n');
}

const round = (value: number) => Number(value.toFixed(1));

function label(x: number, y: number, text: string, more = ''): string {
  return `<text x="${round(x)}" y="${round(y)}"${more}>${escaped(text)}</text>`;
}

function rule(x1: number, y1: number, x2: number, y2: number, stroke: string, more = ''): string {
  return `<line x1="${round(x1)}" y1="${round(y1)}" x2="${round(x2)}" y2="${round(y2)}" stroke="${stroke}"${more}/>`;
}

/** Names with their colours, in as many lines as they take; gives the height used. */
function legend(names: readonly string[], top: number): { readonly svg: string[]; readonly height: number } {
  const svg: string[] = [];
  let x = 16;
  let y = top;
  for (const [index, name] of names.entries()) {
    const width = 26 + name.length * CHAR + 14;
    if (x + width > WIDTH - 16) {
      x = 16;
      y += LINE_HEIGHT;
    }
    svg.push(rule(x, y - 4, x + 20, y - 4, colour(index), ' stroke-width="3"'), label(x + 26, y, name));
    x += width;
  }
  return { svg, height: y - top + LINE_HEIGHT };
}

function colour(index: number): string {
  return COLOURS[index % COLOURS.length] ?? INK;
}

export function lineChart(chart: LineChart): string {
  const names = legend(
    chart.series.map(({ name }) => name),
    50,
  );
  const box = { left: 74, right: WIDTH - 20, top: 50 + names.height, bottom: 50 + names.height + 270 };
  const points = chart.series.flatMap((series) => series.points);
  const x = scaleOf(
    chart.x,
    points.map((point) => point.x),
    [box.left, box.right],
  );
  const heights = points.flatMap(({ y, low, high }) => [y, low ?? y, high ?? y]);
  const y = scaleOf(chart.y, heights, [box.bottom, box.top]);
  const body = [...names.svg];
  for (const span of chart.spans ?? []) {
    const [from, to] = [x(span.from), x(span.to)];
    body.push(
      `<rect x="${round(from)}" y="${box.top}" width="${round(to - from)}" height="${box.bottom - box.top}" fill="#f0e6e0"/>`,
      label(from + 4, box.top + 14, span.label, ' fill="#8a4b2a"'),
    );
  }
  for (const tick of ticksOf(chart.y, y)) {
    body.push(rule(box.left, y(tick), box.right, y(tick), FAINT));
    body.push(label(box.left - 8, y(tick) + 4, textOf(chart.y, tick), ' text-anchor="end"'));
  }
  for (const tick of ticksOf(chart.x, x)) {
    body.push(rule(x(tick), box.bottom, x(tick), box.bottom + 5, INK));
    body.push(label(x(tick), box.bottom + 20, textOf(chart.x, tick), ' text-anchor="middle"'));
  }
  body.push(rule(box.left, box.bottom, box.right, box.bottom, INK));
  for (const [index, series] of chart.series.entries())
    body.push(...drawn(series, colour(index), { x, y }, chart.dots));
  body.push(label((box.left + box.right) / 2, box.bottom + 42, chart.x.label, ' text-anchor="middle"'));
  const middle = (box.top + box.bottom) / 2;
  body.push(label(18, middle, chart.y.label, ` text-anchor="middle" transform="rotate(-90 18 ${round(middle)})"`));
  return sheet(chart.title, box.bottom + 56, body);
}

function drawn(series: Series, stroke: string, at: { x: Scale; y: Scale }, dots: boolean | undefined): string[] {
  const path = line<Point>()
    .x((point) => round(at.x(point.x)))
    .y((point) => round(at.y(point.y)));
  const band = area<Point>()
    .x((point) => round(at.x(point.x)))
    .y0((point) => round(at.y(point.low ?? point.y)))
    .y1((point) => round(at.y(point.high ?? point.y)));
  const body: string[] = [];
  const points = [...series.points];
  if (points.some(({ low }) => low !== undefined)) {
    body.push(`<path d="${band(points) ?? ''}" fill="${stroke}" fill-opacity="0.15"/>`);
  }
  body.push(`<path d="${path(points) ?? ''}" fill="none" stroke="${stroke}" stroke-width="2"/>`);
  if (dots) {
    for (const point of points) {
      body.push(`<circle cx="${round(at.x(point.x))}" cy="${round(at.y(point.y))}" r="4" fill="${stroke}"/>`);
    }
  }
  return body;
}

export function intervalChart(chart: IntervalChart): string {
  const names =
    chart.groups.length > 1
      ? legend(
          chart.groups.map(({ name }) => name),
          50,
        )
      : { svg: [], height: 0 };
  const rows = chart.groups.flatMap((group, index) => group.rows.map((row) => ({ ...row, colour: colour(index) })));
  const widest = Math.max(...rows.map((row) => row.label.length));
  const box = { left: 24 + widest * CHAR, right: WIDTH - 100, top: 44 + names.height, bottom: 0 };
  box.bottom = box.top + rows.length * 26 + 8;
  const x = scaleOf(
    chart.x,
    rows.flatMap(({ value, low, high }) => [value, low ?? value, high ?? value]),
    [box.left, box.right],
  );
  const body = [...names.svg];
  for (const tick of ticksOf(chart.x, x)) {
    body.push(rule(x(tick), box.top, x(tick), box.bottom, FAINT));
    body.push(label(x(tick), box.bottom + 18, textOf(chart.x, tick), ' text-anchor="middle"'));
  }
  for (const [index, row] of rows.entries()) {
    const y = box.top + index * 26 + 18;
    body.push(label(box.left - 12, y + 4, row.label, ' text-anchor="end"'));
    if (row.low !== undefined && row.high !== undefined) {
      body.push(rule(x(row.low), y, x(row.high), y, row.colour, ' stroke-width="3" stroke-opacity="0.5"'));
    }
    body.push(`<circle cx="${round(x(row.value))}" cy="${y}" r="5" fill="${row.colour}"/>`);
    body.push(label(box.right + 14, y + 4, textOf(chart.x, row.value), ' font-weight="600"'));
  }
  body.push(label((box.left + box.right) / 2, box.bottom + 42, chart.x.label, ' text-anchor="middle"'));
  return sheet(chart.title, box.bottom + 56, body);
}
