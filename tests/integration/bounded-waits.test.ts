/** What `--wait` allows is all that a command waits, whichever of the locks that it meets is held. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { projectPaths } from "../../src/project/paths.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { HelperProcess } from "../helpers/helper-process.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const ready = useReadyNotes();

const PRELOAD = `--preload=${join(import.meta.dir, "../helpers/say-busy-timeouts.ts")}`;

/** How long the connections of a command wait, each of them, in milliseconds. */
async function waits(path: string, ...args: string[]) {
  const env = { BUN_OPTIONS: `${process.env.BUN_OPTIONS} ${PRELOAD}` };
  const { status, stderr } = await amalfa(args, { cwd: path, env });
  const said = [...stderr.matchAll(/^\[busy (\d+)\]$/gm)].map(([, milliseconds]) => Number(milliseconds));
  return { status, said, longest: Math.max(...said) };
}

test.each(["init", "rebuild"])("%s waits for no lock longer than it was told", async (command) => {
  using folder = ready.copy();
  folder.write({ "new.md": "# New\n\nalbatross\n" });
  expect((await waits(folder.path, command, "--wait", "1")).longest).toBe(1_000);
  folder.write({ "newer.md": "# Newer\n\ngannet\n" });
  expect((await waits(folder.path, command, "--wait", "60")).longest).toBe(5_000);
});

test.each(["init", "rebuild"])("%s waits for one lock on the graph once", async (command) => {
  using folder = ready.copy();
  await using _ = await HelperProcess.start(
    "hold-database.ts",
    projectPaths(folder.path).database,
    "exclude",
  );
  const { status, said } = await waits(folder.path, command, "--wait", "1");
  expect(status).toBe(4);
  expect(said.filter((milliseconds) => milliseconds > 500)).toEqual([1_000]);
});
