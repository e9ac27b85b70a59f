/** The headings a chunk stands under, from the outermost to the innermost. */
import type { Heading } from "../markdown/index.ts";

export type CountTokens = (text: string) => number;

/** No heading at all. */
export const TOP = -1;

const SEPARATOR = " > ";
/** A heading that is one unknown token may still be a megabyte long. */
const MAX_CONTEXT_CHARACTERS = 1_000;

/**
 * Every context that a chunk with these headings may have been given, whatever fitted; the headings may end with
 * the one it begins with.
 */
export function* possibleContexts(headings: readonly string[]): Generator<string> {
  yield "";
  for (const path of [headings, headings.slice(0, -1)]) {
    for (let from = 0; from < path.length; from++) yield path.slice(from).join(SEPARATOR);
    const words = (path.at(-1) ?? "").slice(0, MAX_CONTEXT_CHARACTERS).split(/\s+/);
    while (words.pop() !== undefined) yield words.join(" ");
  }
}

/** A node of the tree is the index of a heading, or {@link TOP}. */
export class HeadingTree {
  readonly #headings: readonly Heading[];
  readonly #parents: number[] = [];
  readonly #countTokens: CountTokens;
  readonly #maxTokens: number;
  readonly #contexts = new Map<number, { text: string; tokens: number }>([[TOP, { text: "", tokens: 0 }]]);

  /** @param maxTokens what the context may take of the chunk. */
  constructor(headings: readonly Heading[], countTokens: CountTokens, maxTokens: number) {
    this.#headings = headings;
    this.#countTokens = countTokens;
    this.#maxTokens = maxTokens;
    const open: number[] = [];
    for (let i = 0; i < headings.length; i++) {
      while (open.length > 0 && headings[open.at(-1)!]!.level >= headings[i]!.level) open.pop();
      this.#parents.push(open.at(-1) ?? TOP);
      open.push(i);
    }
  }

  parent(node: number): number {
    return this.#parents[node] ?? TOP;
  }

  path(node: number): string[] {
    const path: string[] = [];
    for (let at = node; at !== TOP; at = this.parent(at)) {
      const { text } = this.#headings[at]!;
      if (text !== "") path.push(text);
    }
    return path.reverse();
  }

  /** What the model is told of the place of a chunk: its path, without the outermost headings if that is too long. */
  context(node: number): { readonly text: string; readonly tokens: number } {
    let context = this.#contexts.get(node);
    if (context === undefined) {
      context = this.#fit(this.path(node));
      this.#contexts.set(node, context);
    }
    return context;
  }

  #fit(path: readonly string[]): { text: string; tokens: number } {
    for (let from = 0; from < path.length; from++) {
      const text = path.slice(from).join(SEPARATOR);
      const tokens = this.#tokens(text);
      if (tokens <= this.#maxTokens) return { text, tokens };
    }
    return this.#fitHeading(path.at(-1) ?? "");
  }

  #fitHeading(heading: string): { text: string; tokens: number } {
    const words = heading.slice(0, MAX_CONTEXT_CHARACTERS).split(/\s+/);
    while (words.pop() !== undefined) {
      const text = words.join(" ");
      const tokens = this.#tokens(text);
      if (tokens <= this.#maxTokens) return { text, tokens };
    }
    return { text: "", tokens: 0 };
  }

  #tokens(text: string): number {
    return text.length > MAX_CONTEXT_CHARACTERS ? Infinity : this.#countTokens(text);
  }
}
