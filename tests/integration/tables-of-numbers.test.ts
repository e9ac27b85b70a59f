/** Tables of numbers cost next to no inference, and each of their numbers is found. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { amalfaJson, type IngestDocument, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { seeded } from "../helpers/random.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

const random = seeded(5);
const ROWS = 600;

test("a table of 600 rows is embedded by the handful, and the number of any row leads to it", async () => {
  const masses = Array.from({ length: ROWS }, (_, at) => `${10_000 + at * 7}.${random.between(100, 999)}`);
  const table = masses.map((mass, at) => `| ${at} | ${mass} | ${random.between(1, 99)}.5 |`).join("\n");
  using folder = new TempFolder().write({
    "tank.md": `# Tank\n\nThe water was cold.\n\n| run | mass | speed |\n|---|---|---|\n${table}\n\nAll went well.\n`,
    "other.md": "# Bread\n\nIt rises for an hour.\n",
  });
  const first = await init(folder);
  expect(first.status).toBe(0);
  expect(first.document.embedding.misses).toBeLessThanOrEqual(6);
  for (const mass of [masses[0]!, masses[299]!, masses.at(-1)!]) {
    const { document } = await amalfaJson<{ results: { id: string; snippet: string; lines: number[] }[] }>(
      ["search", "--mode", "lexical", mass],
      { cwd: folder.path },
    );
    expect(document.results).toHaveLength(1);
    expect(document.results[0]).toMatchObject({ id: "tank.md" });
    expect(document.results[0]!.snippet).toContain(mass);
  }
  // What was embedded is told from the passages alone, and each proves all of its text.
  const deep = await amalfaJson<{ ok: boolean }>(["doctor", "--deep"], { cwd: folder.path });
  expect(deep).toMatchObject({ status: 0, document: { ok: true } });
  const again = await amalfaJson<IngestDocument>(["rebuild"], { cwd: folder.path });
  expect(again.document.embedding).toMatchObject({ misses: 0, modelLoaded: false });
});
