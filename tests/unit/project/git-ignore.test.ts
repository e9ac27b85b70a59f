/** What git leaves out, and how it is configured, against what git itself says. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { realpathSync } from "node:fs";
import { join } from "node:path";
import { configValue, parseConfig } from "../../../src/project/git/config.ts";
import { git } from "../../helpers/git.ts";
import { documentsIn, gitAsUser, useGitHome, useVariables } from "../../helpers/git-home.ts";
import { seeded } from "../../helpers/random.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

setDefaultTimeout(300_000);
const home = useGitHome();

const ownRepository = (path: string) => ({
  gitDirectory: join(path, ".git"),
  commonDirectory: join(path, ".git"),
});

describe("What git leaves out", () => {
  function expectAsGit(folder: TempFolder, cwd = folder.path): void {
    const listed = gitAsUser(cwd, "ls-files", "-z", "-o", "-c", "--exclude-standard", "*.md").split("\0");
    expect(documentsIn(realpathSync(cwd))).toEqual([...new Set(listed.filter((path) => path !== ""))].sort());
  }

  function vault(): TempFolder {
    const names = ["a", "b", "sub/a", "sub/b", "sub/deep/a", "private/a", "local/b", "drafts/x/a"];
    const folder = new TempFolder().write(Object.fromEntries(names.map((name) => [`${name}.md`, "# x\n"])));
    git(folder.path, "init", "-q", ".");
    return folder;
  }

  test("by info/exclude and core.excludesFile, with their precedence", () => {
    using folder = vault();
    folder.write({
      ".git/info/exclude": "private/\n!b.md\n",
      ".git/mine": "b.md\nlocal\nprivate\n",
      ".gitignore": "/a.md\n",
    });
    git(folder.path, "config", "core.excludesFile", ".git/mine");
    expectAsGit(folder);
    expect(documentsIn(folder.path)).toContain("b.md");
    folder.write({ "sub/.gitignore": "!a.md\nb.md\n" });
    expectAsGit(folder);
  });

  test("by the user's own file, in each place where git looks for it", () => {
    using folder = vault();
    home().write({ ".config/git/ignore": "sub/\n" });
    expectAsGit(folder);
    expect(documentsIn(folder.path)).not.toContain("sub/a.md");
    using config = new TempFolder().write({ "git/ignore": "drafts\n" });
    useVariables({ XDG_CONFIG_HOME: config.path });
    expectAsGit(folder);
    home().write({ ".gitconfig": '[core]\n\texcludesFile = "~/mine" # as said\n', mine: "local/\n" });
    expectAsGit(folder);
    home().write({ ".gitconfig": "[core]\n\texcludesfile =\n" });
    expectAsGit(folder);
    home().write({ ".gitconfig": "[include]\n\tpath = more\n", more: "[core]\n\tEXCLUDESFILE = ~/mine\n" });
    expectAsGit(folder);
    home().write({ ".gitconfig": `[includeIf "gitdir:${folder.path}/"]\n\tpath = more\n` });
    expectAsGit(folder);
    home().write({ ".gitconfig": '[includeIf "gitdir:/elsewhere/"]\n\tpath = more\n' });
    expectAsGit(folder);
    useVariables({ GIT_CONFIG_GLOBAL: home().join("more") });
    expectAsGit(folder);
  });

  test("in a linked worktree and in a submodule, whose repository is elsewhere", () => {
    using folder = vault();
    git(folder.path, "add", "a.md");
    git(folder.path, "commit", "-qm", "x");
    folder.write({ ".git/info/exclude": "wt\nnew.md\n" });
    git(folder.path, "worktree", "add", "-q", "wt");
    folder.write({ "wt/new.md": "# x\n", "wt/other.md": "# x\n" });
    expectAsGit(folder, folder.join("wt"));
    expect(documentsIn(folder.join("wt"))).toEqual(["a.md", "other.md"]);
  });

  test("as git says of any patterns", () => {
    const { pick } = seeded(13);
    const patterns = [
      "a.md",
      "!a.md",
      "/a.md",
      "sub",
      "sub/",
      "!sub/",
      "sub/*",
      "**/deep",
      "*.md",
      "!b.md",
      "x/",
      "l*l",
      "# no",
      "\\!b.md",
      " ",
    ];
    using folder = vault();
    git(folder.path, "config", "core.excludesFile", ".git/mine");
    for (let round = 0; round < 25; round++) {
      const text = () => `${Array.from({ length: 3 }, () => pick(patterns)).join("\n")}\n`;
      folder.write({
        ".git/info/exclude": text(),
        ".git/mine": text(),
        ".gitignore": text(),
        "sub/.gitignore": text(),
      });
      expectAsGit(folder);
    }
  });
});

test("git's configuration is read as git reads it", () => {
  using folder = new TempFolder();
  git(folder.path, "init", "-q", ".");
  const values = [
    "plain",
    '"two words"',
    "two words  ",
    'a"b c"d',
    "x # no",
    "x ; no",
    '"x # yes"',
    "a\\tb",
    "a\\\nb",
    "",
    '" "',
    "\\\\",
    "~/x",
  ];
  for (const value of values) {
    folder.write({
      ".git/config": `[core]\n\trepositoryformatversion = 0\n[Core]\n  ExcludesFile = ${value}\n[other "core"]\nexcludesfile = no\n`,
    });
    const said = git(folder.path, "config", "-z", "--get", "core.excludesfile").replace(/\0$/, "");
    expect({ value, read: configValue(ownRepository(folder.path), "core.excludesfile") }).toEqual({
      value,
      read: said,
    });
  }
  expect(parseConfig('[a "b\\"c"] d\n[e]f=1')).toEqual([
    { key: 'a.b"c.d', value: "true" },
    { key: "e.f", value: "1" },
  ]);
});
