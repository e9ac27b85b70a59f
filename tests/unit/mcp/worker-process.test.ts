import { expect, test } from "bun:test";
import { startWorkerAhead } from "../../../src/mcp/http/worker-process.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";
import { until } from "../../helpers/until.ts";

const WORKER = `
process.on("disconnect", () => process.exit());
process.send({ kind: "warning", message: String(process.pid) });
`;

test("a worker that was started ahead is the first one, and tells whoever takes it what it has said meanwhile", async () => {
  using folder = new TempFolder().write({ "worker.js": WORKER });
  using workers = startWorkerAhead({ script: folder.join("worker.js"), args: [] });
  const said: number[] = [];
  const start = () =>
    workers.start((message) => void (message.kind === "warning" && said.push(Number(message.message))));
  const first = start();
  await until(() => said.length === 1, { what: "the first worker to be heard" });
  const second = start();
  await until(() => said.length === 2, { what: "the second worker to be heard" });
  expect(said).toEqual([first.pid, second.pid]);
  first.end();
  second.end();
  await Promise.all([first.exited, second.exited]);
});

test("one that nobody has taken ends with who started it", async () => {
  using folder = new TempFolder().write({
    "worker.js": `require("fs").writeFileSync(process.argv[2], String(process.pid)); setInterval(() => {}, 1000);`,
  });
  const pid = folder.join("pid");
  {
    using _ = startWorkerAhead({ script: folder.join("worker.js"), args: [pid] });
    await until(async () => (await Bun.file(pid).exists()) && (await Bun.file(pid).text()) !== "", {
      what: "the worker to have started",
    });
  }
  const number = Number(await Bun.file(pid).text());
  const isThere = () => {
    try {
      process.kill(number, 0);
      return true;
    } catch {
      return false;
    }
  };
  await until(() => !isThere(), { what: "the worker to end" });
});
