/** I14: a secret that came with the folder proves nothing. */
import { expect, test } from "bun:test";
import { chmodSync } from "node:fs";
import { projectPaths } from "../../../src/project/paths.ts";
import { readNonce } from "../../../src/services/pid-files/pid-file.ts";
import { registerService } from "../../../src/services/pid-files/write.ts";
import { HelperProcess } from "../../helpers/helper-process.ts";
import { serviceCommand } from "../../helpers/service-arguments.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const PLANTED = "0123456789abcdef".repeat(4);

test("a secret that came with the folder is replaced by the first service, whatever lies beside it", () => {
  using folder = new TempFolder().write({
    ".amalfa/runtime/nonce": `${PLANTED}\n`,
    ".amalfa/runtime/server.pid": `${process.pid}\n`,
    ".amalfa/runtime/server.pid.lock": "",
    ".amalfa/runtime/mcp-1.pid.lock": "no lock",
  });
  chmodSync(folder.join(".amalfa/runtime/nonce"), 0o600);
  const paths = projectPaths(folder.path);
  using watcher = registerService({ paths, service: "watcher", version: "1" });
  expect(watcher.nonce).toMatch(/^[0-9a-f]{64}$/);
  expect(watcher.nonce).not.toBe(PLANTED);
  expect(readNonce(paths)).toBe(watcher.nonce);
});

test("services that run at the same time share one, and the next has a new one once all have ended", async () => {
  using folder = new TempFolder();
  const paths = projectPaths(folder.path);
  let first: string | undefined;
  {
    await using held = await HelperProcess.run(serviceCommand("registered-service", folder.path));
    expect(held.pid).toBeGreaterThan(0);
    first = readNonce(paths);
    for (const service of ["vector", "server"] as const) {
      using second = registerService({ paths, service, version: "1" });
      expect(second.nonce).toBe(first);
      using third = registerService({ paths, service: "mcp", version: "1" });
      expect(third.nonce).toBe(first);
    }
  }
  using next = registerService({ paths, service: "vector", version: "1" });
  expect(next.nonce).toBeDefined();
  expect(next.nonce).not.toBe(first);
}, 300_000);
