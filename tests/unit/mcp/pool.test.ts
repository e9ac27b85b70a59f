import { expect, test } from "bun:test";
import { ReadWorkers, type Request } from "../../../src/mcp/http/pool.ts";
import { startWorkerProcess } from "../../../src/mcp/http/worker-process.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";
import { until } from "../../helpers/until.ts";

const TERMS = { refresh: true, allowWrite: false, remoteCache: true, projects: [] };

/** Answers every call with the name of its tool. */
const WORKER = `
process.on("message", ({ id, ask }) => process.send({ kind: "answer", id, value: ask.call.name }));
process.on("disconnect", () => process.exit());
process.send({ kind: "ready", program: "one" });
`;

function call(name: string, given: Readonly<Record<string, unknown>>): Request {
  const ask = { kind: "call", call: { name, arguments: given } } as const;
  return { client: "one", root: "/", terms: TERMS, ask, again: true };
}

/** Workers that are told to be of the program "one", and say of what program they are themselves. */
function poolOf(folder: TempFolder, size: number, onWarning: (message: string) => void): ReadWorkers {
  return new ReadWorkers({
    size,
    mostWaiting: 100,
    answerWithinMs: 60_000,
    program: "one",
    start: (onMessage) => startWorkerProcess({ script: folder.join("worker.js"), args: [] }, onMessage),
    embed: () => Promise.reject(new Error("there is no model")),
    onWarning,
  });
}

test("what no worker can be sent is refused at once, and the worker goes on", async () => {
  using folder = new TempFolder().write({ "worker.js": WORKER });
  const pool = poolOf(folder, 1, () => {});
  try {
    await pool.ready;
    const { pids } = pool.figures();
    let deep: unknown = "";
    for (let level = 0; level < 100_000; level++) deep = [deep];
    await expect(pool.ask(call("deep", { deep }))).rejects.toMatchObject({ code: -32602 });
    await expect(pool.ask(call("function", { of: () => {} }))).rejects.toMatchObject({ code: -32602 });
    expect(await pool.ask(call("plain", {}))).toBe("plain");
    expect(pool.figures()).toMatchObject({ underWay: 0, replaced: 0, pids });
  } finally {
    await pool.close();
  }
});

test("a worker of another program is none: those that run go on, and what is asked after the last one fails", async () => {
  using folder = new TempFolder().write({ "worker.js": WORKER });
  const warnings: string[] = [];
  const pool = poolOf(folder, 2, (message) => void warnings.push(message));
  try {
    await pool.ready;
    const [first = 0] = pool.figures().pids;
    folder.write({ "worker.js": WORKER.replace('"one"', '"two"') });
    const many = Array.from({ length: 50 }, (_, n) => pool.ask(call(`call ${n}`, {})));
    expect(await Promise.all(many)).toEqual(many.map((_, n) => `call ${n}`));
    await until(() => warnings.length === 1 && pool.figures().workers === 1, { what: "the other program" });
    expect(await pool.ask(call("plain", {}))).toBe("plain");
    expect(pool.figures()).toMatchObject({ pids: [first], replaced: 0 });
    process.kill(first, "SIGKILL");
    await pool.outdated;
    await expect(pool.ask(call("plain", {}))).rejects.toThrow("ending");
    expect(warnings).toHaveLength(1);
  } finally {
    await pool.close();
  }
});

test("where none is left that it could go on with, it does not say that it goes on", async () => {
  using folder = new TempFolder().write({ "worker.js": WORKER });
  const warnings: string[] = [];
  const pool = poolOf(folder, 1, (message) => void warnings.push(message));
  try {
    await pool.ready;
    folder.write({ "worker.js": WORKER.replace('"one"', '"two"') });
    for (const pid of pool.figures().pids) process.kill(pid, "SIGKILL");
    await pool.outdated;
    expect(warnings).toEqual([]);
  } finally {
    await pool.close();
  }
});
