/** The verb of a question says little, however rare it is, unless it is all there is. */
import { describe, expect, test } from "bun:test";
import { parseQuery } from "../../../src/graph/search/query/query.ts";
import { foundIn } from "../../helpers/found-in.ts";

test.each([
  ["how do I use the prefix", ["prefix"]],
  ["Where do we find the upstream?", ["upstream"]],
  ["how to get started with queues", ["started", "queues"]],
  ["how does the watcher work?", ["watcher"]],
  ["what do I need to have ready", ["ready"]],
  ["who looks after payments", ["payments"]],
  ["Who took care of the roof?", ["roof"]],
  ["who is dealing with it, who deals with queues", ["dealing", "queues"]],
  // All there is.
  ["who looks after it", ["looks", "after"]],
  ["how do I know", ["know"]],
  // No question's verb.
  ["use of the prefix", ["use", "prefix"]],
  ["the work plan", ["work", "plan"]],
  ["a look after the storm", ["look", "after", "storm"]],
])("%s asks for %j", (query, words) => {
  expect(parseQuery(query, []).sought.map(({ text }) => text)).toEqual(words);
});

describe("a note that has the verb does not come before the one that has what is asked for", () => {
  const notes = [
    { id: "todo.md", title: "Why I stopped to use a todo app", texts: ["I use paper. Use it, too."] },
    { id: "wifi.md", texts: ["The upstream gives us one prefix.", "A prefix is a number."] },
    ...Array.from({ length: 20 }, (_, at) => ({
      id: `${at}.md`,
      texts: [`The garden, day ${at}: a prefix.`],
    })),
  ];
  test.each(["how do I use the prefix", "how do we use a prefix?"])("%s", (query) => {
    for (const mode of ["hybrid", "lexical"] as const)
      expect([mode, foundIn(notes, query, mode)]).not.toContain("todo.md");
  });
});

test("who looks after something is found in the one list that has it, among what looks, and what comes after", () => {
  const notes = [
    {
      id: "people.md",
      texts: ["| who | what |\n|---|---|\n| Ann | paint, wood |\n| Kenji | payments, queues |"],
    },
    { id: "review.md", texts: ["It looks good."] },
    ...Array.from({ length: 20 }, (_, at) => ({ id: `${at}.md`, texts: [`After day ${at}, the garden.`] })),
  ];
  for (const mode of ["hybrid", "lexical"] as const)
    expect([mode, foundIn(notes, "who looks after payments", mode)[0]]).toEqual([mode, "people.md"]);
});
