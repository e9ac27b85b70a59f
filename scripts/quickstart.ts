/**
 * The main job on something at hand: this repository's own documents are ingested, searched and counted, each command
 * shown as one would type it. Leaves a `.amalfa` folder at the top of the repository, as any use would.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";

const root = join(import.meta.dir, "..");

function show(...args: string[]): void {
  const shown = args.map((arg) => (arg.includes(" ") ? `"${arg}"` : arg)).join(" ");
  console.log(`\n$ amalfa ${shown}\n`);
  const command = [join(root, "src/cli.ts"), "--root", root, ...args];
  const { status } = spawnSync(process.execPath, command, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) process.exit(status ?? 1);
}

show("init");
show("search", "what survives when I rebuild");
show("stats");
