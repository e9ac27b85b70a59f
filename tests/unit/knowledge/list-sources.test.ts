import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { SourcesReport } from "../../../src/knowledge/list-sources.ts";
import { amalfa, amalfaJson } from "../../helpers/amalfa.ts";
import { useMadeUpModel } from "../../helpers/made-up-model.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

test("I12 documents that cannot be ingested are counted apart, in each source, and named", async () => {
  using folder = new TempFolder();
  folder.write({
    "amalfa.settings.json": JSON.stringify({ sources: ["docs", "docs/deep/*.md", "other"] }),
    "docs/a.md": "# A\n",
    "docs/deep/b.md": "# B\n",
    "other/c.md": "# C\n",
  });
  writeFileSync(folder.join("docs/deep/bad.md"), new Uint8Array([0xff, 0xfe, 0x00, 0xd8]));
  const list = () => amalfaJson<SourcesReport>(["list-sources"], { cwd: folder.path });
  // Nothing was ingested yet, so that nothing has failed.
  expect(await list()).toMatchObject({ status: 0, document: { failed: [] } });
  expect((await amalfa(["init"], { cwd: folder.path })).status).toBe(3);
  const { status, document } = await list();
  expect(status).toBe(3);
  expect(document.sources.map(({ documents, failed }) => [documents, failed])).toEqual([
    [3, 1],
    [2, 1],
    [1, 0],
  ]);
  expect(document.failed).toEqual([
    { path: "docs/deep/bad.md", error: expect.stringContaining("is not UTF-16") },
  ]);
});
