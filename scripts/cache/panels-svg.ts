/** Curves below one another as an SVG that reads on light and dark pages. */

export interface Panel {
  readonly title: string;
  readonly values: readonly number[];
  /** A line to compare with. */
  readonly limit?: { readonly value: number; readonly label: string };
  /** Top of the scale; else what the values need. */
  readonly top?: number;
}

const WIDTH = 760;
const LEFT = 64;
const RIGHT = 16;
const PANEL = 150;
const PLOT = 96;
const HEAD = 40;
const GREY = "#808080";
const LINE = "#3b82c4";

export function panelsSvg(title: string, axis: string, panels: readonly Panel[]): string {
  const height = HEAD + panels.length * PANEL + 8;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="${GREY}">`,
    `<title>${title}</title>`,
    `<text x="${LEFT}" y="22" font-size="15">${title}</text>`,
    ...panels.flatMap((panel, index) => panelSvg(panel, HEAD + index * PANEL, axis)),
    "</svg>\n",
  ].join("\n");
}

function panelSvg({ title, values, limit, top }: Panel, y: number, axis: string): string[] {
  const highest = top ?? niceTop(Math.max(...values, limit?.value ?? 0));
  const bottom = y + 20 + PLOT;
  const xOf = (place: number): number =>
    LEFT + (place / Math.max(1, values.length - 1)) * (WIDTH - LEFT - RIGHT);
  const yOf = (value: number): number => bottom - (value / highest) * PLOT;
  const points = values.map((value, place) => `${xOf(place).toFixed(1)},${yOf(value).toFixed(1)}`).join(" ");
  const grid = [0, 0.5, 1].map((share) => {
    const at = yOf(highest * share).toFixed(1);
    return `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at}" y2="${at}" stroke="${GREY}" stroke-opacity="0.25"/><text x="${LEFT - 8}" y="${Number(at) + 4}" text-anchor="end">${labelOf(highest * share)}</text>`;
  });
  const bound =
    limit === undefined
      ? []
      : [
          `<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${yOf(limit.value).toFixed(1)}" y2="${yOf(limit.value).toFixed(1)}" stroke="#c4553b" stroke-dasharray="4 3"/>`,
          `<text x="${WIDTH - RIGHT}" y="${(yOf(limit.value) - 4).toFixed(1)}" text-anchor="end" fill="#c4553b">${limit.label}</text>`,
        ];
  return [
    `<text x="${LEFT}" y="${y + 12}">${title}</text>`,
    ...grid,
    ...bound,
    `<polyline points="${points}" fill="none" stroke="${LINE}" stroke-width="1.4"/>`,
    `<text x="${LEFT}" y="${bottom + 15}">${axis} 1</text>`,
    `<text x="${WIDTH - RIGHT}" y="${bottom + 15}" text-anchor="end">${axis} ${values.length}</text>`,
  ];
}

function labelOf(value: number): string {
  return value >= 10 || Number.isInteger(value) ? Math.round(value).toString() : value.toFixed(1);
}

/** The next number of 1, 2, 3 or 5 times a power of ten. */
function niceTop(value: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(value, 1e-9)));
  return ([1, 2, 3, 5, 10].find((factor) => factor * power >= value) ?? 10) * power;
}
