/** Nothing but frames of the protocol on stdout, whatever goes wrong. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { rmSync, truncateSync } from "node:fs";
import { amalfa } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { RawServer } from "../helpers/mcp.ts";
import { notesFolder } from "../helpers/notes.ts";
import { CACHE, removeDatabase } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();
setDefaultTimeout(300_000);
const { folder } = useReadyNotes();

describe("I10 stdout is the result", () => {
  test("nothing but frames, whatever goes wrong", async () => {
    using project = notesFolder();
    expect((await amalfa(["init"], { cwd: project.path })).status).toBe(0);
    const settings = { embeddings: { model: "BAAI/bge-small-en-v1.5" } };
    project.write({ "amalfa.settings.json": JSON.stringify(settings), "drift.md": "# New\n" });
    // A cache that is damaged, a PID file that cannot be written, and flags that ask for more output.
    removeDatabase(project.join(CACHE));
    project.write({ [CACHE]: "this is no cache at all, ".repeat(400) });
    rmSync(project.join(".amalfa/runtime"), { recursive: true });
    project.write({ ".amalfa/runtime": "a file where a folder should be" });
    await using server = new RawServer(project.path, { args: ["--verbose", "--json"] });
    await server.initialize();
    server.request(1, "tools/list");
    server.call(2, "search_documents", { query: "warm heap" });
    server.call(3, "health", {});
    server.call(4, "read_node_content", { id: "nothing.md" });
    server.send("garbage\n");
    for (const id of [1, 2, 3, 4]) await server.answer(id);
    expect((await server.answer(2)).result).not.toHaveProperty("isError");
    truncateSync(project.join(".amalfa/resonance.db"), 5_000);
    server.call(5, "search_documents", { query: "damaged now", mode: "lexical" });
    server.call(6, "health", {});
    rmSync(project.join(".amalfa/resonance.db"));
    server.call(7, "explore_links", { id: "README.md" });
    for (const id of [5, 6, 7]) await server.answer(id);
    server.process.stdin.end();
    expect(await server.ended()).toBe(0);
    const frames = server.frames();
    expect(server.stdout.endsWith("\n")).toBe(true);
    expect(frames.map(({ id }) => id).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, null]);
    for (const warning of [
      "belongs to an earlier version",
      "no PID file was written",
      "vector cache",
      "no protocol frame",
    ]) {
      expect(server.stderr).toContain(warning);
    }
  });

  test("what a library prints goes to stderr", async () => {
    using elsewhere = new TempFolder();
    const noisy = `
      const timer = setInterval(() => {
        if (process.stdin.listenerCount("data") === 0) return;
        console.log("noise by console.log");
        console.info("noise by console.info");
        console.table([{ noise: 1 }]);
        process.stdout.write("noise by write\\n");
      }, 5);
      timer.unref();`;
    elsewhere.write({ "noisy.ts": noisy });
    await using server = new RawServer(folder.path, { preload: elsewhere.join("noisy.ts") });
    await server.initialize();
    for (let id = 1; id <= 20; id++) {
      server.call(id, "list_directory_structure", {});
      await server.answer(id);
    }
    await until(() => server.stderr.includes("noise by write"), { what: "noise" });
    server.process.stdin.end();
    expect(await server.ended()).toBe(0);
    expect(server.frames().length).toBe(21);
    for (const how of ["noise by console.log", "noise by console.info"]) expect(server.stderr).toContain(how);
  });

  test("a server that cannot start says so on stderr alone", async () => {
    using project = notesFolder();
    project.write({ "amalfa.settings.json": "{ broken" });
    await using server = new RawServer(project.path, { args: ["--json"] });
    expect(await server.ended()).toBe(2);
    expect(server.stdout).toBe("");
    expect(server.stderr).toContain("amalfa.settings.json");
  });
});
