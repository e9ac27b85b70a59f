/**
 * `doctor --fix` where the vector cache cannot be mended for want of room: it passes, and the cache must outlast it.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/index.ts";
import { CLI } from "../helpers/amalfa.ts";
import { checkOf, DOCTOR_ENV, disposeTemplate, doctor, healthyProject } from "../helpers/doctor.ts";
import { damageIndex } from "../helpers/doctor-faults/cache-faults.ts";
import { cacheRows, fillCache } from "../helpers/embedding.ts";
import { interruptWrite } from "../helpers/interrupted-write.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";

useMadeUpModel();
setDefaultTimeout(300_000);
afterAll(disposeTemplate);

const hasLimits = Bun.which("prlimit") !== null;
const ROWS = 2000;

describe.skipIf(!hasLimits)(
  "without room the vector cache stays where it is, and is mended once there is some:",
  () => {
    test.each([
      ["an index that has to be built again", 40_000, damageIndex],
      ["an index, with no room for what connections share", 20_000, damageIndex],
      [
        "a write that has to be taken back",
        40_000,
        (path: string) => interruptWrite(path, "DELETE FROM cache"),
      ],
    ] as const)("%s", async (_, room, damage) => {
      using project = await healthyProject();
      const path = project.join(".amalfa/cache/vector_cache.sqlite");
      fillCache(path, ROWS);
      damage(path);
      const fix = [CLI, "doctor", "--fix", "--json", "--check", "cache.open"];
      // Enough for the files beside the cache, and too little for the cache.
      const { exitCode, stdout } = Bun.spawnSync(["prlimit", `--fsize=${room}`, process.execPath, ...fix], {
        cwd: project.path,
        env: { ...process.env, ...DOCTOR_ENV },
      });
      const [finding] = checkOf(JSON.parse(stdout.toString()) as DoctorReport, "cache.open").findings;
      expect(finding).toMatchObject({ fixable: true, fixed: false });
      expect(finding?.fixResult).toMatch(/^not done: .*left where it is.*has room.*doctor --fix/);
      expect(exitCode).toBe(1);
      expect(existsSync(project.join(".amalfa/quarantine"))).toBe(false);
      expect((await doctor(project, ["--fix", "--check", "cache.open"])).status).toBe(0);
      expect(cacheRows(path).length).toBeGreaterThanOrEqual(ROWS);
    });
  },
);
