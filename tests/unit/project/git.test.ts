/** What git's own files tell, against what git itself says of the same folders. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { discover } from "../../../src/ingest/discovery/index.ts";
import { linkedWorktree, readIgnoreFiles, treeOf } from "../../../src/project/git/index.ts";
import { findProjectRoot } from "../../../src/project/index.ts";
import { sharedCacheOwner } from "../../../src/project/load.ts";
import { addSubmodule, git, repository } from "../../helpers/git.ts";
import { documentsIn, useGitHome } from "../../helpers/git-home.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

setDefaultTimeout(300_000);
useGitHome();

describe("A folder", () => {
  test("is a tree of its own with a repository or as a linked worktree, and part of another as a submodule", () => {
    using folder = new TempFolder().write({
      "main/a.md": "# A\n",
      "lib/b.md": "# B\n",
      "plain/c.md": "# C\n",
    });
    repository(folder.join("lib"));
    repository(folder.join("main"));
    addSubmodule(folder.join("main"), folder.join("lib"), "sub");
    git(folder.join("main"), "worktree", "add", "-q", "wt");
    git(folder.join("main"), "clone", "-q", folder.join("lib"), "clone");
    const kinds = ["main", "lib", "plain", "main/sub", "main/wt", "main/clone"].map((path) =>
      treeOf(folder.join(path)),
    );
    expect(kinds).toEqual(["own", "own", "none", "part", "own", "own"]);
    expect(documentsIn(folder.join("main"))).toEqual(["a.md", "sub/b.md"]);
  });

  test("is part of what lists it as a submodule, wherever its repository is", () => {
    using folder = new TempFolder().write({ "a.md": "# A\n", "sub/b.md": "# B\n" });
    repository(folder.join("sub"));
    git(folder.path, "init", "-q", ".");
    folder.write({ ".gitmodules": '[submodule "s p"]\n\tpath = "sub" ; here\n\turl = ../x\n' });
    expect(treeOf(folder.join("sub"))).toBe("part");
    expect(documentsIn(folder.path)).toEqual(["a.md", "sub/b.md"]);
    folder.write({ ".gitmodules": '[submodule "s p"]\n\tpath = other\n' });
    expect(treeOf(folder.join("sub"))).toBe("own");
  });

  test("is none with what git takes for nothing of its own", () => {
    using folder = new TempFolder().write({
      "empty/.git/x": "",
      "text/.git": "not git's",
      "nul/.git": "gitdir: /tmp\0x",
      "long/.git": `gitdir: ${"x".repeat(100_000)}`,
    });
    mkdirSync(folder.join("pipe"));
    Bun.spawnSync(["mkfifo", folder.join("pipe/.git")]);
    const kinds = ["empty", "text", "nul", "long", "pipe"].map((name) => treeOf(folder.join(name)));
    expect(kinds).toEqual(["none", "none", "none", "none", "none"]);
  });
});

describe("Other trees below the project root", () => {
  function nested(): TempFolder {
    const folder = new TempFolder().write({
      "a.md": "# A\n",
      "repos/one/docs/b.md": "# B\n",
      "repos/two/docs/c.md": "# C\n",
      ".claude/worktrees/x/d.md": "# D\n",
    });
    for (const name of ["repos/one", "repos/two", ".claude/worktrees/x"]) repository(folder.join(name));
    return folder;
  }

  test("hold no documents of the project, and are named", () => {
    using folder = nested();
    const found = discover({ root: folder.path, sources: [".", ".claude/**"], excludePatterns: [] });
    expect(found.files.map(({ id }) => id)).toEqual(["a.md"]);
    expect(found.otherTrees).toEqual([".claude/worktrees/x/", "repos/one/", "repos/two/"]);
    expect(found.failed).toEqual([]);
  });

  test("hold some where a source names them: as a folder, with a file, or one by one in a glob", () => {
    using folder = nested();
    expect(documentsIn(folder.path, [".", "repos/one"])).toEqual(["a.md", "repos/one/docs/b.md"]);
    expect(documentsIn(folder.path, ["repos/two/docs"])).toEqual(["repos/two/docs/c.md"]);
    expect(documentsIn(folder.path, ["repos/two/docs/c.md"])).toEqual(["repos/two/docs/c.md"]);
    const both = ["repos/one/docs/b.md", "repos/two/docs/c.md"];
    expect(documentsIn(folder.path, ["repos/*/docs/*.md"])).toEqual(both);
    expect(documentsIn(folder.path, ["repos/*/**/*.md"])).toEqual(both);
    expect(documentsIn(folder.path, ["repos/**/*.md"])).toEqual([]);
    expect(documentsIn(folder.path, ["**/*.md"])).toEqual(["a.md"]);
  });
});

describe("The project root", () => {
  test("in a worktree or a clone inside a project is the top of that tree", () => {
    using folder = new TempFolder().write({ "a.md": "# A\n", "notes/b.md": "# B\n", ".amalfa/x": "" });
    repository(folder.path);
    git(folder.path, "worktree", "add", "-q", ".claude/worktrees/x");
    git(folder.path, "clone", "-q", ".", "clone");
    const rootFrom = (place: string) => findProjectRoot({ cwd: folder.join(place) });
    expect(rootFrom("notes")).toBe(folder.path);
    // The folder `.amalfa` was committed: without it nothing in the trees says that they are projects.
    for (const tree of [".claude/worktrees/x", "clone"]) {
      expect(rootFrom(`${tree}/notes`)).toBe(folder.join(tree));
      Bun.spawnSync(["rm", "-r", folder.join(tree, ".amalfa")]);
      expect(rootFrom(`${tree}/notes`)).toBe(folder.join(tree));
    }
  });

  test("in a submodule is that of the project around it, and without any project the working directory", () => {
    using folder = new TempFolder().write({ "main/a.md": "# A\n", "lib/docs/b.md": "# B\n" });
    repository(folder.join("lib"));
    repository(folder.join("main"));
    addSubmodule(folder.join("main"), folder.join("lib"), "sub");
    expect(findProjectRoot({ cwd: folder.join("lib/docs") })).toBe(folder.join("lib/docs"));
    folder.write({ "main/amalfa.settings.json": "{}" });
    expect(findProjectRoot({ cwd: folder.join("main/sub/docs") })).toBe(folder.join("main"));
  });
});

describe("A hostile .git leads nowhere", () => {
  /** Somebody's repository with rules of its own, a linked worktree, and a vector cache. */
  function victim(): TempFolder {
    const folder = new TempFolder().write({
      "main/a.md": "# A\n",
      "main/.amalfa/cache/vector_cache.sqlite": "",
    });
    repository(folder.join("main"));
    git(folder.join("main"), "worktree", "add", "-q", "../wt");
    folder.write({ "main/.git/info/exclude": "secret.md\n" });
    return folder;
  }

  test("a linked worktree is known where both sides name each other", () => {
    using folder = victim();
    const { gitDirectory, commonDirectory } = linkedWorktree(folder.join("wt")) ?? {};
    expect({ gitDirectory, commonDirectory }).toEqual({
      gitDirectory: folder.join("main/.git/worktrees/wt"),
      commonDirectory: folder.join("main/.git"),
    });
    expect(sharedCacheOwner(folder.join("wt"))?.root).toBe(folder.join("main"));
    expect(sharedCacheOwner(folder.join("main"))).toBeUndefined();
  });

  test("one that names another's repository gets neither its rules nor its vectors", () => {
    using folder = victim();
    using other = new TempFolder();
    for (const place of [".git/worktrees/wt", ".git", ".git/worktrees/none", ".git/worktrees/wt/..//wt"]) {
      other.write({ ".git": `gitdir: ${folder.join("main", place)}\n` });
      expect(linkedWorktree(other.path)).toBeUndefined();
      expect(sharedCacheOwner(other.path)).toBeUndefined();
      expect(readIgnoreFiles(other.path)).toEqual([]);
    }
  });

  test("nor one that was copied or moved from where the repository names it", () => {
    using folder = victim();
    renameSync(folder.join("wt"), folder.join("moved"));
    expect(sharedCacheOwner(folder.join("moved"))).toBeUndefined();
    expect(readIgnoreFiles(folder.join("moved"))).toEqual([]);
    expect(treeOf(folder.join("moved"))).toBe("own");
  });

  test("nor one whose files, or those of the repository, are links, or belong to somebody else", () => {
    using folder = victim();
    renameSync(folder.join("main/.amalfa/cache"), folder.join("cache"));
    symlinkSync(folder.join("cache"), folder.join("main/.amalfa/cache"));
    expect(sharedCacheOwner(folder.join("wt"))).toBeUndefined();
    using another = victim();
    if (process.getuid?.() === 0) {
      Bun.spawnSync(["chown", "65534", another.join("main/.amalfa/cache/vector_cache.sqlite")]);
      expect(sharedCacheOwner(another.join("wt"))).toBeUndefined();
      Bun.spawnSync(["chown", "-R", "65534", another.join("main/.git")]);
      expect(linkedWorktree(another.join("wt"))).toBeUndefined();
    } else {
      chmodSync(another.join("main/.git"), 0);
      expect(linkedWorktree(another.join("wt"))).toBeUndefined();
      chmodSync(another.join("main/.git"), 0o700);
    }
  });

  test("files that never end, or that name each other, are soon read", () => {
    using folder = new TempFolder().write({ "a.md": "# A\n" });
    git(folder.path, "init", "-q", ".");
    const more = Array.from({ length: 1000 }, () => "[include]\n\tpath = config\n").join("");
    folder.write({ ".git/config": `[core]\n\texcludesFile = /dev/zero\n${more}` });
    Bun.spawnSync(["rm", folder.join(".git/info/exclude")]);
    Bun.spawnSync(["mkfifo", folder.join(".git/info/exclude")]);
    const started = process.cpuUsage();
    expect(documentsIn(folder.path)).toEqual(["a.md"]);
    folder.write({ ".gitmodules": `path = ${" ".repeat(1_000_000)}x` });
    repository(join(folder.write({ "sub/b.md": "# B\n" }).path, "sub"));
    expect(documentsIn(folder.path)).toEqual(["a.md"]);
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(30_000);
  });
});
