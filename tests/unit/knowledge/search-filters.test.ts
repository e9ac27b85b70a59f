import { expect, test } from "bun:test";
import { readyFilters } from "../../../src/knowledge/search-filters.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

test.each([
  ["due>", 'There is no > for the field "due".'],
  ["due >= ", 'There is no >= for the field "due".'],
])("%j is a comparison, and its field is named without it", (field, said) => {
  using folder = new TempFolder();
  expect(() => readyFilters(folder.path, { where: { [field]: "2026" } })).toThrow(said);
});

test("a field may be called by any number of signs that compare", () => {
  using folder = new TempFolder();
  const where = { [`${"<".repeat(200_000)}x`]: "open" };
  expect(readyFilters(folder.path, { where })?.where).toEqual(where);
});
