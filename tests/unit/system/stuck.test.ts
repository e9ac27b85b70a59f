/** Telling a process that waits for ever from one that is only slow. */
import { expect, test } from "bun:test";
import { whenStuck } from "../../../src/system/process/index.ts";

test.skipIf(process.platform !== "linux")(
  "a process that does nothing at all is told of",
  async () => {
    const child = Bun.spawn([process.execPath, "-e", "setTimeout(() => {}, 600_000)"], {
      stdio: ["ignore", "ignore", "ignore"],
    });
    const { promise, resolve } = Promise.withResolvers<string>();
    const stop = whenStuck(child.pid, () => resolve("stuck"));
    try {
      expect(await promise).toBe("stuck");
    } finally {
      stop();
      child.kill("SIGKILL");
    }
  },
  300_000,
);
