/** The note that is called so is first, with marks around its name, and with words that only say that it is asked for. */
import { describe, expect, test } from "bun:test";
import { namesAskedFor, withoutMarks } from "../../../src/graph/search/query/asked-names.ts";
import { foundIn } from "../../helpers/found-in.ts";
import type { FixtureDocument } from "../../helpers/graph-fixture.ts";

test.each([
  ["[[Heating]]", "Heating"],
  ["![[House/Heating#In winter|the heating]]", "House/Heating"],
  ["(Heating),", "Heating"],
  ["**`Heating`**", "Heating"],
  ["'Bob's garden'", "Bob's garden"],
  ["“Heating”", "Heating"],
  ["__init__", "__init__"],
  ["--dry-run", "--dry-run"],
  ["f(x)", "f(x)"],
  ["(a) or (b)", "(a) or (b)"],
  ["C++", "C++"],
  ['heating"', "heating"],
  ['"Heating,', "Heating"],
  ["(Heating", "Heating"],
  ["Heating’", "Heating"],
  ['the "old" heating', 'the "old" heating'],
  ["Heating (old)", "Heating (old)"],
  ['"', ""],
])("%s is %s without marks", (query, name) => {
  expect(withoutMarks(query)).toBe(name);
});

test.each([
  ["the page called Heating", ["page called Heating", "called Heating", "Heating"]],
  ["notes about [[The Heating]]", ["about [[The Heating]]", "The Heating"]],
  ["Heating note", ["Heating"]],
  ["the note Heating (old)", ["note Heating (old)", "Heating (old)"]],
  ["Heating", []],
  ["restic restores", []],
])("%s asks for one of %j", (query, names) => {
  expect(namesAskedFor(query)).toEqual(names);
});

describe("is found first", () => {
  const mentions = Array.from({ length: 30 }, (_, at) => ({
    id: `day-${at}.md`,
    title: `Notes about day ${at}`,
    texts: [
      `My note about the heating: (heating), [[Heating]], **Heating**, 'Heating'. We know where the page is, ${at}.`,
    ],
  }));
  const called: FixtureDocument[] = [
    { id: "House/heat.md", title: "Heating", texts: ["Refill it."] },
    { id: "House/boiler.md", title: "Boiler", texts: ["Old."], aliases: ["Warm water"] },
    { id: "changes.md", title: "Release notes", texts: ["What changed."] },
    { id: "release-plan.md", title: "Release", texts: ["Release notes, and more release notes."] },
  ];
  test.each([
    ...[
      "[[Heating]]",
      "(Heating)",
      "**Heating**",
      "Heating,",
      "'Heating'",
      "`Heating`",
      "Heating note",
      'heating"',
    ].map((query) => [query, "House/heat.md"] as const),
    ...["the page called Heating", "where is the note on Heating", "my notes about Heating"].map(
      (query) => [query, "House/heat.md"] as const,
    ),
    ["what do we know about **heating**?", "House/heat.md"],
    ["meine Notizen über Heating", "House/heat.md"],
    ["[[House/boiler|the old one]]", "House/boiler.md"],
    ["the page called Warm water", "House/boiler.md"],
    ["where are the Release notes", "changes.md"],
    ["the document about the Release", "release-plan.md"],
  ])("%s", (query, expected) => {
    for (const mode of ["hybrid", "lexical"] as const)
      expect([mode, foundIn([...mentions, ...called], query, mode)[0]]).toEqual([mode, expected]);
  });
});
