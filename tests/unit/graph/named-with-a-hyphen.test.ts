/** A note whose name has a hyphen is found by its name without one, however many notes mention it. */
import { expect, test } from "bun:test";
import { foundIn } from "../../helpers/found-in.ts";
import type { FixtureDocument } from "../../helpers/graph-fixture.ts";

const documents: FixtureDocument[] = [
  { id: "moves/U-turn.md", title: "U-turn", texts: ["Whoever uses it goes back, and another one comes."] },
  { id: "post.md", title: "E-mail", texts: ["Letters without paper."] },
  ...Array.from({ length: 30 }, (_, at) => ({
    id: `${at}.md`,
    texts: [`Day ${at}: no U-turn here, write an e-mail. U-turn, U-turn, e-mail.`],
  })),
];

test.each([
  ["uturn", "moves/U-turn.md"],
  ["Uturn", "moves/U-turn.md"],
  ["u-turn", "moves/U-turn.md"],
  ["email", "post.md"],
  ["notes about email", "post.md"],
])("%s", (query, id) => {
  for (const mode of ["lexical", "hybrid"] as const)
    expect([mode, foundIn(documents, query, mode)[0]]).toEqual([mode, id]);
});

test("a note that is called so without a hyphen comes first", () => {
  const own = { id: "own.md", title: "Email", texts: ["Letters."] };
  for (const mode of ["lexical", "hybrid"] as const)
    expect(foundIn([...documents, own], "email", mode)[0]).toBe("own.md");
});
