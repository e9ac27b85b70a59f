/** What has a short query with marks or numbers just as it is written is first, before what is called by its words. */
import { describe, expect, test } from "bun:test";
import { foundIn } from "../../helpers/found-in.ts";
import type { FixtureDocument } from "../../helpers/graph-fixture.ts";

const WRITTEN = [
  "k != h",
  "retry -> batch",
  "&'a str",
  "<'a, T>",
  "lock()?",
  "flag ? left : right",
  "route = 283",
  'user = "ann"',
  "#[derive(Clone)]",
  "--user-order",
  "queue_lease!",
  "line 252, column 17",
  "HTTP/1.1 407",
  "BWV 1004",
  "EC3B 9YQ",
  "564B Elm Street",
  "19h 41m",
  "13 avril 2013",
  "+33 1 68 15 05 96",
  "13 7 27 * *",
  "M6 × 81",
  "第95回 総会",
];

/** Some notes have the words in their order, in their title and with other marks between; some in another order. */
function likeIt(written: string): FixtureDocument[] {
  const words = written.match(/[\p{L}\p{N}]+/gu) ?? [];
  const backwards = words.toReversed().join(" ");
  const joined = words.join(" ");
  const about = {
    title: `${backwards} overview`,
    texts: [`About ${words.join(" and ")}, and ${words.join(", ")}.`],
  };
  const called = { title: joined, texts: [`All about ${joined}: ${words.join("; ")}.`] };
  return [
    { id: "about.md", ...about },
    ...(joined === written ? [] : [{ id: "called.md", ...called }]),
    ...(/^\w.*\w$/.test(written)
      ? [{ id: "longer.md", title: "Note", texts: [`It was x${written}7, or 7${written}x.`] }]
      : []),
  ];
}

describe.each(["hybrid", "lexical"] as const)("in %s mode", (mode) => {
  test.each(WRITTEN)("%s", (written) => {
    const texts = [`In the evening we wrote down ${written}, and then slept.`];
    const others = Array.from({ length: 30 }, (_, at) => ({
      id: `day/${at}.md`,
      texts: [`Day ${at} was long.`],
    }));
    const [first] = foundIn(
      [{ id: "it.md", title: "Diary", texts }, ...likeIt(written), ...others],
      written,
      mode,
    );
    expect(first).toBe("it.md");
  });
});

test("what code and tables put between is no difference", () => {
  const documents = [
    { id: "code.md", title: "Note", texts: ["Then `a ?? b` was taken."] },
    { id: "table.md", title: "Note", texts: ["| `c \\| d` | both |"] },
    { id: "words.md", title: "a b, c d", texts: ["All of a, b, c and d."] },
  ];
  expect(foundIn(documents, "a ?? b", "lexical")[0]).toBe("code.md");
  expect(foundIn(documents, "c | d", "lexical")[0]).toBe("table.md");
});
