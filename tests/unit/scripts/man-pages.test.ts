/** The man pages, as they are committed and as a terminal shows them. */
import { expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../../package.json" with { type: "json" };
import { MAN_FOLDER, manPages } from "../../../scripts/man-pages.ts";

test("are what the program says of its commands, and all are published (bun scripts/man-pages.ts)", async () => {
  const pages = await manPages();
  expect(readdirSync(MAN_FOLDER).sort()).toEqual([...pages.keys()].sort());
  for (const [name, text] of pages) expect(readFileSync(join(MAN_FOLDER, name), "utf8")).toBe(text);
  expect([...packageJson.man].sort()).toEqual([...pages.keys()].map((name) => `man/${name}`).sort());
});

test("no line of them is a command of roff by accident", async () => {
  const known = /^\.(TH|nh|ad l|SH|TP|PP|nf|fi|RS 4|RE)\b|^[^.']/;
  for (const [, text] of await manPages())
    expect(text.split("\n").filter((line) => line !== "" && !known.test(line))).toEqual([]);
});

test.skipIf(Bun.which("groff") === null)(
  "are shown without a warning, at 80 columns, with what the help says",
  () => {
    const shown = (name: string): string => {
      const command = ["groff", "-man", "-Tascii", "-P-cbou", "-rLL=80n", "-ww", join(MAN_FOLDER, name)];
      const { stdout, stderr } = Bun.spawnSync(command);
      expect({ name, stderr: stderr.toString() }).toEqual({ name, stderr: "" });
      return stdout.toString();
    };
    for (const name of readdirSync(MAN_FOLDER)) {
      const text = shown(name);
      expect(text).toContain(`${name.replace(/\.1$/, "")} - `);
      expect(text.split("\n").filter((line) => line.length > 80 && !line.includes("amalfa "))).toEqual([]);
    }
    const search = shown("amalfa-search.1");
    expect(search).toContain("--limit");
    expect(search).toMatch(/EXIT STATUS\n\s+0\s+done/);
    expect(shown("amalfa.1")).toContain("amalfa-doctor(1)");
  },
);
