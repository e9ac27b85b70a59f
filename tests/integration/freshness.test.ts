/** I13: answers are true now. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { appendFileSync, chmodSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/index.ts";
import { takeMaintenanceLock } from "../../src/project/lock/lock.ts";
import { projectPaths } from "../../src/project/paths.ts";
import { amalfa, amalfaJson, type ErrorDocument, init } from "../helpers/amalfa.ts";
import { CURRENT, type Found, ids, search } from "../helpers/freshness.ts";
import { graphDigest } from "../helpers/graph-rows.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { graphQuery } from "../helpers/notes.ts";
import { withoutOverride } from "../helpers/privileges.ts";
import { GRAPH, SETTINGS } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();
setDefaultTimeout(300_000);
const ingested = useReadyNotes();

describe("I13 small drift is brought in before the answer", () => {
  test("what was appended is found, without a model, and its meaning waits", async () => {
    using folder = ingested.copy();
    expect((await search(folder, "harvest")).freshness).toEqual(CURRENT);
    appendFileSync(folder.join("soil/worms.md"), "\nThey fear the zyzzogeton.\n");
    const found = await search(folder, "zyzzogeton");
    expect(ids(found)).toEqual(["soil/worms.md"]);
    expect(found.freshness).toEqual({ state: "refreshed", added: 0, changed: 1, removed: 0 });
    expect(found.pending?.chunks).toBeGreaterThan(0);
    expect((await search(folder, "zyzzogeton")).freshness).toEqual(CURRENT);
    const { document } = await init(folder);
    expect(document.documents.changed).toBe(0);
    expect(document.embedding.misses).toBeGreaterThan(0);
    expect((await search(folder, "zyzzogeton")).pending).toBeUndefined();
  });

  test("what was deleted is not shown, what is new is, what was renamed has its new place", async () => {
    using folder = ingested.copy();
    rmSync(folder.join("soil/compost.md"));
    renameSync(folder.join("crops"), folder.join("plants"));
    folder.write({ "new/deep/note.md": "# Quagga\n\nSee [worms](../../soil/worms.md).\n" });
    expect(ids(await search(folder, "cubic metre"))).toEqual([]);
    expect(ids(await search(folder, "quagga"))).toEqual(["new/deep/note.md"]);
    expect(ids(await search(folder, "leaves stay wet"))).toEqual(["plants/tomatoes.md"]);
    const links = await amalfaJson<{ incoming: { id: string }[] }>(["explore", "worms.md"], {
      cwd: folder.path,
    });
    expect(links.document.incoming).toMatchObject([{ id: "new/deep/note.md" }]);
    const read = await amalfaJson<ErrorDocument>(["read", "soil/compost.md"], { cwd: folder.path });
    expect(read.document.error.code).toBe("document.unknown");
  });

  test("a folder of twenty notes that was moved is found where it is", async () => {
    const files = Array.from({ length: 20 }, (_, i) => [
      `old/${i}.md`,
      `# Note ${i}\n\nQuagga number ${i}.\n`,
    ]);
    using folder = new TempFolder().write({
      ...Object.fromEntries(files),
      "kept.md": "# Kept\n\nA zebra.\n",
    });
    await init(folder);
    renameSync(folder.join("old"), folder.join("new"));
    const found = await search(folder, "quagga", "--limit", "20");
    expect(ids(found).sort()).toEqual(files.map(([path]) => path!.replace("old", "new")).sort());
    expect(found.freshness).toMatchObject({ state: "refreshed" });
    renameSync(folder.join("new/3.md"), folder.join("kept-too.md"));
    expect(ids(await search(folder, '"quagga number 3"'))[0]).toBe("kept-too.md");
  });

  test("the graph is then the same as after an ingest", async () => {
    using folder = ingested.copy();
    rmSync(folder.join("soil/worms.md"));
    folder.write({ "a.md": "# A\n\n[plan](plan/season.md)\n" });
    await search(folder, "harvest");
    await init(folder);
    using fresh = folder.copy();
    rmSync(fresh.join(".amalfa"), { recursive: true });
    await init(fresh);
    expect(graphDigest(folder.join(GRAPH))).toBe(graphDigest(fresh.join(GRAPH)));
  });

  test("a file that was replaced by one of the same size and time is noticed", async () => {
    using folder = ingested.copy();
    const path = folder.join("soil/worms.md");
    const { atime, mtime, size } = statSync(path);
    writeFileSync(`${path}.tmp`, "Wyrms have no heading here.\n\nThey like it damp and dark.\n");
    utimesSync(`${path}.tmp`, atime, mtime);
    renameSync(`${path}.tmp`, path);
    expect(statSync(path).size).toBe(size);
    expect(ids(await search(folder, "wyrms"))).toEqual(["soil/worms.md"]);
    expect(JSON.stringify(await search(folder, "worms have"))).not.toContain("Worms have");
  });

  test("a file that only looks changed is no drift", async () => {
    using folder = ingested.copy();
    utimesSync(folder.join("soil/worms.md"), new Date(), new Date());
    expect((await search(folder, "damp")).freshness).toEqual(CURRENT);
  });

  test("whoever holds the lock for a moment is waited for, with and without a name beside it", async () => {
    using folder = ingested.copy();
    const paths = projectPaths(folder.path);
    const ended = Bun.spawn(["true"]);
    await ended.exited;
    const left = JSON.stringify({ command: "init", pid: ended.pid, since: "2026-01-01T00:00:00.000Z" });
    for (const [command, name] of [
      ["serve", undefined],
      ["watcher", undefined],
      ["init", ""],
      ["init", left],
    ] as const) {
      const word = `quagga${command}${name?.length ?? ""}`;
      folder.write({ "new.md": `# ${word}\n` });
      const lock = await takeMaintenanceLock(paths, { command, waitSeconds: 0 });
      if (name !== undefined) writeFileSync(`${paths.maintenanceLock}.holder`, name);
      const timer = setTimeout(() => lock[Symbol.dispose](), 600);
      const found = await search(folder, word);
      clearTimeout(timer);
      expect({ ids: ids(found), state: found.freshness.state }).toEqual({
        ids: ["new.md"],
        state: "refreshed",
      });
    }
  });

  test("a line for people says it once, on stderr", async () => {
    using folder = ingested.copy();
    folder.write({ "new.md": "# New\n\nA quagga.\n" });
    const first = await amalfa(["search", "--mode", "lexical", "quagga"], { cwd: folder.path });
    expect(first.stderr).toContain("amalfa: brought in first: 1 added");
    await init(folder);
    const second = await amalfa(["search", "--mode", "lexical", "quagga"], { cwd: folder.path });
    expect(second.stderr).toBe("");
  });
});

describe("I13 where nothing is brought in, nothing is shown that is not there", () => {
  const behind = { state: "behind", added: 1, changed: 1, removed: 1 };

  function change(folder: TempFolder): void {
    rmSync(folder.join("soil/compost.md"));
    writeFileSync(folder.join("soil/worms.md"), "An introduction.\n\nWorms have no heading here.\n");
    folder.write({ "new.md": "# Quagga\n" });
  }

  async function expectOnlyWhatIsThere(folder: TempFolder, ...flags: string[]): Promise<Found> {
    const worms = await search(folder, "worms damp dark", ...flags);
    expect(worms.freshness).toMatchObject(behind);
    expect(JSON.stringify(worms.results)).not.toContain("damp");
    expect(ids(await search(folder, "cubic metre", ...flags))).toEqual([]);
    const explored = await amalfaJson<{ outgoing: { id: string }[]; incoming: { id: string }[] }>(
      ["explore", "season.md", ...flags],
      { cwd: folder.path },
    );
    expect(JSON.stringify([explored.document.outgoing, explored.document.incoming])).not.toContain("compost");
    const gone = await amalfaJson<ErrorDocument>(["read", "soil/compost.md", ...flags], { cwd: folder.path });
    expect(gone.document.error.code).toBe("document.vanished");
    return worms;
  }

  test("with --no-refresh", async () => {
    using folder = ingested.copy();
    change(folder);
    const before = graphDigest(folder.join(GRAPH));
    await expectOnlyWhatIsThere(folder, "--no-refresh");
    expect(graphDigest(folder.join(GRAPH))).toBe(before);
  });

  test("with the setting", async () => {
    using folder = ingested.copy();
    folder.write({ [SETTINGS]: JSON.stringify({ search: { refresh: false } }) });
    change(folder);
    await expectOnlyWhatIsThere(folder);
  });

  test("where the time does not suffice for every file, which the answer says", async () => {
    using folder = new TempFolder();
    for (let i = 0; i < 800; i++)
      folder.write({ [`${i % 40}/${i}.md`]: `# Note ${i}\n\nA harvest of words.\n` });
    await init(folder);
    rmSync(folder.join("0/0.md"));
    const env = { ...process.env, AMALFA_WALK_MS: "1" };
    const args = ["search", "--mode", "lexical", "--limit", "50", "harvest"];
    const { document } = await amalfaJson<Found>(args, { cwd: folder.path, env });
    expect(document.freshness.state).toBe("unknown");
    expect(ids(document)).not.toContain("0/0.md");
    const bad = { ...env, AMALFA_WALK_MS: "soon" };
    const refused = await amalfaJson<ErrorDocument>(args, { cwd: folder.path, env: bad });
    expect([refused.status, refused.document.error.code]).toEqual([2, "usage"]);
    expect(refused.document.error.message).toContain('AMALFA_WALK_MS is "soon"');
    const said = { env: { ...bad, VECTOR_PORT: "0" }, cwd: folder.path };
    const doctor = await amalfaJson<DoctorReport>(["doctor", "--check", "config.valid"], said);
    expect([doctor.status, doctor.document.next]).toEqual([
      1,
      "correct the variable AMALFA_WALK_MS, or unset it, then run `amalfa doctor` again",
    ]);
    expect(doctor.document.checks[0]?.findings[0]?.message).toContain('AMALFA_WALK_MS is "soon"');
    for (const how of [[], ["--http", "127.0.0.1:0"]]) {
      const serving = await amalfa(["serve", ...how], said);
      expect([serving.status, serving.stdout]).toEqual([2, ""]);
      expect(serving.stderr).toContain('AMALFA_WALK_MS is "soon"');
    }
  });

  test("while another command holds the lock", async () => {
    using folder = ingested.copy();
    change(folder);
    using _ = await takeMaintenanceLock(projectPaths(folder.path), { command: "init", waitSeconds: 0 });
    const found = await expectOnlyWhatIsThere(folder);
    expect(found.freshness.reason).toBe("another command is at work");
  });

  test("a document that cannot be read is shown, and the answer says that nothing is known of it", async () => {
    using folder = ingested.copy();
    chmodSync(folder.join("soil/worms.md"), 0);
    const { stdout } = withoutOverride(["search", "--json", "--mode", "lexical", "damp"], folder.path);
    const found = JSON.parse(stdout) as Found;
    expect(ids(found)).toEqual(["soil/worms.md"]);
    expect(found.freshness).toMatchObject({ state: "unknown" });
  });

  test("an answer that is behind says so as well", async () => {
    using folder = ingested.copy();
    chmodSync(folder.join("soil/worms.md"), 0);
    rmSync(folder.join("soil/compost.md"));
    const args = ["search", "--json", "--no-refresh", "--mode", "lexical", "damp"];
    const found = JSON.parse(withoutOverride(args, folder.path).stdout) as Found;
    expect(ids(found)).toEqual(["soil/worms.md"]);
    expect(found.freshness).toMatchObject({ state: "behind", removed: 1 });
    expect(found.freshness.reason).toContain("cannot be read");
  });

  test("a document that a cloud has taken off the disk is shown in the same way", async () => {
    using folder = ingested.copy();
    renameSync(folder.join("soil/worms.md"), folder.join("soil/.worms.md.icloud"));
    const found = await search(folder, "damp");
    expect(ids(found)).toEqual(["soil/worms.md"]);
    expect(found.freshness).toMatchObject({ state: "unknown", removed: 0 });
  });

  test("a passage that moved within its document is shown where it is", async () => {
    using folder = new TempFolder().write({ "a.md": "One passage of a quagga.\n", "b.md": "# B\n" });
    await init(folder);
    writeFileSync(folder.join("a.md"), "Now\n\nbelow\n\nOne passage of a quagga.\n");
    const { results } = await search(folder, "quagga", "--no-refresh");
    expect(results).toMatchObject([{ id: "a.md", lines: [5, 5] }]);
  });

  test("links of a document that has changed are those that it has now", async () => {
    using folder = ingested.copy();
    writeFileSync(folder.join("crops/tomatoes.md"), "# Tomatoes\n\n[worms](../soil/worms.md) [[nowhere]]\n");
    const at = { cwd: folder.path };
    const own = await amalfaJson(["explore", "tomatoes.md", "--no-refresh"], at);
    expect(own.document.outgoing).toEqual([{ id: "soil/worms.md", title: "worms", type: "link" }]);
    expect(own.document.unresolved).toMatchObject([{ target: "nowhere" }]);
    const other = await amalfaJson<{ incoming: { id: string; type: string }[] }>(
      ["explore", "compost.md", "--no-refresh"],
      at,
    );
    expect(other.document.incoming.map(({ id }) => id)).not.toContain("crops/tomatoes.md");
  });

  test("larger drift is named with its numbers, and results that are left out are made up for", async () => {
    const files = Array.from({ length: 60 }, (_, i) => [`n/${i}.md`, `# Note ${i}\n\nA quagga.\n`]);
    using folder = new TempFolder().write(Object.fromEntries(files));
    await init(folder);
    for (let i = 0; i < 25; i++) rmSync(folder.join(`n/${i}.md`));
    const found = await search(folder, "quagga", "--limit", "20");
    expect(found.freshness).toMatchObject({ state: "behind", added: 0, changed: 0, removed: 25 });
    expect(found.freshness.reason).toContain("too many");
    expect(found.results).toHaveLength(20);
    expect(ids(found).every((id) => Number(/\d+/.exec(id)) >= 25)).toBe(true);
    const text = await amalfa(["search", "--mode", "lexical", "quagga"], { cwd: folder.path });
    expect(text.stderr).toContain("the graph is behind the files: 25 removed");
  });

  test("I11 what an ingest would refuse is not brought in", async () => {
    using folder = ingested.copy();
    for (const name of ["soil", "crops", "plan"]) rmSync(folder.join(name), { recursive: true });
    const found = await search(folder, "garden heap");
    expect(found.freshness).toMatchObject({ state: "behind", removed: 4 });
    expect(found.freshness.reason).toContain("would refuse");
    expect(ids(found)).toEqual(["README.md"]);
    expect(graphQuery(folder, "SELECT id FROM nodes")).toHaveLength(5);
  });
});

test("of a document that no source contains any more it is not said that its file is gone", async () => {
  using folder = new TempFolder().write({ "docs/a.md": "# A\n", "docs/b.md": "# B\n", "more/c.md": "# C\n" });
  await init(folder);
  folder.write({ [SETTINGS]: JSON.stringify({ sources: ["more"] }) });
  const { document } = await amalfaJson<ErrorDocument>(["explore", "docs/a.md"], { cwd: folder.path });
  expect(document.error).toMatchObject({
    code: "document.vanished",
    message: "docs/a.md is in the graph, but its file is gone or no longer in a source.",
  });
  expect((await init(folder, "--allow-empty")).status).toBe(0);
  const after = await amalfaJson<ErrorDocument>(["explore", "docs/a.md"], { cwd: folder.path });
  expect(after.document.error.code).toBe("document.unknown");
});
