/** One bar of a plot. */
interface Bar {
  readonly label: string;
  /** `null` where nothing was measured. */
  readonly value: number | null;
}

/** Bars that belong together, for example those of one load. */
interface Group {
  readonly title: string;
  readonly bars: readonly Bar[];
}

/** What a plot shows. */
export interface Plot {
  readonly title: string;
  /** Written behind each value. */
  readonly unit: string;
  readonly digits: number;
  readonly groups: readonly Group[];
  /** Where a line is drawn across all bars, for example at the raw relay's value. */
  readonly line: number | null;
}

const WIDTH = 820;
const LEFT = 250;
const RIGHT = 90;
const BAR = 16;
const GAP = 14;
const TOP = 44;
const COLOURS = ['#4c78a8', '#f58518', '#54a24b', '#b279a2', '#e45756', '#72b7b2'];

/** Returns a plot of horizontal bars as SVG. */
export function svgOf(plot: Plot): string {
  const most = Math.max(plot.line ?? 0, ...plot.groups.flatMap(({ bars }) => bars.map(valueOf)));
  const scale = most > 0 ? (WIDTH - LEFT - RIGHT) / most : 0;
  const shapes: string[] = [];
  let y = TOP;
  for (const { title, bars } of plot.groups) {
    shapes.push(textAt(12, y, title, 'font-weight="bold"'));
    for (const [index, bar] of bars.entries()) {
      y += BAR;
      const fill = COLOURS[index % COLOURS.length] ?? '';
      shapes.push(textAt(24, y, bar.label, ''), ...barAt(y, { bar, scale, fill, plot }));
    }
    y += BAR + GAP;
  }
  const x = (LEFT + (plot.line ?? 0) * scale).toFixed(1);
  if (plot.line !== null)
    shapes.push(
      `<line x1="${x}" y1="${String(TOP)}" x2="${x}" y2="${String(y - GAP)}" stroke="#c44" stroke-dasharray="4 3"/>`,
    );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${String(WIDTH)}" height="${String(y)}" font-family="sans-serif" font-size="12">`,
    '<rect width="100%" height="100%" fill="white"/>',
    textAt(12, 12, plot.title, 'font-size="15"'),
    ...shapes,
    '</svg>\n',
  ].join('\n');
}

interface DrawnBar {
  readonly bar: Bar;
  readonly scale: number;
  readonly fill: string;
  readonly plot: Plot;
}

function barAt(y: number, { bar, scale, fill, plot }: DrawnBar): readonly string[] {
  const width = Math.max(0, valueOf(bar) * scale);
  const value = bar.value === null ? '–' : bar.value.toFixed(plot.digits) + plot.unit;
  return [
    `<rect x="${String(LEFT)}" y="${String(y + 1)}" width="${width.toFixed(1)}" height="${String(BAR - 2)}" fill="${fill}"/>`,
    textAt(LEFT + width + 6, y, value, ''),
  ];
}

function valueOf({ value }: Bar): number {
  return value ?? 0;
}

/** Text in a line of which the upper edge is given. */
function textAt(x: number, top: number, content: string, attributes: string): string {
  const escaped = content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<text x="${x.toFixed(1)}" y="${String(top + BAR - 4)}" ${attributes}>${escaped}</text>`;
}
