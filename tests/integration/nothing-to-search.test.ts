/** A query of marks alone is near to nothing and to everything: it is said what is missing. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { amalfa, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(60_000);

test("marks alone are no query; signs that are found, and names with marks, are", async () => {
  using folder = new TempFolder().write({ "a.md": "# A\n\nThe way → leads to C++.\n", "b.md": "# B\n" });
  await init({ path: folder.path });
  for (const query of ['"', "''", "???", "( )", "--"]) {
    const { status, stderr, stdout } = await amalfa(["search", "--", query], { cwd: folder.path });
    expect([query, status, stdout]).toEqual([query, 2, ""]);
    expect(stderr).toContain("the query has no letter, no digit and no other sign");
  }
  for (const query of ["→", "C++", "λ"]) {
    const found = await amalfa(["search", "--mode", "lexical", "--", query], { cwd: folder.path });
    expect([query, found.status]).toEqual([query, 0]);
  }
});
