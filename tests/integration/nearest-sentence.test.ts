/** With the real model: what is shown of a passage found by its meaning begins at the sentence nearest to the query. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { amalfa } from "../helpers/amalfa.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(300_000);

const YEAR = `# Notes of the year

In January we painted the shed and oiled its hinges. February was for the accounts, which took three
evenings and a lot of tea. March brought the plumber, who replaced two valves under the sink and left a bill
that nobody has found since. In April the fence got its new posts. May was quiet. The tomatoes died because
nobody watered them while everyone was at the seaside. In September the chimney was swept by a man from the next
village, who found a nest of jackdaws in it and told us to put a cowl on top. October went by with raking.
`;
const QUERY = "plants perished from drought during the holidays";

async function shown(folder: TempFolder, mode: string): Promise<string> {
  const { status, stdout } = await amalfa(["search", QUERY, "--mode", mode, "--json"], { cwd: folder.path });
  expect(status).toBe(0);
  return JSON.parse(stdout).results[0].snippet;
}

test("the nearest sentence leads, also where its vector is in the cache and no model can be had", async () => {
  using folder = new TempFolder().write({
    "year.md": YEAR,
    "other.md": "# Other\n\nCompilers and linkers.\n",
  });
  expect((await amalfa(["init"], { cwd: folder.path })).status).toBe(0);
  for (const mode of ["hybrid", "semantic"]) {
    expect(await shown(folder, mode)).toStartWith("… The tomatoes died because nobody watered them");
  }
  const { stdout } = await amalfa(["search", QUERY, "--json"], {
    cwd: folder.path,
    env: { AMALFA_MODELS: folder.join("none") },
  });
  expect(JSON.parse(stdout).results[0].snippet).toStartWith("… The tomatoes died");
});
