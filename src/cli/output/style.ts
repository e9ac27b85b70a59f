/**
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
