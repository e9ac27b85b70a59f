/** I13 where several workers answer: one walks for all, and nobody is answered by a walk that began too early. */
import { afterAll, expect, test } from "bun:test";
import { rmSync, statSync, utimesSync } from "node:fs";
import { FreshnessGuard } from "../../../src/knowledge/freshness/guard.ts";
import type { ToWorker } from "../../../src/mcp/http/messages.ts";
import { SharedWalks } from "../../../src/mcp/http/shared-walks.ts";
import { WalksOfServer } from "../../../src/mcp/http/walks-of-server.ts";
import { WarmGraph } from "../../../src/mcp/warm-graph.ts";
import { loadProject } from "../../../src/project/load.ts";
import { init } from "../../helpers/amalfa.ts";
import { useMadeUpModel } from "../../helpers/made-up-model.ts";
import { NOTES, notesFolder } from "../../helpers/notes.ts";
import { SETTINGS } from "../../helpers/project-files.ts";
import type { TempFolder } from "../../helpers/temp-folder.ts";
import { until } from "../../helpers/until.ts";

useMadeUpModel();

const open: Disposable[] = [];
afterAll(() => {
  for (const each of open) each[Symbol.dispose]();
});

const FOUND = { of: "settings and graph", besides: "nothing" };

/** What a worker is told, in turn. */
function walker() {
  const told: ToWorker[] = [];
  return { told, send: (message: ToWorker) => void told.push(message) };
}

function asks(walks: SharedWalks, by: ReturnType<typeof walker>, after: number, own = false): void {
  walks.ask(by, { kind: "turn", id: 7, root: "/notes", after, own });
}

test("one walks, and what it finds is told to those that asked before it began, and to no others", () => {
  const walks = new SharedWalks();
  const [one, two, three] = [walker(), walker(), walker()];
  asks(walks, one, 0);
  expect(one.told).toEqual([{ kind: "walk", id: 7, number: 1 }]);
  asks(walks, two, 0);
  asks(walks, three, walks.begun);
  expect([...two.told, ...three.told]).toEqual([]);
  walks.ended({ kind: "walked", number: 1, root: "/notes", found: FOUND });
  expect(two.told).toEqual([{ kind: "walked", id: 7, number: 1, found: FOUND }]);
  expect(three.told).toEqual([{ kind: "walk", id: 7, number: 2 }]);
  // The second has not ended: whoever came before the first is told of that.
  asks(walks, one, 0);
  expect(one.told.slice(1)).toEqual([{ kind: "walked", id: 7, number: 1, found: FOUND }]);
  // What another has found will not do.
  asks(walks, one, 0, true);
  expect(one.told.slice(2)).toEqual([{ kind: "walk", id: 7, number: 3 }]);
});

test("who cannot tell how many have begun waits for one that begins later", () => {
  const walks = new SharedWalks();
  const [one, two] = [walker(), walker()];
  asks(walks, one, 0);
  walks.ended({ kind: "walked", number: 1, root: "/notes", found: FOUND });
  asks(walks, two, Number.POSITIVE_INFINITY);
  expect(two.told).toEqual([{ kind: "walk", id: 7, number: 2 }]);
});

test("projects have walks of their own", () => {
  const walks = new SharedWalks();
  const [one, two] = [walker(), walker()];
  asks(walks, one, 0);
  walks.ask(two, { kind: "turn", id: 8, root: "/others", after: 0, own: false });
  expect(two.told).toEqual([{ kind: "walk", id: 8, number: 2 }]);
  walks.ended({ kind: "walked", number: 1, root: "/notes", found: FOUND });
  walks.ask(two, { kind: "turn", id: 9, root: "/others", after: 0, own: false });
  expect(two.told.slice(1)).toEqual([]);
});

test.each(["finds a difference", "dies", "hangs"])(
  "where the one that walks %s, all others walk at once",
  async (what) => {
    const walks = new SharedWalks(what === "hangs" ? 1 : undefined);
    const [one, two, three] = [walker(), walker(), walker()];
    asks(walks, one, 0);
    asks(walks, two, 0);
    asks(walks, three, 1);
    if (what === "finds a difference")
      walks.ended({ kind: "walked", number: 1, root: "/notes", found: undefined });
    if (what === "dies") walks.gone(one);
    await until(() => three.told.length > 0, { what: "the others to be told" });
    expect([...two.told, ...three.told]).toEqual([
      { kind: "walk", id: 7, number: 2 },
      { kind: "walk", id: 7, number: 3 },
    ]);
    // A dead one's last word is none.
    walks.ended({ kind: "walked", number: 1, root: "/notes", found: FOUND });
    asks(walks, one, 0);
    const isHeard = what === "hangs";
    expect(one.told.at(-1)?.kind).toBe(isHeard ? "walked" : "walk");
    walks.ended({ kind: "walked", number: 3, root: "/notes", found: FOUND });
    asks(walks, one, 2);
    expect(one.told.at(-1)).toEqual({ kind: "walked", id: 7, number: 3, found: FOUND });
  },
);

test("who waits and dies is not told, and keeps nobody waiting", () => {
  const walks = new SharedWalks();
  const [one, two, three] = [walker(), walker(), walker()];
  asks(walks, one, 0);
  asks(walks, two, 1);
  asks(walks, three, 1);
  walks.gone(two);
  walks.ended({ kind: "walked", number: 1, root: "/notes", found: FOUND });
  expect([two.told.length, three.told.map(({ kind }) => kind)]).toEqual([0, ["walk"]]);
});

/** As a worker has it, with a connection of its own. */
async function guardOf({ path: root }: TempFolder, walks: SharedWalks): Promise<FreshnessGuard> {
  const project = await loadProject({ root, cwd: root, models: [] });
  const graph = new WarmGraph(project);
  open.push(graph);
  const mine = new WalksOfServer((message) => {
    if (message.kind === "turn") walks.ask(me, message);
    if (message.kind === "walked") walks.ended(message);
  });
  const me = { send: (message: ToWorker) => mine.receive(message as Parameters<typeof mine.receive>[0]) };
  return new FreshnessGuard({
    project,
    refresh: false,
    use: (work) => graph.use(work),
    openEmbedder: () => Promise.reject(new Error("nothing is brought in")),
    sharing: { walks: mine.of(root), stateOf: (reader) => graph.stateOf(reader) },
  });
}

async function oldNotes(): Promise<TempFolder> {
  const folder = notesFolder();
  // Files as young as the graph are read again each time.
  for (const name of Object.keys(NOTES))
    utimesSync(folder.join(name), new Date("2026-01-01"), new Date("2026-01-01"));
  const isYoung = (name: string): boolean => Date.now() - statSync(folder.join(name)).ctimeMs < 200;
  await until(() => !Object.keys(NOTES).some(isYoung));
  await init(folder);
  return folder;
}

test("what one worker found is true for another as long as both read the same graph by the same settings", async () => {
  using folder = await oldNotes();
  const walks = new SharedWalks();
  const [one, two] = [await guardOf(folder, walks), await guardOf(folder, walks)];
  const came = walks.begun;
  expect((await one.check([], came)).freshness.state).toBe("current");
  const told = await two.check([], came);
  expect([told.freshness.state, walks.begun]).toEqual(["current", 1]);
  // What holds is the very same, whoever walks.
  expect([await one.check([], 1), await two.check([], 1), walks.begun]).toEqual([expect.anything(), told, 2]);
  expect(await two.check([], 1)).toBe(told);
  // What was written before a request came is seen, by whichever worker.
  folder.write({ "new.md": "# New\n" });
  for (const each of [two, one])
    expect((await each.check([], walks.begun)).freshness).toMatchObject({ state: "behind", added: 1 });
  rmSync(folder.join("new.md"));
  const late = walks.begun;
  expect((await one.check([], late)).freshness.state).toBe("current");
  // A graph that was written to since is another one, of which nothing has been said.
  folder.write({ "new.md": "# New\n" });
  await init(folder);
  const { freshness } = await two.check([], late);
  expect(freshness.state).toBe("current");
  expect(walks.begun).toBe(late + 2);
  // So it is with other settings.
  folder.write({ [SETTINGS]: "{}" });
  const before = walks.begun;
  const other = await guardOf(folder, walks);
  expect((await other.check([], late)).freshness.state).toBe("current");
  expect(walks.begun).toBe(before + 1);
  expect((await one.check([], before)).freshness.state).toBe("unknown");
});

test("what differs from its file is looked for again, whatever was found before", async () => {
  using folder = await oldNotes();
  const walks = new SharedWalks();
  const [one, two] = [await guardOf(folder, walks), await guardOf(folder, walks)];
  await one.check([], 0);
  folder.write({ "soil/worms.md": "Worms have no heading here.\n" });
  const { freshness } = await two.check(["soil/worms.md"], 0);
  expect(freshness).toMatchObject({ state: "behind", changed: 1 });
});
