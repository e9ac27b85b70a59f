/** Limits of the size of files, which strike where SQLite did not expect a disk to be full. */
import { describe, expect, test } from "bun:test";
import { amalfa, CLI, init } from "../helpers/amalfa.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

const hasLimits = Bun.which("prlimit") !== null;

describe.skipIf(!hasLimits)("a limit of the size of files", () => {
  test("leaves a rebuild's graph complete in its log, and says so", async () => {
    using folder = new TempFolder();
    for (let at = 0; at < 120; at++) {
      folder.write({ [`docs/n${at}.md`]: `# Note ${at}\n\nText about number ${at} and heaps of ${at}.\n` });
    }
    await init(folder);
    const command = ["prlimit", "--fsize=131072", process.execPath, CLI, "rebuild", "--no-cache"];
    const { exitCode, stderr } = Bun.spawnSync(command, { cwd: folder.path });
    expect(stderr.toString()).not.toContain("did not foresee");
    expect(exitCode).toBe(0);
    const found = await amalfa(["search", "--mode", "lexical", "heaps of 77"], { cwd: folder.path });
    expect(found.stdout).toContain("n77.md");
    const { status } = await amalfa(["doctor", "--deep"], { cwd: folder.path });
    expect(status).toBe(0);
  });
});
