/** When a document is from: what it says, its name, git's last commit, its file. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { changedSince } from "../../../src/knowledge/changed-since.ts";
import { commitDateOf, commitDates } from "../../../src/knowledge/commit-dates.ts";
import { Git } from "../../../src/project/git/index.ts";
import { git, repository } from "../../helpers/git.ts";
import { fixtureGraph } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

function commit(folder: string, date: string): void {
  git(folder, "add", "-A");
  git(folder, "-c", "user.name=n", "commit", "-q", "-m", "x", `--date=${date}`);
  // The committer's date is what counts, and it has no option.
  git(folder, "-c", "core.editor=true", "rebase", "-q", "--committer-date-is-author-date", "--root");
}

test("the last commit of each file below the root, with names as they are, until there is a newer commit", () => {
  using folder = new TempFolder();
  repository(folder.path);
  write(folder.join("vault/été à lire.md"), "a");
  write(folder.join("vault/deep/b.md"), "b");
  write(folder.join("outside.md"), "c");
  commit(folder.path, "2021-03-04T10:00:00Z");
  write(folder.join("vault/deep/b.md"), "b2");
  commit(folder.path, "2022-05-06T23:30:00-05:00");
  const dates = commitDates(folder.join("vault"));
  expect(commitDateOf(dates, "été à lire.md")).toBe("2021-03-04T10:00:00.000Z");
  expect(commitDateOf(dates, "deep/b.md")).toBe("2022-05-07T04:30:00.000Z");
  expect(dates.size).toBe(2);
  expect(commitDates(folder.join("vault"))).toBe(dates);
  write(folder.join("vault/été à lire.md"), "a2");
  commit(folder.path, "2023-01-01T00:00:00Z");
  expect(commitDateOf(commitDates(folder.join("vault")), "été à lire.md")).toBe("2023-01-01T00:00:00.000Z");
});

test("a folder without a repository, or one without a commit, has none", () => {
  using folder = new TempFolder();
  expect(commitDates(folder.path).size).toBe(0);
  git(folder.path, "init", "-q", ".");
  expect(commitDates(folder.path).size).toBe(0);
});

test("nothing that the repository names is run", () => {
  using folder = new TempFolder();
  repository(folder.path);
  write(folder.join("a.md"), "a");
  commit(folder.path, "2021-03-04T10:00:00Z");
  const mark = folder.join("was-run");
  write(folder.join("evil.sh"), `#!/bin/sh\ntouch ${mark}\n`);
  for (const key of ["core.pager", "core.fsmonitor", "diff.external", "gpg.program", "diff.md.textconv"]) {
    git(folder.path, "config", key, `sh ${folder.join("evil.sh")}`);
  }
  git(folder.path, "config", "log.showSignature", "true");
  write(folder.join(".gitattributes"), "*.md diff=md filter=md\n");
  expect(commitDates(folder.path).size).toBe(1);
  expect(Bun.file(mark).size).toBe(0);
});

test("what a document says goes before its name, that before git, and that before its file", () => {
  using db = fixtureGraph([
    { id: "2020-01-01 says.md", texts: ["roof"], fields: { date: ["2024-02-02"] } },
    { id: "daily/2023-04-05.md", texts: ["roof"] },
    { id: "log/20230406-plan.md", texts: ["roof"] },
    { id: "journal/2023/04/07.md", texts: ["roof"] },
    { id: "rel-2023-99-99.md", texts: ["roof"] },
    { id: "known.md", texts: ["roof"] },
    { id: "unknown.md", texts: ["roof"] },
  ]);
  const changedOn = (id: string) => (id === "unknown.md" ? undefined : "2021-06-07T00:00:00Z");
  const find = (since: string, until: string) =>
    searchGraph(db, new SemanticIndex(db), {
      ...{ query: "roof", mode: "lexical", limit: 10, vector: undefined },
      ...{ filters: { since, until }, changedOn },
    })
      .map(({ id }) => id)
      .sort();
  expect(find("2024", "2024")).toEqual(["2020-01-01 says.md"]);
  expect(find("2023-04", "2023-04")).toEqual([
    "daily/2023-04-05.md",
    "journal/2023/04/07.md",
    "log/20230406-plan.md",
  ]);
  expect(find("2021-06-07", "2021-06-07")).toEqual(["known.md", "rel-2023-99-99.md"]);
  expect(find("1970", "1970")).toEqual(["unknown.md"]);
});

test("a commit whose date is none says nothing of its files", () => {
  using folder = new TempFolder();
  repository(folder.path);
  write(folder.join("a.md"), "a");
  git(folder.path, "add", "-A");
  const tree = git(folder.path, "write-tree").trim();
  const commit = `tree ${tree}\nauthor n <a@b> 1700000000 +9999\ncommitter n <a@b> 1700000000 +9999\n\nx\n`;
  const made = Bun.spawnSync(["git", "hash-object", "--literally", "-t", "commit", "-w", "--stdin"], {
    cwd: folder.path,
    stdin: Buffer.from(commit),
  });
  git(folder.path, "update-ref", "HEAD", made.stdout.toString().trim());
  expect(commitDates(folder.path).size).toBe(0);
});

describe("git that waits for a pipe in the place of one of its files", () => {
  function stuck(): TempFolder {
    const folder = new TempFolder();
    repository(folder.path);
    Bun.spawnSync(["mkfifo", folder.join(".git/inc")]);
    write(folder.join(".git/config"), "[core]\n\trepositoryformatversion = 0\n[include]\n\tpath = inc\n");
    return folder;
  }

  test("is not waited for, and not asked again", () => {
    using folder = stuck();
    const git = new Git(folder.path, 300);
    expect([git.ask(["rev-parse", "--git-dir"]), git.isStuck]).toEqual([undefined, true]);
    write(folder.join(".git/config"), "[core]\n\trepositoryformatversion = 0\n");
    expect(git.ask(["rev-parse", "--git-dir"])).toBeUndefined();
    expect(new Git(folder.path).ask(["rev-parse", "--git-dir"])).toBe(".git\n");
  });

  test("is said to take too long where a revision is asked for", () => {
    using folder = stuck();
    expect(() => changedSince(folder.path, "HEAD", [])).toThrow("takes too long to read the repository");
  }, 300_000);
});
