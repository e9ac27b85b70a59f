/** Code taken apart: which sections it has, and that nothing of it is lost, whatever it is. */
import { describe, expect, test } from "bun:test";
import { loadChunker, type TokenCounter } from "../../../src/ingest/chunking/index.ts";
import { loadGrammarsFor, parseCode } from "../../../src/ingest/code/index.ts";

const NAMES = ["a.ts", "a.tsx", "a.js", "a.py", "a.go", "a.rs"];
const find = await loadGrammarsFor(NAMES);
const { chunkDocument } = await loadChunker();
const words: TokenCounter = { count: (text) => text.split(/\s+/).filter(Boolean).length, addsUp: true };

/** Each passage as its headings, its first line and its last line. */
function passages(name: string, text: string): string[] {
  return chunkDocument(parseCode(name, text, find), words, 256).map(({ heading, startLine, endLine }) =>
    `${heading.join(" > ")} ${startLine}-${endLine}`.trim(),
  );
}

const CASES: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  "a.ts": [
    `import { join } from "node:path";

/** Ties a bowline. */
export function tie(rope: string): string {
  return join(rope, "loop");
}

/** Knots that hold. */
export abstract class Book<T> {
  pages: T[] = [];

  /** By its number. */
  pageAt(n: number): T | undefined {
    return this.pages[n];
  }

  readonly make = () => new Map();

  last = 3;
}

// Doubles it.
export const doubled = (x: number) => x * 2;
export interface Rope { length: number }
type Knot = "bowline" | "hitch";
enum Colour { Red }
namespace Inner {
  export function within() {}
}
export default () => 1;
tie("a");
`,
    [
      ...["1-1", "tie 3-6", "Book 8-10", "Book > pageAt 12-15", "Book > make 17-17", "Book 19-20"],
      ...["doubled 22-23", "Rope 24-24", "Knot 25-25", "Colour 26-26", "Inner 27-27", "Inner > within 28-29"],
      ...["default 30-30", "31-31"],
    ],
  ],
  "a.tsx": ["export const App = () => {\n  return <p>Hello</p>;\n};\n", ["App 1-3"]],
  "a.js": [
    "const Thing = class {\n  run() {}\n\n  #hidden() {}\n};\nmodule.exports.foo = function () {};\nasync function* each() {}\n",
    ["Thing 1-1", "Thing > run 2-2", "Thing > #hidden 4-5", "module.exports.foo 6-6", "each 7-7"],
  ],
  "a.py": [
    `"""Tides."""
import os

@cached
def tide(hour):
    """High water."""
    def inner():
        pass
    return hour

class Harbour(Place):
    """For ships."""
    depth = 3

    # Lets one in.
    async def enter(self, ship):
        return ship

if __name__ == "__main__":
    tide(1)
`,
    ["1-2", "tide 4-9", "Harbour 11-13", "Harbour > enter 15-17", "19-20"],
  ],
  "a.go": [
    `package main

// Parser reads charts.
type Parser[T any] struct {
	n int
}

// Next moves on.
func (p *Parser[T]) Next() int {
	return p.n
}

func main() {}
`,
    ["1-1", "Parser 3-6", "Parser.Next 8-11", "main 13-13"],
  ],
  "a.rs": [
    `//! Buoys.
use std::fmt;

/// A buoy.
#[derive(Debug)]
pub struct Buoy { light: bool }

impl fmt::Display for Buoy {
    /// Shows it.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { write!(f, "buoy") }
}

pub trait Floats {
    fn sink(&self);
}

macro_rules! buoy { () => {} }
`,
    [
      ...["1-2", "Buoy 4-6", "fmt::Display for Buoy 8-8", "fmt::Display for Buoy > fmt 9-11"],
      ...["Floats 13-13", "Floats > sink 14-15", "buoy 17-17"],
    ],
  ],
};

describe("functions and classes are passages, with the comments above them", () => {
  for (const [name, [text, expected]] of Object.entries(CASES)) {
    test(name, () => {
      expect(passages(name, text)).toEqual([...expected]);
      expect(passages(name, text.replaceAll("\n", "\r\n"))).toEqual([...expected]);
    });
  }

  test("a long function is cut in several, all under its name", () => {
    const long = Array.from({ length: 90 }, (_, n) => `  const value${n} = tie("rope", ${n}, other);`).join(
      "\n",
    );
    const text = `/** Long. */\nfunction long() {\n${long}\n}\nfunction short() {}\n`;
    const found = passages("a.ts", text);
    expect(found.length).toBeGreaterThan(2);
    expect(found.slice(0, -1).every((passage) => passage.startsWith("long "))).toBe(true);
    expect(found.at(-1)).toBe("short 94-94");
  });

  test("the title is the file's name, whatever the folder", () => {
    expect(parseCode("src/deep/a.ts", "f();\n", find).title).toBe("a.ts");
  });
});

describe("whatever the text, every word of it is in one passage, and taking it apart ends", () => {
  const sources = Object.entries(CASES).map(([name, [text]]) => [name, text] as const);
  const long = (text: string, times: number): string => text.repeat(times);
  const ODD: readonly (readonly [string, string, string])[] = [
    ...sources.map(([name, text]) => [`cut off: ${name}`, name, text.slice(0, text.length * 0.6)] as const),
    ...sources.map(([name, text]) => [`begun late: ${name}`, name, text.slice(text.length * 0.3)] as const),
    ...sources.map(
      ([name, text]) => [`for another: ${name}`, name === "a.py" ? "a.ts" : "a.py", text] as const,
    ),
    ["nothing", "a.ts", ""],
    ["blank lines", "a.ts", "\n \n\n"],
    ["two on one line", "a.js", "function a() {} function b() {}\nfunction c() {}\n"],
    ["brackets", "a.ts", long("(", 50_000)],
    ["types that never end", "a.ts", long("a<", 60_000)],
    ["classes in classes", "a.ts", long("class A { m() {\n", 3_000)],
    ["modules in modules", "a.rs", long("mod a {\n", 5_000)],
    ["one line", "a.js", long("var a=1;function b(c){return c+a}", 3_000)],
    ["more than a person writes", "a.ts", long("function a() { return 1; }\n\n", 12_000)],
    [
      "no text of a language",
      "a.go",
      Array.from({ length: 20_000 }, (_, n) => "({[<;=>,`'\"/*+ab\n"[(n * 31) % 17]).join(""),
    ],
  ];
  test.each(ODD)("%s", (_what, name, text) => {
    const parsed = parseCode(name, text, find);
    const bare = (part: string): string => part.replace(/\s+/g, "");
    const chunks = chunkDocument(parsed, words, 256);
    expect(bare(chunks.map((chunk) => chunk.text).join(""))).toBe(bare(parsed.text));
    let line = 0;
    for (const { startLine, endLine } of chunks) {
      expect(startLine).toBeGreaterThanOrEqual(line);
      expect(endLine).toBeGreaterThanOrEqual(startLine);
      line = startLine;
    }
    // The bounds are in characters and steps, so that it comes out the same at any time.
    expect(chunkDocument(parseCode(name, text, find), words, 256)).toEqual(chunks);
  });
});
