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

/*
 * The few styles that output uses, by what they mean. Colour only adds: without it nothing is lost.
 *
 * Loads chalk where there is colour, and import it only where text for people is rendered.
 */

export interface Style {
  /** What a block is about: titles, headings. */
  readonly title: (text: string) => string;
  /** Something to copy or to click: ids, paths. */
  readonly reference: (text: string) => string;
  /** A word that matched. */
  readonly match: (text: string) => string;
  /** What may be skipped while reading. */
  readonly aside: (text: string) => string;
  readonly good: (text: string) => string;
  readonly warning: (text: string) => string;
  readonly bad: (text: string) => string;
}

/** Sixteen colours only, so that each follows the theme of the terminal. */
export function styleFor(terminal: { readonly color: boolean }): Style {
  if (!terminal.color) return PLAIN;
  const { Chalk } = require("chalk") as typeof import("chalk");
  const chalk = new Chalk({ level: 1 });
  return {
    title: (text) => chalk.bold(text),
    reference: (text) => chalk.cyan(text),
    match: (text) => chalk.bold.yellow(text),
    aside: (text) => chalk.dim(text),
    good: (text) => chalk.green(text),
    warning: (text) => chalk.yellow(text),
    bad: (text) => chalk.red(text),
  };
}

const asItIs = (text: string): string => text;

const PLAIN: Style = {
  title: asItIs,
  reference: asItIs,
  match: asItIs,
  aside: asItIs,
  good: asItIs,
  warning: asItIs,
  bad: asItIs,
};
