import { describe, expect, test } from "bun:test";
import { isServiceCommand } from "../../../src/services/service.ts";

const root = "/notes of mine";

describe("I6 No signal to a stranger: the command line of a service", () => {
  test.each([
    ["watcher", ["/usr/bin/bun", "/src/amalfa/src/cli.ts", "--root", root, "watcher", "run"]],
    ["vector", ["bun", "/usr/local/bin/amalfa", `--root=${root}`, "vector", "run"]],
    ["mcp", ["bun", "/x/node_modules/amalfa/src/cli.ts", "--root", root, "serve"]],
    ["mcp", ["bun", "/usr/local/bin/amalfa", "serve"]],
    ["watcher", [`/usr/bin/bun /src/cli.ts --root ${root} watcher run`]],
    ["watcher", ["amalfa", "watcher", "run"]],
    ["watcher", ["bun", "run", "src/cli", "--json", "watcher", "run"]],
    ["watcher", ["bun", "--no-env-file", "--preload", "./x.ts", "/a b/cli.js", "watcher", "run"]],
    ["server", ["bun", "/a/dist/src/cli.js", "--root", root, "serve", "--http=127.0.0.1:0"]],
  ])("%s: %j", (service, command) => {
    expect(isServiceCommand(command, { service, root })).toBe(true);
  });

  test.each([
    ["watcher", ["sleep", "600"]],
    ["watcher", ["bun", "/src/cli.ts", "--root", root, "vector", "run"]],
    ["watcher", ["bun", "/src/cli.ts", "--root", "/elsewhere", "watcher", "run"]],
    ["watcher", ["bun", "/src/cli.ts", "--root", root, "watcher", "start"]],
    ["watcher", ["bun", "/src/server.ts", "watcher", "run"]],
    ["watcher", ["bun", "backup.ts", "/opt/amalfa", "watcher", "run"]],
    ["watcher", ["bun", "backup.ts", "bun /opt/amalfa watcher run"]],
    ["watcher", ["bun", "/opt/amalfa", "search", "the watcher run"]],
    ["mcp", ["less", "/notes/amalfa"]],
    ["sonar", ["bun", "/src/cli.ts", "serve"]],
  ])("is not, of %s: %j", (service, command) => {
    expect(isServiceCommand(command, { service, root })).toBe(false);
  });
});
