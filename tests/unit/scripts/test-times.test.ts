/** A test that has less time than the others fails on a busy machine, and for nothing. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";

const LEAST_MS = 300_000;
/** Of a whole file, or after the body of a test. */
const OWN_TIME = /setDefaultTimeout\((\d[\d_]*)|^(?: {2})?\}, (\d[\d_]*)\);$/gm;

test("no test has a shorter time of its own", () => {
  // The clients of others that some tests install have tests too.
  const names = [...new Bun.Glob("**/*.test.ts").scanSync("tests")].filter(
    (name) => !/node_modules/.test(name),
  );
  expect(names.length).toBeGreaterThan(100);
  const short = names.flatMap((name) => {
    const text = readFileSync(`tests/${name}`, "utf8");
    return [...text.matchAll(OWN_TIME)]
      .map((match) => Number((match[1] ?? match[2] ?? "").replaceAll("_", "")))
      .filter((milliseconds) => milliseconds < LEAST_MS)
      .map((milliseconds) => `${name}: ${milliseconds}`);
  });
  expect(short).toEqual([]);
});
