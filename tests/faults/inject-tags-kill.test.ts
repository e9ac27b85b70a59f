import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { isTemporaryReplacement } from "../../src/system/files/replace.ts";
import { amalfa, amalfaJson, startAmalfa } from "../helpers/amalfa.ts";
import { checkOf } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

/** Long enough to write that the kill falls into the middle. */
const DOCUMENT = Buffer.from(`# Long\n\n${"Words of a long document.\n".repeat(2_000_000)}`);
const ATTEMPTS = 20;

function temporaryIn(path: string): string | undefined {
  return readdirSync(path).find(isTemporaryReplacement);
}

/** Kills an `inject-tags` as soon as its temporary file is there, and answers the name of that file. */
async function killWhileWriting(folder: TempFolder, where: string): Promise<string> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    writeFileSync(folder.join("docs/long.md"), DOCUMENT);
    const child = startAmalfa(["inject-tags", "docs/long.md", "tag"], { cwd: folder.path });
    while (child.exitCode === null && temporaryIn(folder.join(where)) === undefined) await Bun.sleep(1);
    child.kill("SIGKILL");
    await child.exited;
    // On a fast machine it may have been done in time.
    const left = temporaryIn(folder.join(where));
    if (left !== undefined) return left;
  }
  throw new Error(`${ATTEMPTS} processes were done before they could be killed`);
}

describe("I1 an inject-tags that is killed while it writes", () => {
  test.each([
    [".amalfa/runtime", "where there is one, which is nobody's folder but amalfa's"],
    ["docs", "beside the document where there is no .amalfa"],
  ])("leaves the document as it was, and a file in %s, %s; the doctor moves it away", async (where) => {
    using folder = new TempFolder();
    folder.write({ "docs/a.md": "# A\n" });
    if (where !== "docs") mkdirSync(folder.join(where), { recursive: true });
    const left = await killWhileWriting(folder, where);
    expect(readFileSync(folder.join("docs/long.md")).equals(DOCUMENT)).toBe(true);
    expect(readdirSync(folder.join("docs")).filter((name) => name !== left)).toEqual(["a.md", "long.md"]);
    // It is no document, whatever it holds.
    writeFileSync(folder.join("docs/long.md"), "# Short\n");
    const { document } = await amalfaJson<{ documents: number; problems: object[] }>(["validate"], {
      cwd: folder.path,
    });
    expect(document).toMatchObject({ documents: 2, problems: [] });

    const path = folder.join(where, left);
    const look = async (...args: string[]) => {
      const command = ["doctor", "--check", "db.leftovers", ...args];
      return checkOf(
        (await amalfaJson<DoctorReport>(command, { cwd: folder.path })).document,
        "db.leftovers",
      );
    };
    // One that is young may still be written to.
    expect((await look()).status).toBe("ok");
    const anHourAgo = Date.now() / 1000 - 3_600;
    utimesSync(path, anHourAgo, anHourAgo);
    expect(await look()).toMatchObject({ status: "warning", findings: [{ subject: path, fixable: true }] });
    expect(await look("--fix")).toMatchObject({ status: "ok", findings: [{ subject: path, fixed: true }] });
    expect(temporaryIn(folder.join(where))).toBeUndefined();
    expect(readdirSync(folder.join(".amalfa/quarantine"))).toHaveLength(1);
    expect((await amalfa(["inject-tags", "docs/a.md", "tag"], { cwd: folder.path })).status).toBe(0);
  });
});
