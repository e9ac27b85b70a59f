/**
 * Input that nobody should write and everybody has: each file is ingested correctly or named, and the others go on
 * (I12).
 */
import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { amalfa, amalfaJson, type IngestDocument, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { graphQuery, notesFolder } from "../helpers/notes.ts";
import { withoutOverride } from "../helpers/privileges.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

/** 20 in `check:full`. */
const LARGE_MB = Number(process.env.AMALFA_LARGE_MB ?? 3);

const TIMEOUT = 300_000;

function textOf(folder: TempFolder, id: string): string {
  const rows = graphQuery<{ node: string; text: string }>(
    folder,
    "SELECT node, text FROM chunks ORDER BY node, ordinal",
  );
  return rows
    .filter(({ node }) => node === id)
    .map(({ text }) => text)
    .join("\n");
}

describe("I12 Failure is visible", () => {
  test(
    "files that cannot be ingested are named with exit 3, all others are ingested",
    async () => {
      using folder = notesFolder();
      folder.write({
        "bad/latin1.md": new Uint8Array([0x23, 0x20, 0x63, 0x61, 0x66, 0xe9, 0x0a]),
        "bad/outside.md": "",
      });
      mkdirSync(folder.join("loop"));
      symlinkSync("loop-b.md", folder.join("loop/loop-a.md"));
      symlinkSync("loop-a.md", folder.join("loop/loop-b.md"));
      symlinkSync(".", folder.join("loop/self"));
      symlinkSync("nowhere.md", folder.join("loop/dangling.md"));
      symlinkSync("/etc/hostname", folder.join("loop/outside.md"));
      spawnSync("mkfifo", [folder.join("loop/pipe.md")]);
      const { status, document } = await init(folder);
      expect(status).toBe(3);
      expect(document.ok).toBe(false);
      expect(document.documents.failed.map(({ path }) => path).sort()).toEqual([
        "bad/latin1.md",
        "loop/dangling.md",
        "loop/loop-a.md",
        "loop/loop-b.md",
        "loop/outside.md",
        "loop/pipe.md",
      ]);
      const latin1 = document.documents.failed.find(({ path }) => path === "bad/latin1.md");
      expect(latin1?.error).toContain("UTF-8");
      expect(graphQuery(folder, "SELECT id FROM nodes")).toHaveLength(6);
      const human = await amalfa(["init"], { cwd: folder.path });
      expect(human.status).toBe(3);
      expect(human.stdout).toContain("bad/latin1.md");
    },
    TIMEOUT,
  );

  test(
    "a document that was known keeps its rows while it cannot be read",
    async () => {
      using folder = notesFolder();
      await init(folder);
      writeFileSync(folder.join("soil/worms.md"), new Uint8Array([0xff, 0xfe, 0x00]));
      const { status, document } = await init(folder);
      expect(status).toBe(3);
      expect(document.documents).toMatchObject({ removed: 0, failed: [{ path: "soil/worms.md" }] });
      expect(textOf(folder, "soil/worms.md")).toContain("Worms have no heading");
    },
    TIMEOUT,
  );

  test(
    "unreadable files and folders are named, and what is known of them stays",
    async () => {
      using folder = notesFolder();
      await init(folder);
      folder.write({
        "soil/worms.md": "Changed, and nobody may read it.\n",
        "README.md": "# Allotment\n\nChanged.\n",
      });
      chmodSync(folder.join("soil/worms.md"), 0);
      chmodSync(folder.join("crops"), 0);
      const run = withoutOverride(["init", "--json"], folder.path);
      const document = JSON.parse(run.stdout) as IngestDocument;
      expect(run.status).toBe(3);
      expect(document.documents.failed.map(({ path }) => path)).toEqual(["crops", "soil/worms.md"]);
      expect(document.documents).toMatchObject({ removed: 0, changed: 1, kept: 1 });
      const again = withoutOverride(["init"], folder.path).stdout;
      expect(again).toMatch(/documents +3 unchanged, 2 failed, 1 not looked at, which stay as they were$/m);
      const doctor = withoutOverride(["doctor", "--check", "config.sources"], folder.path).stdout;
      expect(doctor).toContain("What the graph has of it from before is found as it was then");
      expect(graphQuery(folder, "SELECT id FROM nodes")).toHaveLength(5);
      chmodSync(folder.join("crops"), 0o755);
    },
    TIMEOUT,
  );
});

describe("files that are no documents", () => {
  test(
    "full of NUL bytes or enormous, they are named, and everything else is ingested and found",
    async () => {
      using folder = notesFolder();
      await init(folder);
      folder.write({ "hole.md": new Uint8Array(2_000_000), "enormous.md": "# Begins like one\n" });
      truncateSync(folder.join("enormous.md"), 2 ** 30);
      const { status, document } = await init(folder);
      expect(status).toBe(3);
      const failed = Object.fromEntries(document.documents.failed.map(({ path, error }) => [path, error]));
      expect(failed["hole.md"]).toContain("is no text: it is full of NUL bytes");
      expect(failed["enormous.md"]).toContain("is larger than 32");
      const found = await amalfa(["search", "--mode", "lexical", "compost"], { cwd: folder.path });
      expect(found.status).toBe(0);
      expect(found.stdout).toContain(".md");
    },
    TIMEOUT,
  );
});

describe("odd files that are documents", () => {
  test(
    "BOM, CRLF, NUL, UTF-16, broken and enormous front matter, one long line",
    async () => {
      using folder = notesFolder();
      const enormous = `---\n${Array.from({ length: 4_000 }, (_, i) => `key${i % 40}: same value\nother${i % 40}: x`).join("\n")}\n---\nbody under much front matter\n`;
      folder.write({
        "odd/bom.md": "\ufeff# Marked\n\nfirst line\n",
        "odd/crlf.md": "# Carriage\r\n\r\nreturned line\r\n",
        "odd/nul.md": "before\u0000after\n",
        "odd/utf16.md": Buffer.from("\ufeff# Wide\n\nsixteen bits\n", "utf16le"),
        "odd/broken.md": "---\ntitle: [unclosed\n---\nbody survives\n",
        "odd/unclosed.md": "---\ntitle: never closed\n\nbody goes on\n",
        "odd/enormous.md": enormous,
        "odd/line.md": `${"the same ten words come again and again in one line ".repeat(10_000)}\n`,
        "odd/letters.md": `${"x".repeat(500_000)}\n`,
        "odd/blank.md": " \n\n\t\n",
      });
      const { status, document } = await init(folder);
      expect(document.documents.failed).toEqual([]);
      expect(status).toBe(0);
      const titles = graphQuery<{ id: string; title: string }>(
        folder,
        "SELECT id, title FROM nodes WHERE id LIKE 'odd/%'",
      );
      const title = Object.fromEntries(titles.map((row) => [row.id, row.title]));
      expect(title).toMatchObject({
        "odd/bom.md": "Marked",
        "odd/crlf.md": "Carriage",
        "odd/utf16.md": "Wide",
        "odd/blank.md": "blank",
      });
      expect(textOf(folder, "odd/crlf.md")).toBe("# Carriage\n\nreturned line");
      expect(textOf(folder, "odd/nul.md")).toBe("before\ufffdafter");
      expect(textOf(folder, "odd/broken.md")).toContain("body survives");
      expect(textOf(folder, "odd/enormous.md")).toContain("body under much front matter");
      expect(textOf(folder, "odd/line.md").match(/again/g)).toHaveLength(20_000);
      expect(textOf(folder, "odd/letters.md").replace(/\s/g, "")).toHaveLength(500_000);
      expect(textOf(folder, "odd/blank.md")).toBe("");
    },
    TIMEOUT,
  );

  test(
    `${LARGE_MB} MB in one file`,
    async () => {
      using folder = notesFolder();
      const sections = 635 * LARGE_MB;
      const section = (i: number): string =>
        `## Section ${i % 50}\n\n${"All of these words repeat. ".repeat(60)}\n\n`;
      folder.write({
        "large.md": `# Large\n\n${Array.from({ length: sections }, (_, i) => section(i)).join("")}`,
      });
      const { status, document } = await init(folder);
      expect(status).toBe(0);
      expect(document.documents.failed).toEqual([]);
      const [row] = graphQuery<{ n: number; last: number }>(
        folder,
        "SELECT count(*) AS n, max(end_line) AS last FROM chunks WHERE node = 'large.md'",
      );
      expect(row?.n).toBeGreaterThan(600 * LARGE_MB);
      expect(row?.last).toBe(sections * 4 + 1);
    },
    TIMEOUT,
  );

  test(
    "names with spaces, quotes, emoji, percent signs and newlines are documents of their own, and can be read back",
    async () => {
      using folder = notesFolder();
      const names = [
        "a b.md",
        "a%20b.md",
        'it\'s "quoted".md',
        "🍅 ripe.md",
        "50%.md",
        "two\nlines.md",
        "tab\there.md",
        "-dash.md",
        "UPPER.MD",
      ];
      for (const name of names)
        folder.write({
          [`names/${name}`]: `# ${JSON.stringify(name)}\n\nunique text of ${JSON.stringify(name)}\n`,
        });
      const { status, document } = await init(folder);
      expect([status, document.documents.failed]).toEqual([0, []]);
      const ids = graphQuery<{ id: string }>(folder, "SELECT id FROM nodes WHERE id LIKE 'names/%'").map(
        ({ id }) => id,
      );
      expect(new Set(ids).size).toBe(names.length);
      for (const name of names) {
        const read = await amalfaJson<{ text: string }>(["read", "--", `names/${name}`], {
          cwd: folder.path,
        });
        expect(read.document.text).toContain(`unique text of ${JSON.stringify(name)}`);
      }
      for (const id of ids) {
        const read = await amalfaJson<{ id: string }>(["read", "--", id], { cwd: folder.path });
        expect(read.document.id).toBe(id);
      }
    },
    TIMEOUT,
  );
});
