import { randomParagraph, seeded } from "./random.ts";

const random = seeded(3);

/** Texts of lengths from nothing to well over the window. */
export const TEXTS: readonly string[] = [
  "",
  " \n ",
  "hello world",
  ...Array.from({ length: 36 }, () => randomParagraph(random)),
  "one more word ".repeat(200),
];
