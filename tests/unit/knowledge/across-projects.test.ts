/** The order of what several projects have found. */
import { expect, test } from "bun:test";
import { inOneOrder } from "../../../src/knowledge/across-projects.ts";

const found = (root: string, ...results: [id: string, confidence: number, lacks?: string[]][]) => ({
  root,
  results: results.map(([id, confidence, lacks]) => ({
    id: `${id}.md`,
    at: root,
    score: 1,
    confidence,
    ...(lacks === undefined ? {} : { lacks }),
  })),
});

const order = (...projects: ReturnType<typeof found>[]) =>
  inOneOrder(projects).map(({ at, id, confidence }) => [`${at}/${id}`, confidence]);

test("the surest are first, whatever their scores are in their own projects", () => {
  expect(order(found("/a", ["x", 0.9], ["y", 0.2]), found("/b", ["x", 0.5]))).toEqual([
    ["/a/x.md", 0.9],
    ["/b/x.md", 0.5],
    ["/a/y.md", 0.2],
  ]);
});

test("what is nearest where the word is missing comes behind what has it elsewhere", () => {
  expect(order(found("/a", ["roof", 0.7, ["roofer"]]), found("/b", ["trades", 0.4]))).toEqual([
    ["/b/trades.md", 0.4],
    ["/a/roof.md", 0.203],
  ]);
  // Where nobody has it, the nearest is all that there is.
  expect(order(found("/a", ["roof", 0.7, ["roofer"]]), found("/b", ["x", 0.4, ["roofer"]]))).toEqual([
    ["/a/roof.md", 0.7],
    ["/b/x.md", 0.4],
  ]);
  // What was made less sure already is so once.
  expect(order(found("/a", ["x", 0.25, ["JIRA-1"]]), found("/b", ["y", 0.1]))[0]).toEqual(["/a/x.md", 0.25]);
});

test("a file that lies in two projects is one result", () => {
  expect(order(found("/a", ["b/x", 0.5], ["y", 0.3]), found("/a/b", ["x", 0.6]))).toEqual([
    ["/a/b/x.md", 0.6],
    ["/a/y.md", 0.3],
  ]);
});

test("it is so where an id and a folder write a percent sign in two ways", () => {
  expect(order(found("/a", ["b  100%25 done/x", 0.5]), found("/a/b  100% done", ["x", 0.6]))).toEqual([
    ["/a/b  100% done/x.md", 0.6],
  ]);
});
