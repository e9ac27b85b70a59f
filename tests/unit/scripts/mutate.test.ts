import { expect, test } from "bun:test";
import { mutantsOf, mutated } from "../../../scripts/mutate.ts";

function changesOf(source: string, functions?: readonly string[]): string[] {
  return mutantsOf(source, functions).map((mutant) => mutated(source, mutant));
}

test("each change is of one place, and none is in a type", () => {
  expect(changesOf('const a = (b: "x" | 1): boolean => b < 2;')).toEqual([
    'const a = (b: "x" | 1): boolean => b <= 2;',
    'const a = (b: "x" | 1): boolean => b >= 2;',
    'const a = (b: "x" | 1): boolean => b < (2 + 1);',
  ]);
  expect(changesOf('import { a } from "a";\ninterface A { readonly b: "c" }')).toEqual([]);
});

test("conditions are taken both ways, negations away, filters out", () => {
  expect(changesOf("if (!a) b();")).toEqual(["if (true) b();", "if (false) b();", "if (a) b();"]);
  expect(changesOf("a.filter(b).some(c);")).toEqual(["a.some(c);", "a.filter(b).every(c);"]);
});

test("only the functions that are named are changed", () => {
  const source = "function a() { return 1; }\nfunction b() { return 2; }";
  expect(changesOf(source, ["b"])).toEqual(["function a() { return 1; }\nfunction b() { return (2 + 1); }"]);
});
