/** A note for a project whose folder is not there any more, or is another one, is written nowhere. */
import { expect, test } from "bun:test";
import { existsSync, renameSync, symlinkSync } from "node:fs";
import { writeNote } from "../../../src/knowledge/write-note.ts";
import { loadProject } from "../../../src/project/index.ts";
import { AmalfaError } from "../../../src/system/index.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

async function refusal(replace: (root: string) => void): Promise<{ code: string; message: string }> {
  using folder = new TempFolder().write({ "notes/a.md": "# A\n" });
  const root = folder.join("notes");
  const project = await loadProject({ root, cwd: root });
  renameSync(root, folder.join("moved"));
  replace(root);
  try {
    writeNote(project, { path: "sub/new.md", text: "# New\n" });
  } catch (error) {
    expect(existsSync(folder.join("moved/sub"))).toBe(false);
    if (error instanceof AmalfaError) return error;
    throw error;
  }
  throw new Error("it was written");
}

test.each([
  ["is gone", () => {}],
  ["is a link that leads nowhere", (root: string) => symlinkSync("nowhere", root)],
  ["is a link that leads back to itself", (root: string) => symlinkSync("notes", root)],
])("a project's folder that %s is named", async (_, replace) => {
  const { code, message } = await refusal(replace);
  expect(code).toBe("note.place");
  expect(message).toContain("has been moved, replaced or taken away: sub/new.md was not written");
});
