/** I15: no digest covers what the graph notes of files, so no answer goes by it where the file says otherwise. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { statSync, utimesSync } from "node:fs";
import { amalfa, init } from "../helpers/amalfa.ts";
import { alterGraph, checkOf, doctor } from "../helpers/doctor.ts";
import { CURRENT, ids, search } from "../helpers/freshness.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

const NOTES = { "a.md": "# A\n\nAn apple.\n", "b.md": "# B\n\nAn apple.\n", "c.md": "# C\n\nAn apple.\n" };
const OLD = new Date("2024-05-01T12:00:00Z");

let folder: TempFolder;

beforeAll(async () => {
  folder = new TempFolder().write(NOTES);
  for (const name of Object.keys(NOTES)) utimesSync(folder.join(name), OLD, OLD);
  // What is noted of younger files is not trusted.
  await until(() =>
    Object.keys(NOTES).every((name) => Date.now() - statSync(folder.join(name)).ctimeMs > 200),
  );
});

afterAll(() => folder[Symbol.dispose]());

const inMay = () => search(folder, "apple", "--since", "2024-04", "--until", "2024-06");

async function changedLast(): Promise<string[]> {
  const { stdout } = await amalfa(["prime"], { cwd: folder.path });
  return [...stdout.matchAll(/^- (\d{4}-\d\d-\d\d .+):/gm)].map(([, line = ""]) => line);
}

const notes = async () => checkOf((await doctor(folder, ["--check", "graph.drift"])).report, "graph.drift");

test.each([
  ["of another day", "mtime_ms = mtime_ms - 86400000 * 3000", "named"],
  ["in the year 12000", "mtime_ms = 316516000000000", "named"],
  ["no time at all", "mtime_ms = 1e308 * 10", "named"],
  ["a text", "mtime_ms = 'x'", "named"],
  ["below zero", "mtime_ms = -5", "harmless"],
  ["of another file altogether", "size = 1, inode = 1, ctime_ms = 1, mtime_ms = 1e12", "harmless"],
])(
  "a damaged time (%s) is in no answer, and the next ingest notes the file anew (I15)",
  async (_, change, then) => {
    await init(folder);
    alterGraph(folder, `UPDATE file_stats SET ${change} WHERE node = 'b.md'`);
    const found = await inMay();
    expect(ids(found).sort()).toEqual(Object.keys(NOTES));
    expect(found.freshness).toEqual(CURRENT);
    expect(ids(await search(folder, "apple", "--until", "2024-04"))).toEqual([]);
    expect(ids(await search(folder, "apple", "--since", "2024-06", "--no-refresh"))).toEqual([]);
    expect(await changedLast()).toEqual(["2024-05-01 a.md", "2024-05-01 b.md", "2024-05-01 c.md"]);
    const { status, findings } = await notes();
    expect(status).toBe(then === "named" ? "warning" : "ok");
    expect(findings.map(({ message, commands }) => ({ message, commands }))).toEqual(
      then === "named"
        ? [
            {
              message: "What the graph notes of the size and the times of files is damaged: b.md.",
              commands: ["amalfa init"],
            },
          ]
        : [],
    );
    expect((await init(folder)).status).toBe(0);
    expect((await notes()).status).toBe("ok");
    expect(ids(await inMay()).sort()).toEqual(Object.keys(NOTES));
  },
);

test("a row that is lost, and one of no document, keep nothing from an answer", async () => {
  await init(folder);
  alterGraph(folder, "UPDATE file_stats SET node = x'6162' WHERE node = 'b.md'");
  expect((await doctor(folder, ["--check", "graph.drift"])).report.next).toBe("amalfa rebuild");
  expect(ids(await inMay()).sort()).toEqual(Object.keys(NOTES));
  expect((await amalfa(["rebuild"], { cwd: folder.path })).status).toBe(0);
  expect((await notes()).status).toBe("ok");
});

test("of a file that was only touched the new time counts at once, and the doctor has nothing to say of it", async () => {
  await init(folder);
  const later = new Date("2025-02-03T12:00:00Z");
  utimesSync(folder.join("c.md"), later, later);
  const found = await search(folder, "apple", "--since", "2025-02");
  expect({ ids: ids(found), freshness: found.freshness }).toEqual({ ids: ["c.md"], freshness: CURRENT });
  expect((await changedLast())[0]).toBe("2025-02-03 c.md");
  expect((await notes()).status).toBe("ok");
  utimesSync(folder.join("c.md"), OLD, OLD);
});
