/** The question that `amalfa reset` asks, in a real pseudo-terminal. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { amalfaInTerminal, shows, type TerminalSession } from "../helpers/pseudo-terminal.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { treeOf } from "../helpers/tree.ts";

const TIMEOUT = 300_000;

function project(): TempFolder {
  return new TempFolder().write({
    "a.md": "# A\n",
    ".amalfa/resonance.db": "a graph",
    ".amalfa/backups/monday.tar": "x".repeat(3000),
  });
}

async function asked(folder: TempFolder, ...flags: string[]): Promise<TerminalSession> {
  const session = amalfaInTerminal(["reset", ...flags], { cwd: folder.path });
  await shows(session, "Delete this?");
  return session;
}

describe("the question before a reset", () => {
  test(
    "comes after everything that would go, and Yes deletes it",
    async () => {
      using folder = project();
      await using session = await asked(folder);
      expect(session.shown()).toMatch(/\.amalfa\/backups +1 file +2\.9 KiB .*cannot be made again/);
      expect(session.shown()).toMatch(/\(y\/N\)/);
      session.type("y\r");
      expect(await session.exited).toBe(0);
      await shows(session, "Deleted .amalfa");
      expect(readdirSync(folder.path)).toEqual(["a.md"]);
    },
    TIMEOUT,
  );

  const refusals = [
    { name: "No", keys: "n\r", status: 0, says: "Nothing was changed." },
    { name: "Enter alone, which means No", keys: "\r", status: 0, says: "Nothing was changed." },
    { name: "Ctrl-C", keys: "\x03", status: 130, says: "interrupted" },
    { name: "Ctrl-D, the end of input", keys: "\x04", status: 130, says: "interrupted" },
  ];
  for (const { name, keys, status, says } of refusals) {
    test(
      `${name} changes nothing and ends with ${status}`,
      async () => {
        using folder = project();
        const before = treeOf(folder.path);
        await using session = await asked(folder);
        session.type(keys);
        expect(await session.exited).toBe(status);
        await shows(session, says);
        expect(treeOf(folder.path)).toEqual(before);
      },
      TIMEOUT,
    );
  }

  test(
    "a terminal that goes away changes nothing",
    async () => {
      using folder = project();
      const before = treeOf(folder.path);
      await using session = await asked(folder);
      session.hangUp();
      expect(await session.exited).not.toBe(0);
      expect(treeOf(folder.path)).toEqual(before);
    },
    TIMEOUT,
  );

  test(
    "with --json it is asked all the same, and with --yes or --dry-run it is not",
    async () => {
      using folder = project();
      await using json = await asked(folder, "--json");
      json.type("n\r");
      expect(await json.exited).toBe(0);
      await shows(json, '"declined": true');
      for (const flag of ["--dry-run", "--yes"]) {
        await using session = amalfaInTerminal(["reset", flag], { cwd: folder.path });
        expect(await session.exited).toBe(0);
        expect(session.shown()).not.toContain("Delete this?");
      }
      expect(readdirSync(folder.path)).toEqual(["a.md"]);
    },
    TIMEOUT,
  );
});
