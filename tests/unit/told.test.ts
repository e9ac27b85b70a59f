import { expect, test } from "bun:test";
import { toldLine } from "../../src/knowledge/index.ts";

const freshness = { state: "current", added: 0, changed: 0, removed: 0 } as const;

test.each([
  [1, "1 passage is found by its words only"],
  [2, "2 passages are found by their words only"],
])("of %d without a vector it is said how they are found", (chunks, said) => {
  expect(toldLine({ freshness, pending: { chunks, share: 0.5 } })).toBe(
    `meaning: 50 %: ${said}; \`amalfa init\` computes the rest`,
  );
  expect(toldLine({ freshness, pending: { chunks, share: 0.5, secondsLeft: 3 } })).toBe(
    `meaning: 50 %, 3 s left: until then ${said}`,
  );
});
