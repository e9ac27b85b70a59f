/** The server over HTTP as a service: started, known, stopped, and reachable from elsewhere. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { amalfa, amalfaJson } from "../helpers/amalfa.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const ping = { jsonrpc: "2.0", id: 1, method: "ping" };

describe("the service", () => {
  test("is known to servers, doctor and stop-all, and ends gracefully", async () => {
    using project = notesFolder();
    const run = { cwd: project.path };
    expect((await amalfa(["init"], run)).status).toBe(0);
    await using other = await HttpServer.start(project.path);
    await other.ready();
    const { document } = await amalfaJson<{ services: Record<string, unknown>[] }>(["servers"], run);
    const port = Number(new URL(other.url).port);
    expect(document.services.find(({ service }) => service === "server")).toMatchObject({
      state: "running",
      pid: other.process.pid,
      port,
      url: `${other.url}/mcp`,
      health: { ready: true },
    });
    const doctor = await amalfa(["doctor", "--check", "service.health", "--json"], run);
    expect(doctor.stdout).toContain("server: running and ready");
    const second = await HttpServer.start(project.path).catch((error: Error) => error.message);
    expect(second).toContain("is running already");
    const stopped = await amalfaJson(["stop-all"], run);
    expect(stopped.document).toMatchObject({
      stopped: [{ service: "server", by: "SIGTERM" }],
      remaining: [],
    });
    expect(await other.process.exited).toBe(0);
    expect(existsSync(project.join(".amalfa/runtime/server.pid"))).toBe(false);
    // Clients keep their token over a restart.
    expect(readFileSync(project.join(".amalfa/runtime/server-token"), "utf8")).toContain("amalfa_");
  });

  test("starts, restarts and stops in the background; no token is in its log", async () => {
    using project = notesFolder();
    const run = { cwd: project.path, env: { XDG_STATE_HOME: project.join(".state") } };
    expect((await amalfa(["init"], run)).status).toBe(0);
    try {
      const start = ["server", "start", "--http", "127.0.0.1:0", "--workers", "1"];
      const { document } = await amalfaJson<{ url: string; pid: number }>(start, run);
      expect(document).toMatchObject({ ok: true, change: "started", health: { ready: true } });
      const token = readFileSync(project.join(".amalfa/runtime/server-token"), "utf8").trim();
      const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
      const answer = await fetch(document.url, { method: "POST", headers, body: JSON.stringify(ping) });
      expect(answer.status).toBe(200);
      expect(readFileSync(project.join(".amalfa/logs/server.log"), "utf8")).not.toContain(token);
      const again = await amalfaJson<{ pid: number }>(["server", "restart", "--http", "127.0.0.1:0"], run);
      expect(again.document.pid).not.toBe(document.pid);
      expect((await amalfaJson(["server", "status"], run)).document).toMatchObject({ ok: true });
      const told = await amalfa(["server", "start", "--http", "127.0.0.1:0"], run);
      expect(told.stdout).toMatch(
        /Clients call http:\/\/127\.0\.0\.1:\d+\/mcp with the token in .+server-token$/m,
      );
      expect(told.stdout).not.toContain(token);
    } finally {
      const { document } = await amalfaJson(["server", "stop"], run);
      expect(document).toMatchObject({ ok: true, stopped: [{ service: "server" }] });
    }
  });

  test("does not start where others could reach it and there is no token", async () => {
    using project = notesFolder();
    const started = HttpServer.start(project.path, { address: "0.0.0.0:0" });
    await expect(started).rejects.toThrow("serve token add");
    expect(existsSync(project.join(".amalfa/runtime/server.pid"))).toBe(false);
    const env = { AMALFA_SERVER_TOKEN: "from-the-environment" };
    project.write({ ".amalfa/runtime/server-token": "amalfa_of-an-earlier-start" });
    await using other = await HttpServer.start(project.path, { address: "0.0.0.0:0", env });
    expect(existsSync(project.join(".amalfa/runtime/server-token"))).toBe(false);
    const authorization = "Bearer from-the-environment";
    expect((await other.post(ping, { authorization })).status).toBe(200);
    expect((await other.post(ping, { authorization: "Bearer something-else" })).status).toBe(401);
    expect(other.stderr).not.toContain("from-the-environment");
  });

  test("encrypts with a certificate of its own, for names that are its own or allowed, and is known all the same", async () => {
    using project = notesFolder();
    const run = { cwd: project.path };
    expect((await amalfa(["init"], run)).status).toBe(0);
    const pem = (name: string) => join(import.meta.dir, "../fixtures/tls", name);
    await using other = await HttpServer.start(project.path, {
      address: "0.0.0.0:0",
      args: ["--tls-cert", pem("cert.pem"), "--tls-key", pem("key.pem"), "--allow-host", "notes.example"],
      env: { AMALFA_SERVER_TOKEN: "for-a-test" },
    });
    await other.ready();
    const authorization = "Bearer for-a-test";
    expect(other.url).toStartWith("https://");
    expect((await other.post(ping, { authorization })).status).toBe(200);
    expect((await other.post(ping, { authorization: "" })).status).toBe(401);
    // As a proxy passes it on that is called by another name.
    expect((await other.post(ping, { authorization, host: "notes.example" })).status).toBe(200);
    expect((await other.post(ping, { authorization, host: "evil.example" })).status).toBe(403);
    const plain = fetch(other.url.replace("https", "http"), { method: "POST" });
    await expect(plain).rejects.toThrow();
    const { document } = await amalfaJson<{ services: Record<string, unknown>[] }>(["servers"], run);
    expect(document.services.find(({ service }) => service === "server")).toMatchObject({
      state: "running",
      url: `${other.url}/mcp`,
      health: { ready: true },
    });
    const half = HttpServer.start(project.path, { args: ["--tls-cert", pem("cert.pem")] });
    await expect(half).rejects.toThrow("needs its key");
  });
});
