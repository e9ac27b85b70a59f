/** `validate` as a gate: what the settings make of it, what a change touched, and what other programs read. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import sarifJsonSchema from "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" with { type: "json" };
import Ajv from "ajv";
import { amalfa, amalfaJson } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

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

const isSarif = sarifSchema();

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
    const { status, stderr } = await amalfa(["validate", "--since", "HEAD"], { cwd: plain.path });
    expect(status).toBe(2);
    expect(stderr).toContain("is in no git repository");
    expect(stderr).not.toContain("There is no revision");
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

interface SarifLog {
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly originalUriBaseIds: Readonly<Record<string, { readonly uri: string }>>;
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly message: { readonly text: string };
      readonly locations: readonly { readonly physicalLocation: unknown }[];
    }[];
  }[];
}

/** A log that the schema of SARIF 2.1.0 allows, as OASIS has published it. */
function sarifLog(text: string): SarifLog {
  const log: unknown = JSON.parse(text);
  if (!isSarif(log)) throw new Error(JSON.stringify(isSarif.errors, undefined, 2));
  return log;
}

function sarifSchema() {
  // Of the fourth draft, which names itself by `id`; nothing else in it is of another meaning since.
  const { $schema: _draft, id: _id, ...schema } = sarifJsonSchema;
  const isAddress = (text: string) => URL.canParse(text);
  return new Ajv({
    strict: false,
    allErrors: true,
    unicodeRegExp: false,
    formats: {
      uri: isAddress,
      "uri-reference": (text) => !/[\s\\]/.test(text) && URL.canParse(text, "file:///"),
      "date-time": (text) => !Number.isNaN(Date.parse(text)),
    },
  }).compile<SarifLog>(schema);
}

/** A command as the runner of GitHub's workflows reads it: what it unescapes and where it cuts. */
function commandOf(line: string) {
  const end = line.indexOf("::", 2);
  expect(line.startsWith("::") && end > 2).toBe(true);
  const unescaped = (text: string, codes: readonly (readonly [string, string])[]) =>
    codes.reduce((read, [code, character]) => read.replaceAll(code, character), text);
  const ofData = [
    ["%0D", "\r"],
    ["%0A", "\n"],
  ] as const;
  const head = line.slice(2, end);
  const space = head.indexOf(" ");
  const pairs = head.slice(space + 1).split(",");
  const properties = Object.fromEntries(
    pairs.map((pair) => {
      const [key = "", ...value] = pair.split("=");
      const codes = [...ofData, ["%3A", ":"], ["%2C", ","], ["%25", "%"]] as const;
      return [key, unescaped(value.join("="), codes)];
    }),
  );
  const message = unescaped(line.slice(end + 2), [...ofData, ["%25", "%"]]);
  return { command: head.slice(0, space), properties, message };
}

describe("--format", () => {
  const folderWith = () => new TempFolder().write({ "docs/a, b%.md": "# A\n\n[x](gone.md)\n[[y]]\n" });

  test("sarif is what the published schema allows, with paths from the top of the repository", async () => {
    using folder = folderWith();
    git(folder, "init", "-q");
    const { status, stdout } = await amalfa(["--root", "docs", "validate", "--format", "sarif"], {
      cwd: folder.path,
    });
    expect(status).toBe(1);
    const [run] = sarifLog(stdout).runs;
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
    expect(run?.originalUriBaseIds.SRCROOT?.uri).toEndWith("/");
  });

  test("and so it is without a problem, and with every kind of one, in files of odd names", async () => {
    using sound = new TempFolder().write({ "a.md": "# A\n\nWords.\n" });
    const none = await amalfa(["validate", "--format", "sarif"], { cwd: sound.path });
    expect(none.status).toBe(0);
    expect(sarifLog(none.stdout).runs[0]?.results).toEqual([]);
    using folder = new TempFolder().write({
      "a b#c%20d/\u00fcn\u0007\ud83d\ude00 [x].md": "---\ntitle: [open\n---\n[x](gone.md) [y](#no)\n",
      "empty.md": "",
      "two.md": "---\ntitle: Same\naliases: [s]\n---\n[[2024-01-01]] [[New]] ![p](p.png) [s](/site/)\n",
      "three.md": "---\ntitle: Same\naliases: [s]\n---\n[z](<\u0001\u202e::error::%0A.md>)\n",
      "amalfa.settings.json": '{ "sources": [".", "nowhere"] }',
    });
    symlinkSync("/nowhere", folder.join("link.md"));
    const { stdout } = await amalfa(["validate", "--format", "sarif"], { cwd: folder.path });
    const { results = [] } = sarifLog(stdout).runs[0] ?? {};
    const kinds = new Set(results.map(({ ruleId }) => ruleId));
    for (const kind of [
      "source.missing",
      "document.failed",
      "link.unresolved",
      "link.anchor",
      "title.duplicate",
    ])
      expect([...kinds]).toContain(kind);
    for (const { message } of results) expect(message.text.trim()).not.toBe("");
  });

  test("github's commands are read back as they are meant, whatever names and messages hold", async () => {
    const name = "a,b:c%d\r\ne::warning file=x,line=1::f.md";
    using folder = new TempFolder().write({ [name]: "# A\n\n[x](<g,o:n%0Ae::error::.md>)\n" });
    const { stdout } = await amalfa(["validate", "--format", "github"], { cwd: folder.path });
    const lines = stdout.trimEnd().split("\n");
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) {
      const { command, properties, message } = commandOf(line);
      expect(["error", "warning"]).toContain(command);
      expect(properties.file).toBe(name);
      expect(properties.line).toBe("3");
      expect(properties.title).toBe("link.unresolved");
      expect(message).toContain("g,o:n%0Ae::error::.md");
    }
  });

  test.each(["github", "sarif"])("%s steers no terminal by a name", async (format) => {
    using folder = new TempFolder().write({ "esc\x1b[2J\x9b\u202e.md": "" });
    const { stdout } = await amalfa(["validate", "--format", format], { cwd: folder.path });
    expect(stdout).toContain("esc");
    expect(stdout).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/);
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
