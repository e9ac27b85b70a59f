/** `validate` as a gate: what the settings make of it, what a change touched, and what other programs read. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { z } from "zod";
import { amalfa, amalfaJson } from "../helpers/amalfa.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(60_000);

interface Report {
  readonly ok: boolean;
  readonly changed?: number;
  readonly problems: readonly { severity: string; code: string; path: string | null; line: number | null }[];
}

async function places(folder: TempFolder, ...flags: string[]): Promise<string[]> {
  const { document } = await amalfaJson<Report>(["validate", ...flags], { cwd: folder.path });
  return document.problems.map(({ severity, code, path, line }) => `${severity} ${code} ${path}:${line}`);
}

function git(folder: TempFolder, ...args: string[]): void {
  const identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"];
  const { exitCode, stderr } = Bun.spawnSync(["git", ...identity, ...args], { cwd: folder.path });
  if (exitCode !== 0) throw new Error(stderr.toString());
}

describe("rules", () => {
  const NOTES = {
    "a.md":
      "# A\n\n[[Not yet]] ![[gone.png]] ![x](img/gone.svg) ![y](img/there.svg) ![[there.svg]] [z](gone.pdf)\n\n[p](/somewhere/) [[2024-01-02]]\n",
    "daily/2024-01-01.md": "[next](2024-01-02.md) and [[2024-W01]]\n",
    "img/there.svg": "<svg/>",
  };
  test("what is not written yet and neighbours of days are warnings, missing attachments errors", async () => {
    using folder = new TempFolder().write(NOTES);
    expect(await places(folder)).toEqual([
      "error attachment.missing a.md:3",
      "error attachment.missing a.md:3",
      "error attachment.missing a.md:3",
      "warning link.unwritten a.md:3",
      "warning link.site a.md:5",
      "warning link.daily a.md:5",
      "warning link.daily daily/2024-01-01.md:1",
      "warning link.daily daily/2024-01-01.md:1",
    ]);
  });

  test("the settings say what each is worth", async () => {
    using folder = new TempFolder().write(NOTES);
    const rules = { "link.unwritten": "error", "link.daily": "off", "attachment.missing": "warning" };
    folder.write({
      "amalfa.settings.json": JSON.stringify({ validate: { rules }, links: { roots: ["docs"] } }),
    });
    const found = await places(folder);
    expect(found.filter((place) => place.startsWith("error"))).toEqual([
      "error link.unwritten a.md:3",
      "error link.unresolved a.md:5",
    ]);
    expect(found.join()).not.toContain("link.daily");
    folder.write({
      "amalfa.settings.json": JSON.stringify({ validate: { rules: { "link.odd": "error" } } }),
    });
    const { status, stderr } = await amalfa(["validate"], { cwd: folder.path });
    expect(status).toBe(2);
    expect(stderr).toContain("link.unwritten");
  });
});

describe("--since", () => {
  function repository(): TempFolder {
    const folder = new TempFolder().write({
      "old.md": "[broken](nowhere.md)\n",
      "user.md": "[b](b.md) [c](c.md#part)\n",
      "b.md": "# B\n",
      "c.md": "# C\n\n## Part\n",
    });
    git(folder, "init", "-q", "-b", "main");
    git(folder, "add", ".");
    git(folder, "commit", "-qm", "one");
    return folder;
  }

  test("judges what changed, and what that broke elsewhere", async () => {
    using folder = repository();
    expect(await places(folder)).toEqual(["error link.unresolved old.md:1"]);
    expect(await places(folder, "--since", "HEAD")).toEqual([]);
    folder.write({ "new.md": "[x](gone.md)\n", "c.md": "# C\n\n## Other\n" });
    rmSync(folder.join("b.md"));
    expect(await places(folder, "--since", "main")).toEqual([
      "error link.unresolved new.md:1",
      "error link.unresolved user.md:1",
      "warning link.anchor user.md:1",
    ]);
    const { document } = await amalfaJson<Report>(["validate", "--since", "HEAD"], { cwd: folder.path });
    expect(document.changed).toBe(2);
  });

  test("a link to a document differs when it leads elsewhere, or what it leads to differs", async () => {
    using folder = repository();
    mkdirSync(folder.join("sub"));
    symlinkSync("../c.md", folder.join("sub/link.md"));
    git(folder, "add", ".");
    git(folder, "commit", "-qm", "a link");
    const changed = async () =>
      (await amalfaJson<Report>(["validate", "--since", "HEAD"], { cwd: folder.path })).document.changed;
    expect(await changed()).toBe(0);
    folder.write({ "c.md": "# C\n\n## Other\n" });
    expect(await changed()).toBeGreaterThanOrEqual(1);
    git(folder, "commit", "-qam", "two");
    expect(await changed()).toBe(0);
    rmSync(folder.join("sub/link.md"));
    symlinkSync("../b.md", folder.join("sub/link.md"));
    expect(await changed()).toBe(1);
  });

  test("an unknown revision, or no repository, is wrong usage", async () => {
    using folder = repository();
    expect((await amalfa(["validate", "--since", "v99"], { cwd: folder.path })).status).toBe(2);
    expect((await amalfa(["validate", "--since", "--help"], { cwd: folder.path })).status).toBe(2);
    using plain = new TempFolder().write({ "a.md": "# A\n" });
    expect((await amalfa(["validate", "--since", "HEAD"], { cwd: plain.path })).status).toBe(2);
  });

  test("I14 nothing that the repository names is run", async () => {
    using folder = repository();
    using marks = new TempFolder();
    const run = `touch ${marks.join("ran")}`;
    folder.write({ ".git/hooks/post-index-change": `#!/bin/sh\n${run}\n`, git: `#!/bin/sh\n${run}\n` });
    folder.write({ ".gitattributes": "*.md filter=evil diff=evil\n", "b.md": "# Changed\n" });
    chmodSync(folder.join(".git/hooks/post-index-change"), 0o755);
    chmodSync(folder.join("git"), 0o755);
    for (const [key, value] of [
      ["core.fsmonitor", run],
      ["core.pager", run],
      ["core.sshCommand", run],
      ["diff.external", run],
      ["diff.evil.textconv", run],
      ["diff.evil.command", run],
      ["filter.evil.clean", `${run}; cat`],
      ["filter.evil.process", run],
      ["alias.ls-tree", `!${run}`],
      ["alias.rev-parse", `!${run}`],
      ["core.alternateRefsCommand", run],
    ] as const)
      git(folder, "config", key, value);
    rmSync(marks.join("ran"), { force: true });
    const env = { PATH: `.:${folder.path}:${process.env.PATH}` };
    const { status } = await amalfa(["validate", "--since", "HEAD"], { cwd: folder.path, env });
    expect(status).toBe(0);
    expect(existsSync(marks.join("ran"))).toBe(false);
  });
});

/** The parts of SARIF 2.1.0 that are written, as its published schema has them; no property may be of another name. */
const uri = z.string().regex(/^[^\s\\]+$/);
const sarif = z.strictObject({
  $schema: z.url(),
  version: z.literal("2.1.0"),
  runs: z.array(
    z.strictObject({
      tool: z.strictObject({
        driver: z.strictObject({
          name: z.string().min(1),
          version: z.string(),
          rules: z.array(
            z.strictObject({
              id: z.string(),
              defaultConfiguration: z.strictObject({ level: z.enum(["none", "note", "warning", "error"]) }),
            }),
          ),
        }),
      }),
      originalUriBaseIds: z.record(z.string(), z.strictObject({ uri: uri.endsWith("/") })),
      columnKind: z.enum(["utf16CodeUnits", "unicodeCodePoints"]),
      results: z.array(
        z.strictObject({
          ruleId: z.string(),
          ruleIndex: z.int().min(0),
          level: z.enum(["none", "note", "warning", "error"]),
          message: z.strictObject({ text: z.string().min(1) }),
          locations: z.array(
            z.strictObject({
              physicalLocation: z.strictObject({
                artifactLocation: z.strictObject({ uri, uriBaseId: z.string() }),
                region: z.strictObject({ startLine: z.int().min(1) }).optional(),
              }),
            }),
          ),
          partialFingerprints: z.record(z.string(), z.string()),
        }),
      ),
    }),
  ),
});

describe("--format", () => {
  const folderWith = () => new TempFolder().write({ "docs/a, b%.md": "# A\n\n[x](gone.md)\n[[y]]\n" });

  test("sarif has the published structure, with paths from the top of the repository", async () => {
    using folder = folderWith();
    git(folder, "init", "-q");
    const { status, stdout } = await amalfa(["--root", "docs", "validate", "--format", "sarif"], {
      cwd: folder.path,
    });
    expect(status).toBe(1);
    const [run] = sarif.parse(JSON.parse(stdout)).runs;
    expect(run?.results.map(({ ruleId, level }) => [ruleId, level])).toEqual([
      ["link.unresolved", "error"],
      ["link.unwritten", "warning"],
    ]);
    for (const { ruleId, ruleIndex } of run!.results)
      expect(run!.tool.driver.rules[ruleIndex]?.id).toBe(ruleId);
    expect(run?.results[0]?.locations[0]?.physicalLocation).toEqual({
      artifactLocation: { uri: "docs/a%2C%20b%25.md", uriBaseId: "SRCROOT" },
      region: { startLine: 3 },
    });
  });

  test("github is one command a problem, in which nothing begins another", async () => {
    using folder = folderWith();
    folder.write({ "c.md": "[x](<gone%0A::error::y.md>)\n" });
    const { stdout } = await amalfa(["validate", "--format", "github"], { cwd: folder.path });
    const lines = stdout.trimEnd().split("\n");
    expect(lines).toHaveLength(3);
    expect(lines).toContain(
      '::error file=docs/a%2C b%25.md,line=3,title=link.unresolved::link to "gone.md" leads nowhere',
    );
    for (const line of lines) expect(line).toMatch(/^::(?:error|warning) file=[^:]*,line=\d+,title=[\w.]+::/);
  });
});
