import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { amalfa, amalfaJson } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const TEXT = "# The talk\n\nWhy bread needs a night of rest before it is baked.\n";
const folder = new TempFolder();

async function answer<T>(...args: string[]): Promise<T> {
  return (await amalfaJson<T>(args, { cwd: folder.path })).document;
}

beforeAll(async () => {
  folder.write({ "notes/talk.md": TEXT, "steel.md": "# On hardening\n\nHow steel is hardened.\n" });
  mkdirSync(folder.join("a"));
  symlinkSync("../notes/talk.md", folder.join("a/link.md"));
  expect((await amalfaJson(["init"], { cwd: folder.path })).status).toBe(0);
});

afterAll(() => folder[Symbol.dispose]());

describe("a link to a document of the project", () => {
  test("is no second document of that title", async () => {
    expect(await answer<object>("read", "The talk")).toMatchObject({
      id: "notes/talk.md",
      text: TEXT.trimEnd(),
    });
    expect(await answer<object>("read", "a/link.md")).toMatchObject({ text: TEXT.trimEnd() });
  });

  test("is one result with it, named beside the file itself, unless a filter leaves the link alone", async () => {
    interface Answer {
      readonly results: readonly { readonly id: string; readonly sameFile?: readonly string[] }[];
    }
    for (const mode of ["hybrid", "lexical", "semantic"]) {
      const { results } = await answer<Answer>("search", "--mode", mode, "bread at night");
      expect(results.filter(({ id }) => id !== "steel.md")).toMatchObject([
        { id: "notes/talk.md", sameFile: ["a/link.md"] },
      ]);
    }
    const { results } = await answer<Answer>("search", "--path", "a/", "bread");
    expect(results.map(({ id, sameFile }) => [id, sameFile])).toEqual([["a/link.md", undefined]]);
    const { stdout } = await amalfa(["search", "bread"], { cwd: folder.path });
    expect(stdout).toContain("the same file: a/link.md");
  });

  test("is no gap beside what it leads to; a copy is one", async () => {
    const gaps = async () =>
      (await answer<{ gaps: { a: { id: string }; b: { id: string } }[] }>("find-gaps", "--threshold", "0.95"))
        .gaps;
    expect(await gaps()).toEqual([]);
    writeFileSync(folder.join("copy.md"), TEXT);
    linkSync(folder.join("steel.md"), folder.join("hard.md"));
    await amalfaJson(["init"], { cwd: folder.path });
    const pairs = (await gaps()).map(({ a, b }) => [a.id, b.id].sort().join(" "));
    expect(pairs.sort()).toEqual(["copy.md notes/talk.md"]);
    expect(await answer<object>("read", "The talk")).toMatchObject({ error: { code: "document.ambiguous" } });
    expect(await answer<object>("read", "On hardening")).toMatchObject({ id: "hard.md" });
  });
});
