import { expect, test } from "bun:test";
import { dayOf, otherNamesOf, pageNameOf } from "../../../src/system/index.ts";

test.each([
  ["books___to read", "books/to read"],
  ["a___b___c", "a/b/c"],
  ["books%2Fto read", "books/to read"],
  ["What%3f", "What?"],
  ["100%25 sure", "100%25 sure"],
  ["with%20blank", "with%20blank"],
  ["___private", "___private"],
  ["a____b", "a____b"],
  ["__tests__", "__tests__"],
])("the page of the file %s is %s", (file, page) => {
  expect(pageNameOf(file)).toBe(page);
});

test("a name has others only where its file may be called otherwise", () => {
  expect(otherNamesOf("plan")).toEqual([]);
  expect(otherNamesOf("a/b")).toEqual(["a___b", "a%2Fb"]);
  expect(otherNamesOf("a___b")).toEqual(["a/b"]);
  expect(otherNamesOf("a/b: c?")).toEqual(["a___b%3A c%3F", "a%2Fb%3A c%3F", "a/b:-c?", "a/b:_c?"]);
  expect(otherNamesOf("How to Brew")).toEqual(["How-to-Brew", "How_to_Brew"]);
});

test.each([
  "2026_11_06",
  "2026-11-06",
  "2026.11.06",
  "2026/11/06",
  "Nov 6th, 2026",
  "nov 6, 2026",
  "Nov. 06 2026",
  "November 6, 2026",
  "Friday, November 6th, 2026",
  "Fri, 6 Nov 2026",
  "6th November 2026",
  "6.11.2026",
  "06.11.2026",
  "6. November 2026",
])("%s is a day", (name) => {
  expect(dayOf(name)).toBe("2026-11-06");
});

test.each([
  ["3. Mai 2026", "2026-05-03"],
  ["Sep 3, 2026", "2026-09-03"],
  ["31. Dez. 2026", "2026-12-31"],
  ["1. März 2026", "2026-03-01"],
  ["10. Okt 2026", "2026-10-10"],
  ["7. Juni 2026", "2026-06-07"],
])("%s is %s", (name, day) => {
  expect(dayOf(name)).toBe(day);
});

test.each([
  "2026-11",
  "31.2.2026",
  "1.2.2026.4",
  "v1.2.2026",
  "2026-11_06",
  "2026-13-01",
  "2026-02-29",
  "Nov 31st, 2026",
  "20261106",
  "11/06/2026",
  "Release Nov 6, 2026",
  "2026-11-06 plan",
  "Marching 6, 2026",
  "Nov 2026",
])("%s is none", (name) => {
  expect(dayOf(name)).toBeUndefined();
});
