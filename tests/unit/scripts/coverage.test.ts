import { expect, test } from "bun:test";
import { readLcov, summarize } from "../../../scripts/coverage.ts";

const LCOV = `TN:
SF:src/b.ts
DA:1,3
LF:10
LH:9
end_of_record
TN:
SF:src/a.ts
LF:30
LH:3
end_of_record
TN:
SF:src/types.ts
LF:0
LH:0
end_of_record
TN:
SF:../elsewhere.ts
LF:5
LH:5
end_of_record
`;

test("the summary has the total and the files below the threshold", () => {
  const files = readLcov(LCOV, "src/");
  expect(files.map(({ file }) => file)).toEqual(["src/a.ts", "src/b.ts", "src/types.ts"]);
  expect(summarize(files, 0.5)).toEqual([
    " 30.0 %  12 of 40 lines of 3 files",
    "below 50 %:",
    " 10.0 %  src/a.ts",
  ]);
  expect(summarize(files, 0.05)).toHaveLength(1);
});
