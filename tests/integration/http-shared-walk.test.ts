/** I13 of a server with several workers: what was written before a request came is seen, whichever worker answers. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";

useMadeUpModel();
setDefaultTimeout(300_000);
const ingested = useReadyNotes();

/** Enough at once to have all workers at work. */
const AT_ONCE = 24;
const WORKERS = ["--workers", "3"];

/** What became of each of many searches for a word that were sent at once. */
function searches(server: HttpServer, word: string): Promise<string[]> {
  return Promise.all(
    Array.from({ length: AT_ONCE }, async (_, place) => {
      // Some are the same, so that what was answered before may be answered again.
      const query = place % 2 === 0 ? word : `${word} ${place}`;
      const { body } = await server.call("search_documents", { query, mode: "lexical", limit: 3 });
      const found = body.result?.structuredContent?.results as { id: string }[] | undefined;
      if (found === undefined) return String(body.error?.message);
      return found.some(({ id }) => id === "new.md") ? "seen" : "not seen";
    }),
  );
}

test("of many requests at once every one sees the file that was written right before", async () => {
  using folder = ingested.copy();
  await using server = await HttpServer.start(folder.path, { args: WORKERS });
  for (let round = 0; round < 8; round++) {
    folder.write({ "new.md": `# Quagga\n\nround${round}word\n` });
    expect([round, new Set(await searches(server, `round${round}word`))]).toEqual([round, new Set(["seen"])]);
    // Nothing has changed since.
    expect([round, new Set(await searches(server, `round${round}word`))]).toEqual([round, new Set(["seen"])]);
    rmSync(folder.join("new.md"));
    expect([round, new Set(await searches(server, `round${round}word`))]).toEqual([
      round,
      new Set(["not seen"]),
    ]);
  }
  expect((await server.workers()).length).toBeGreaterThan(1);
});

test("so it is where workers are killed in the middle, whichever of them walks", async () => {
  using folder = ingested.copy();
  await using server = await HttpServer.start(folder.path, { args: WORKERS });
  await server.ready();
  const lost = "The worker that was to answer has ended.";
  let seen = 0;
  for (let round = 0; round < 10; round++) {
    folder.write({ "new.md": `# Quagga\n\nround${round}word\n` });
    const answers = searches(server, `round${round}word`);
    await Bun.sleep(round * 4);
    const workers = await server.workers();
    const victim = workers[round % workers.length];
    if (victim !== undefined) process.kill(victim, "SIGKILL");
    const outcomes = await answers;
    // Whoever lost two workers in a row is told so.
    for (const each of outcomes) expect(["seen", lost]).toContain(each);
    seen += outcomes.filter((each) => each === "seen").length;
  }
  expect(seen).toBeGreaterThan(AT_ONCE * 5);
  expect(new Set(await searches(server, "round9word"))).toEqual(new Set(["seen"]));
});
