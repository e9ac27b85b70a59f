/** What output may look like where it goes. */

/** Where rendered text goes. Renderers are pure functions of a result and this. */
export interface Terminal {
  /** Columns. */
  readonly width: number;
  readonly color: boolean;
  /** Whether somebody looks at it; a pipe or a file takes lines of any length. */
  readonly attached?: boolean;
}

/** How long a line that is for people and for programs may get: a terminal's width, or any. */
export function lineLimit({ width, attached }: Terminal): number {
  return attached === true ? width : Number.POSITIVE_INFINITY;
}

/** The part of a stream that matters here. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

/** Where nobody looks at line ends, lines may be longer than on the narrowest terminals. */
const PIPED_WIDTH = 100;
const DEFAULT_WIDTH = 80;
const NARROWEST = 20;

/**
 * @param options.color false when the command line says `--no-color`.
 * Colour also needs a terminal that is not `dumb`, and no `NO_COLOR`; `FORCE_COLOR` stands in for the terminal.
 */
export function describeTerminal(
  stream: OutputStream,
  options: { readonly color: boolean; readonly env: Readonly<Record<string, string | undefined>> },
): Terminal {
  const { env } = options;
  const isTerminal = stream.isTTY === true;
  const refused = !options.color || (env.NO_COLOR ?? "") !== "" || env.FORCE_COLOR === "0";
  const able = (isTerminal && env.TERM !== "dumb") || (env.FORCE_COLOR ?? "") !== "";
  const width = isTerminal ? stream.columns || DEFAULT_WIDTH : PIPED_WIDTH;
  return { width: Math.max(NARROWEST, width), color: able && !refused, attached: isTerminal };
}
