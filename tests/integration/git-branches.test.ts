/** Another branch has other documents: what git takes away is not lost, and may leave the graph however much it is. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { amalfa, amalfaJson, type ErrorDocument, type IngestDocument, init } from "../helpers/amalfa.ts";
import { git, repository } from "../helpers/git.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const MANY = 12;

function pages(folder: string): Record<string, string> {
  return Object.fromEntries(
    Array.from({ length: MANY }, (_, at) => [
      `${folder}/${at}.md`,
      `# ${folder} ${at}\n\nPage number ${at}.\n`,
    ]),
  );
}

/** On the branch `rewrite`, which has twelve documents in place of one of those of `main`. */
async function onRewrite(): Promise<TempFolder> {
  const folder = new TempFolder().write({ "notes/a.md": "# A\n", "notes/b.md": "# B\n\nOnly on main.\n" });
  repository(folder.path);
  git(folder.path, "branch", "-m", "main");
  git(folder.path, "checkout", "-q", "-b", "rewrite");
  git(folder.path, "rm", "-q", "notes/b.md");
  folder.write(pages("notes/new é"));
  git(folder.path, "add", "-A", "notes");
  git(folder.path, "commit", "-q", "-m", "rewritten");
  expect((await init(folder)).status).toBe(0);
  return folder;
}

function refused(removed: number) {
  return {
    status: 1,
    document: { error: { code: "ingest.refused", message: expect.stringContaining(`${removed} of`) } },
  };
}

const again = (folder: TempFolder) =>
  amalfaJson<IngestDocument & ErrorDocument>(["init"], { cwd: folder.path });

test("an ingest follows to another branch and back, and computes nothing anew", async () => {
  using folder = await onRewrite();
  git(folder.path, "checkout", "-q", "main");
  const back = await again(folder);
  expect(back).toMatchObject({ status: 0, document: { documents: { found: 2, removed: MANY } } });
  const found = await amalfa(["search", "--mode", "lexical", "only on main"], { cwd: folder.path });
  expect(found.stdout).toContain("notes/b.md");
  git(folder.path, "checkout", "-q", "rewrite");
  expect(await again(folder)).toMatchObject({ status: 0, document: { embedding: { misses: 0 } } });
});

test("below the top of the repository as well", async () => {
  using folder = new TempFolder().write({ "vault/a.md": "# A\n" });
  repository(folder.path);
  git(folder.path, "branch", "-m", "main");
  git(folder.path, "checkout", "-q", "-b", "more");
  folder.write(pages("vault"));
  git(folder.path, "add", "-A", "vault");
  git(folder.path, "commit", "-q", "-m", "more");
  const cwd = folder.join("vault");
  expect((await amalfaJson(["--root", cwd, "init"], { cwd })).status).toBe(0);
  git(folder.path, "checkout", "-q", "main");
  const back = await amalfaJson<IngestDocument>(["--root", cwd, "init"], { cwd });
  expect(back).toMatchObject({ status: 0, document: { documents: { found: 1, removed: MANY } } });
});

test("documents that are gone while git lists them are out of sight, as a folder is that is not mounted", async () => {
  using folder = await onRewrite();
  rmSync(folder.join("notes/new é"), { recursive: true });
  expect(await again(folder)).toMatchObject(refused(MANY));
  const { stdout } = await amalfa(["doctor"], { cwd: folder.path });
  expect(stdout).toContain("if they are gone for good, run `amalfa init --allow-empty`");
});

test("documents that git never had are not told to be gone by its leave", async () => {
  using folder = await onRewrite();
  folder.write({ ...pages("drafts"), ...pages("drafts/more") });
  expect((await init(folder)).status).toBe(0);
  rmSync(folder.join("drafts"), { recursive: true });
  git(folder.path, "checkout", "-q", "main");
  expect(await again(folder)).toMatchObject({ status: 1, document: { error: { code: "ingest.refused" } } });
});

test("without git's own files nothing is known of it", async () => {
  using folder = await onRewrite();
  git(folder.path, "checkout", "-q", "main");
  mkdirSync(folder.join("away"));
  renameSync(folder.join(".git"), folder.join("away/git"));
  expect(await again(folder)).toMatchObject(refused(MANY));
});
