import { describe, expect, test } from "bun:test";
import { excerpt } from "../../../src/graph/search/shown/excerpt.ts";

const shown = (text: string, query = "x"): string => excerpt(text, query, 400);

describe("a snippet is one line, in which items stand apart", () => {
  test.each([
    ["a list", "Buy:\n\n- milk\n- eggs\n  - brown ones\n* bread", "Buy: • milk • eggs • brown ones • bread"],
    ["tasks", "- [ ] call Ann\n- [x] write\n+ [X] send", "☐ call Ann ☑ write ☑ send"],
    ["steps keep their numbers", "1. Fill it.\n2. Wait.", "1. Fill it. 2. Wait."],
    [
      "a table",
      "Ages:\n\n| Name | Age |\n|:-----|----:|\n| Ann | 30 |\n| Bob \\| Rob | |",
      "Ages: Name | Age • Ann | 30 • Bob \\| Rob |",
    ],
    [
      "a table without bars at its ends",
      "Name | Age\n--- | ---\nAnn | 30\nBob | 40\n\nEnd | of it",
      "Name | Age • Ann | 30 • Bob | 40 End | of it",
    ],
    ["a list in a quotation", "> Buy\n> - milk\n> - eggs", "> Buy • milk • eggs"],
    [
      "rules, minus and bars in prose",
      "a - b\n\n---\n\n- - -\n\n5\n-3 or x|y",
      "a - b --- - - - 5 -3 or x|y",
    ],
    [
      "code is what it is",
      "- see\n\n```yaml\n- name: a\n| x |\n```\n- and",
      "• see ```yaml - name: a | x | ``` • and",
    ],
    ["an emphasis is no item", "*milk* and **eggs**\n-1", "*milk* and **eggs** -1"],
  ])("%s", (_, text, expected) => {
    expect(shown(text)).toBe(expected);
  });

  test("a window of a long list has its items apart", () => {
    const list = Array.from({ length: 80 }, (_, n) => `- item ${n}${n === 60 ? " zebra" : ""}`).join("\n");
    expect(excerpt(list, "zebra", 60)).toMatch(/^… .*item 60 zebra • item 61 • .* …$/);
  });
});
