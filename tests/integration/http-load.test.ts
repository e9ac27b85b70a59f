import { expect, setDefaultTimeout, test } from "bun:test";
import { rmSync } from "node:fs";
import { connect } from "node:net";
import { readProcessIdentity } from "../../src/system/process/identity.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { type Answer, HttpServer } from "../helpers/http-server.ts";
import { notesFolder } from "../helpers/notes.ts";
import { until } from "../helpers/until.ts";

setDefaultTimeout(300_000);

const CALLS = 200;
const QUERIES: readonly (readonly [query: string, id: string])[] = [
  ["tomatoes", "crops/tomatoes.md"],
  ["cubic metre", "soil/compost.md"],
  ["damp and dark", "soil/worms.md"],
  ["harvest", "plan/season.md"],
];

async function serverOf(root: string, workers: number): Promise<HttpServer> {
  const { status, stderr } = await amalfa(["init"], { cwd: root });
  if (status !== 0) throw new Error(stderr);
  const server = await HttpServer.start(root, { args: ["--workers", String(workers)] });
  await server.ready();
  return server;
}

/** The call, and whether its answer is the right one. */
async function search(server: HttpServer, index: number): Promise<{ answer: Answer; isRight: boolean }> {
  const [query, id] = QUERIES[index % QUERIES.length] ?? ["", ""];
  const answer = await server.call("search_documents", { query, mode: "lexical", limit: 1 });
  return { answer, isRight: answer.body?.result?.structuredContent?.results?.[0]?.id === id };
}

test("a worker that is killed in the middle of 200 calls takes no answer with it", async () => {
  using folder = notesFolder();
  await using server = await serverOf(folder.path, 2);
  const calls = Array.from({ length: CALLS }, (_, index) => search(server, index));
  const killed = new Set<number>();
  for (let kills = 0; kills < 3; kills++) {
    const [pid] = (await server.workers()).filter((each) => !killed.has(each));
    if (pid !== undefined) {
      killed.add(pid);
      process.kill(pid, "SIGKILL");
    }
    await Bun.sleep(60);
  }
  expect(killed.size).toBeGreaterThan(0);
  const outcomes = await Promise.all(calls);
  for (const { answer, isRight } of outcomes) {
    // Whoever lost two workers in a row is told so.
    if (!isRight) expect(answer.body.error.message).toContain("has ended");
  }
  expect(outcomes.filter(({ isRight }) => isRight).length).toBeGreaterThan(CALLS / 2);
  expect((await search(server, 0)).isRight).toBe(true);
});

test("a server that is killed in the middle of 200 calls answers right or not at all, and leaves no worker", async () => {
  using folder = notesFolder();
  await using server = await serverOf(folder.path, 2);
  const calls = Array.from({ length: CALLS }, (_, index) =>
    search(server, index).then(
      ({ answer, isRight }) => (isRight ? "right" : `wrong: ${JSON.stringify(answer.body)}`),
      () => "cut off",
    ),
  );
  await Promise.race(calls);
  const workers = await server.workers();
  expect(workers.length).toBeGreaterThan(0);
  server.process.kill("SIGKILL");
  const outcomes = new Set(await Promise.all(calls));
  for (const outcome of outcomes) expect(["right", "cut off"]).toContain(outcome);
  await until(() => workers.every((pid) => readProcessIdentity(pid).kind === "dead"), {
    what: "the workers to notice",
  });
  // What is left of it is no hindrance.
  await using next = await HttpServer.start(folder.path);
  await next.ready();
  expect((await search(next, 1)).isRight).toBe(true);
});

test("a rebuild under load fails no search, and neither does an ingest", async () => {
  using folder = notesFolder();
  await using server = await serverOf(folder.path, 2);
  let isOver = false;
  let asked = 0;
  const lanes = Array.from({ length: 6 }, async (_, lane) => {
    while (!isOver) {
      const { answer, isRight } = await search(server, lane + asked++);
      if (!isRight) throw new Error(`not answered: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
  });
  for (const args of [["rebuild"], ["init", "--force"], ["rebuild", "--no-cache"]]) {
    const { status, stderr } = await amalfa(args, { cwd: folder.path });
    expect([args, status, stderr]).toEqual([args, 0, expect.anything()]);
  }
  isOver = true;
  await Promise.all(lanes);
  expect(asked).toBeGreaterThan(lanes.length);
});

test("more than can wait is told to come back later, and a modest client is served all the same", async () => {
  using folder = notesFolder();
  await using server = await serverOf(folder.path, 1);
  const answers = await Promise.all(Array.from({ length: 1_000 }, (_, index) => search(server, index)));
  const byStatus = Map.groupBy(answers, ({ answer }) => answer.status);
  expect([...byStatus.keys()].every((status) => status === 200 || status === 503)).toBe(true);
  for (const { isRight } of byStatus.get(200) ?? []) expect(isRight).toBe(true);
  for (const { answer } of byStatus.get(503) ?? [])
    expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  // Those that there was room for were answered.
  expect(byStatus.get(200)?.length ?? 0).toBeGreaterThan(64);
  expect((await search(server, 0)).isRight).toBe(true);
});

test("what is under way is answered before the server ends", async () => {
  using folder = notesFolder();
  await using server = await serverOf(folder.path, 2);
  const calls = Array.from({ length: 20 }, (_, index) => search(server, index));
  await Promise.race(calls);
  const status = server.end();
  const settled = await Promise.allSettled(calls);
  expect(await status).toBe(0);
  for (const outcome of settled) if (outcome.status === "fulfilled") expect(outcome.value.isRight).toBe(true);
  expect(settled.filter(({ status: how }) => how === "fulfilled").length).toBeGreaterThan(0);
});

test("a server ends when the folder with its PID file has gone, where nobody would find it any more", async () => {
  using project = notesFolder();
  await using other = await HttpServer.start(project.path);
  rmSync(project.join(".amalfa"), { recursive: true });
  expect(await other.process.exited).toBe(0);
  await until(() => other.stderr.includes("runtime is gone"), { what: "the reason to be said" });
});

test("bodies are bounded together: who sends more than half of all that may be sent waits, and nobody is kept from asking", async () => {
  using folder = notesFolder();
  await using server = await serverOf(folder.path, 1);
  const added = await amalfa(["serve", "token", "add", "--json"], {
    cwd: folder.path,
    env: { XDG_STATE_HOME: folder.join(".state") },
  });
  const { token } = JSON.parse(added.stdout) as { token: string };
  const { port, host } = new URL(server.url);
  const announced = [
    "POST /mcp HTTP/1.1",
    `Host: ${host}`,
    `Authorization: Bearer ${server.token}`,
    "Content-Type: application/json",
    `Content-Length: ${2 << 20}`,
  ];
  const ping = { jsonrpc: "2.0", id: 1, method: "ping" };
  let answered = "";
  const sending = (body: string) =>
    Array.from({ length: 40 }, () => {
      const socket = connect(Number(port), "127.0.0.1");
      socket.on("error", () => {});
      socket.on("data", (data) => {
        answered += data.toString();
      });
      socket.write(`${announced.join("\r\n")}\r\n\r\n${body}`);
      return socket;
    });
  // What is only announced takes no room.
  const silent = sending("{");
  for (const of of [server.token, token])
    expect((await server.post(ping, { authorization: `Bearer ${of}` })).status).toBe(200);
  for (const socket of silent) socket.destroy();
  const slow = sending(" ".repeat((2 << 20) - 1));
  await until(() => answered.includes(" 503 "), { what: "a refusal" });
  expect(answered.toLowerCase()).toContain("retry-after: 1");
  for (const of of [server.token, token])
    expect((await server.post(ping, { authorization: `Bearer ${of}` })).status).toBe(200);
  for (const socket of slow) socket.destroy();
});
