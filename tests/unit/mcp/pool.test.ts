import { expect, test } from "bun:test";
import { ReadWorkers, type Request } from "../../../src/mcp/http/pool.ts";
import { startWorkerProcess } from "../../../src/mcp/http/worker-process.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const TERMS = { refresh: true, allowWrite: false, remoteCache: true, projects: [] };

/** Answers every call with the name of its tool. */
const WORKER = `
process.on("message", ({ id, ask }) => process.send({ kind: "answer", id, value: ask.call.name }));
process.on("disconnect", () => process.exit());
process.send({ kind: "ready" });
`;

function call(name: string, given: Readonly<Record<string, unknown>>): Request {
  const ask = { kind: "call", call: { name, arguments: given } } as const;
  return { client: "one", root: "/", terms: TERMS, ask, again: true };
}

test("what no worker can be sent is refused at once, and the worker goes on", async () => {
  using folder = new TempFolder().write({ "worker.js": WORKER });
  const pool = new ReadWorkers({
    size: 1,
    mostWaiting: 10,
    answerWithinMs: 60_000,
    start: (onMessage) => startWorkerProcess({ script: folder.join("worker.js"), args: [] }, onMessage),
    embed: () => Promise.reject(new Error("there is no model")),
    onWarning: () => {},
  });
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
