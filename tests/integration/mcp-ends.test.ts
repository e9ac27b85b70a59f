/** A server of agents ends with its client, however that goes. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { readProcessIdentity } from "../../src/system/process/identity.ts";
import { CLI } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { RawServer } from "../helpers/mcp.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();
setDefaultTimeout(300_000);
const { folder } = useReadyNotes();

function hasPidFile(pid: number): boolean {
  return existsSync(folder.join(`.amalfa/runtime/mcp-${pid}.pid`));
}

describe("the server ends with its client", () => {
  test("when stdin is closed, after answering what was asked", async () => {
    await using server = new RawServer(folder.path);
    await server.initialize();
    await until(() => hasPidFile(server.process.pid), { what: "the PID file" });
    server.call(1, "search_documents", { query: "the last question" });
    server.process.stdin.end();
    expect(await server.ended()).toBe(0);
    expect(server.frames().find(({ id }) => id === 1)?.result).toBeDefined();
    expect(hasPidFile(server.process.pid)).toBe(false);
  });

  test.each(["SIGTERM", "SIGINT"] as const)("on %s, although stdin stays open", async (signal) => {
    await using server = new RawServer(folder.path);
    await server.initialize();
    server.process.kill(signal);
    expect(await server.ended()).toBe(0);
    expect(hasPidFile(server.process.pid)).toBe(false);
  });

  test("when the client vanishes in the middle of a call", async () => {
    // The client is a process of its own that is killed: both pipes break at once.
    const script = `
      const server = Bun.spawn([process.execPath, ${JSON.stringify(CLI)}, "--root", ${JSON.stringify(folder.path)}, "serve"],
        { stdin: "pipe", stdout: "pipe", stderr: "ignore" });
      const send = (frame) => { server.stdin.write(JSON.stringify({ jsonrpc: "2.0", ...frame }) + "\\n"); server.stdin.flush(); };
      send({ id: 0, method: "initialize", params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "c", version: "1" } } });
      const { value } = await server.stdout.getReader().read();
      for (let id = 1; id <= 40; id++) {
        send({ id, method: "tools/call", params: { name: "search_documents", arguments: { query: "an unheard question " + id + Math.random() } } });
      }
      console.log(server.pid);
      await new Promise(() => {});`;
    const client = Bun.spawn([process.execPath, "-e", script], { stdout: "pipe", stderr: "inherit" });
    const { value } = await client.stdout.getReader().read();
    const pid = Number(new TextDecoder().decode(value));
    expect(readProcessIdentity(pid).kind).toBe("alive");
    client.kill("SIGKILL");
    await client.exited;
    await until(() => readProcessIdentity(pid).kind === "dead", { what: "the end of the server" });
    expect(hasPidFile(pid)).toBe(false);
  });

  test("when nobody reads its answers any more, although stdin stays open", async () => {
    const status = folder.join("status");
    const ping = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" });
    const serve = `"${process.execPath}" "${CLI}" --root "${folder.path}" serve`;
    // `true` ends at once and closes its end of the pipe.
    const script = `{ echo '${ping}'; exec sleep 60; } | { ${serve}; echo $? >"${status}"; } | true`;
    const shell = Bun.spawn(["sh", "-c", script], { detached: true, stdio: ["ignore", "ignore", "ignore"] });
    try {
      await until(() => existsSync(status) && readFileSync(status, "utf8") === "0\n", {
        what: "the end of the server",
      });
    } finally {
      process.kill(-shell.pid, "SIGKILL");
    }
  });
});
