/** The protocol's own conformance suite, against the real server and against its classes with the suite's tools. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { amalfa } from "../helpers/amalfa.ts";
import { openSuiteServer, openTokenAdder } from "../helpers/conformance-server.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { notesFolder } from "../helpers/notes.ts";
import type { TempFolder } from "../helpers/temp-folder.ts";

setDefaultTimeout(300_000);

const PACKAGES = join(import.meta.dir, "../../node_modules");
/** Of the era with a handshake, and of both. */
const SUITES = {
  earlier: join(PACKAGES, "@modelcontextprotocol/conformance/dist/index.js"),
  later: join(PACKAGES, "conformance-next/dist/index.js"),
};

let folder: TempFolder;
let server: HttpServer;
let real: ReturnType<typeof openTokenAdder>;
const suite = openSuiteServer();
const withTools = openTokenAdder(suite.url, suite.token);

beforeAll(async () => {
  folder = notesFolder();
  const { status, stderr } = await amalfa(["init"], { cwd: folder.path });
  if (status !== 0) throw new Error(stderr);
  server = await HttpServer.start(folder.path);
  await server.ready();
  real = openTokenAdder(server.url, server.token);
});

afterAll(async () => {
  await real.close();
  await withTools.close();
  await suite.close();
  await server[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** What the suite says at its end, and whether it is content. */
async function run(
  program: string,
  url: string,
  ...args: string[]
): Promise<{ said: string; status: number }> {
  const command = [process.execPath, program, "server", "--url", `${url}/mcp`, ...args];
  const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "pipe"] });
  const [stdout, stderr, status] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { said: Bun.stripANSI(stdout + stderr), status };
}

test.each([
  "server-initialize",
  "ping",
  "logging-set-level",
  "completion-complete",
  "tools-list",
  "resources-list",
  "prompts-list",
  "server-sse-polling",
  "server-sse-multiple-streams",
  "dns-rebinding-protection",
])("the real server passes %s", async (scenario) => {
  const { said, status } = await run(SUITES.earlier, real.url, "--scenario", scenario);
  expect(status, said.slice(-3_000)).toBe(0);
});

test.each([
  ["server-session-lifecycle", "2025-11-25"],
  ["tools-list", "2026-07-28"],
  ["resources-list", "2026-07-28"],
  ["prompts-list", "2026-07-28"],
  ["completion-complete", "2026-07-28"],
  ["sep-2164-resource-not-found", "2026-07-28"],
  ["caching", "2026-07-28"],
  ["http-header-validation", "2026-07-28"],
  ["server-sse-multiple-streams", "2026-07-28"],
  ["dns-rebinding-protection", "2026-07-28"],
])("the real server passes %s of revision %s", async (scenario, revision) => {
  const { said, status } = await run(
    SUITES.later,
    real.url,
    ...["--scenario", scenario, "--spec-version", revision],
  );
  expect(status, said.slice(-3_000)).toBe(0);
});

test("the real server passes what of the stateless revision needs no tools of the suite's own", async () => {
  const { said } = await run(
    SUITES.later,
    real.url,
    ...["--scenario", "server-stateless", "--spec-version", "2026-07-28"],
  );
  expect(said).toContain("Passed: 24/28, 4 failed");
  const errors = said.split("\n").filter((line) => line.trimStart().startsWith("Error:"));
  expect(errors).toHaveLength(4);
  expect(errors.filter((line) => !line.includes("does not list the diagnostic tool"))).toEqual([]);
});

test("with the suite's tools all of it passes", async () => {
  const { said, status } = await run(SUITES.earlier, withTools.url, "--suite", "all");
  expect(said).toContain("Total:");
  expect(said.split("\n").filter((line) => line.startsWith("✗"))).toEqual([]);
  expect(status, said.slice(-3_000)).toBe(0);
});
