/** Notes in every language whose words are stemmed are taken in, and found by other forms of their words. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { FUNCTION_WORDS } from "../../src/graph/search/language/function-words.ts";
import { STEMMED_LANGUAGES } from "../../src/graph/search/language/languages.ts";
import { amalfa, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

test("a note in each of them, of the words that tell its language", async () => {
  const notes = STEMMED_LANGUAGES.map((language) => {
    const words = [...FUNCTION_WORDS[language]!];
    return [`${language}.md`, `# ${language}\n\n${words.slice(0, 40).join(" ")}.\n`] as const;
  });
  using folder = new TempFolder().write(Object.fromEntries(notes));
  await init({ path: folder.path });
  const { stdout } = await amalfa(["stats", "--json"], { cwd: folder.path });
  expect(JSON.parse(stdout)).toMatchObject({ nodes: STEMMED_LANGUAGES.length });
});

test("a Bulgarian note is found by another form of its words", async () => {
  using folder = new TempFolder().write({
    "arhiv.md": "# Архив\n\nТова е бележка за архивите, които са в къщата и не са за учениците.\n",
    "garden.md": "# Garden\n\nSow the beans in May.\n",
  });
  await init({ path: folder.path });
  for (const query of ["архиви", "бележки", "ученик"]) {
    const { stdout } = await amalfa(["search", "--mode", "lexical", "--json", query], { cwd: folder.path });
    const { results } = JSON.parse(stdout) as { results: readonly { id: string }[] };
    expect([query, results[0]?.id]).toEqual([query, "arhiv.md"]);
  }
});
