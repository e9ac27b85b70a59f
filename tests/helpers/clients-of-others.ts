/** Installs the clients of others that `tests/clients/package.json` names, for the tests that drive the program by them. */
import { join } from "node:path";

const CLIENTS = join(import.meta.dir, "../clients");

/** @returns the folder that their packages are in. */
export function installClients(): string {
  const install = ["install", "--cwd", CLIENTS, "--frozen-lockfile", "--ignore-scripts"];
  const installed = Bun.spawnSync([process.execPath, ...install], { stdio: ["ignore", "ignore", "pipe"] });
  if (!installed.success) throw new Error(installed.stderr.toString());
  return join(CLIENTS, "node_modules");
}
