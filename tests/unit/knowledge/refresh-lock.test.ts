import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { takeLock } from "../../../src/knowledge/freshness/refresh-lock.ts";
import { loadProject } from "../../../src/project/load.ts";
import { lockFile } from "../../../src/sqlite/lock-file.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

test("whoever holds the lock and never says a name is not waited for as long as there is time", async () => {
  using folder = new TempFolder();
  const project = await loadProject({ root: folder.path, cwd: folder.path, models: [] });
  const { runtime, maintenanceLock } = project.paths;
  mkdirSync(runtime, { recursive: true });
  using _ = lockFile(maintenanceLock, { waitMs: 0 });
  await expect(takeLock(project, Number.POSITIVE_INFINITY)).rejects.toMatchObject({ code: "lock.held" });
});
