import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { page, release } from "../../../scripts/changelog.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

test("a release takes what is unreleased, and the page has the latest first", () => {
  using folder = new TempFolder();
  folder.write({
    "changelog/2.9.0_2026-01-02/old.md": "Something old.\n",
    "changelog/unreleased/b.md": "Second, which\ngoes on.\n",
    "changelog/unreleased/a.md": "First.\n",
  });
  release(folder.path, "2.10.0", "2026-02-03");
  const changelog = readFileSync(folder.join("CHANGELOG.md"), "utf8");
  expect(changelog.slice(changelog.indexOf("##"))).toBe(
    "## 2.10.0 (2026-02-03)\n\n- First.\n- Second, which goes on.\n\n## 2.9.0 (2026-01-02)\n\n- Something old.\n",
  );
  expect(existsSync(folder.join("changelog/unreleased"))).toBe(true);
  expect(() => release(folder.path, "2.11.0", "2026-02-04")).toThrow("nothing has changed");
});

test("nothing is changed for what is no version, no date, or known", () => {
  using folder = new TempFolder();
  folder.write({ "changelog/2.0.0_2026-01-02/old.md": "Old.\n", "changelog/unreleased/a.md": "New.\n" });
  for (const [version, date] of [
    ["2.0.0", "2026-03-01"],
    ["../2.0.1", "2026-03-01"],
    ["2.0.1", "today"],
  ] as const)
    expect(() => release(folder.path, version, date)).toThrow();
  expect(existsSync(folder.join("changelog/unreleased/a.md"))).toBe(true);
  expect(existsSync(folder.join("CHANGELOG.md"))).toBe(false);
});

test("the page in the repository is the one of its folders", () => {
  const root = resolve(import.meta.dir, "../../..");
  expect(readFileSync(join(root, "CHANGELOG.md"), "utf8")).toBe(page(join(root, "changelog")));
});
