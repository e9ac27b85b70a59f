/** `explore` of a section: the links in it, and those that lead to it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { amalfa, amalfaJson, type ErrorDocument, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

interface Explored {
  readonly lines?: readonly number[];
  readonly outgoing: readonly { readonly id: string }[];
  readonly incoming: readonly { readonly id: string }[];
  readonly unresolved: readonly { readonly line: number }[];
}

test("a heading behind the id asks for the links of that section alone", async () => {
  using folder = new TempFolder().write({
    "plan.md":
      "# Plan\n\n[[a]]\n\n## Roof\n\n[[b]] [[nowhere]]\n\n### Tiles\n\n[[c]]\n\n## Cellar\n\n[[d]]\n",
    "a.md": "# A\n\n[[plan#Roof]]\n",
    "b.md": "# B\n\n[x](plan.md#tiles)\n",
    "c.md": "# C\n\n[[plan]]\n",
    "d.md": "# D\n\n[[plan#Cellar]]\n",
  });
  expect((await init(folder)).status).toBe(0);
  const explore = async (id: string): Promise<Explored> =>
    (await amalfaJson<Explored>(["explore", id], { cwd: folder.path })).document;
  const ids = (links: readonly { readonly id: string }[]): string[] => links.map(({ id }) => id).sort();

  const whole = await explore("plan");
  expect([ids(whole.outgoing), ids(whole.incoming), whole.lines]).toEqual([
    ["a.md", "b.md", "c.md", "d.md"],
    ["a.md", "b.md", "c.md", "d.md"],
    undefined,
  ]);
  const roof = await explore("plan#Roof");
  expect([ids(roof.outgoing), ids(roof.incoming), roof.lines]).toEqual([
    ["b.md", "c.md"],
    ["a.md", "b.md"],
    [5, 11],
  ]);
  expect(roof.unresolved).toMatchObject([{ line: 7 }]);
  expect(ids((await explore("plan.md#tiles")).incoming)).toEqual(["b.md"]);
  const { stdout } = await amalfa(["explore", "plan#Cellar"], { cwd: folder.path });
  expect(stdout).toContain("plan.md:13-15");
  expect(stdout).not.toContain("b.md");
  folder.write({ "plan.md": "# Plan\n\n## Cellar\n\n[[a]]\n" });
  expect(await explore("plan#Cellar")).toMatchObject({ lines: [3, 5], outgoing: [{ id: "a.md" }] });
  const unknown = await amalfaJson<ErrorDocument>(["explore", "plan#Attic"], { cwd: folder.path });
  expect(unknown).toMatchObject({ document: { ok: false, error: { code: "document.heading" } } });
});
