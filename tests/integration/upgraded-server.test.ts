/** A server whose program is installed anew while it runs: its workers are what it is, or none. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readFileSync, renameSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";
import { until } from "../helpers/until.ts";

useMadeUpModel();
setDefaultTimeout(300_000);

const PACKAGE = join(import.meta.dir, "../..");

/** As installers do: another file in the place of the one that was there. */
function replace(file: string, content: string): void {
  writeFileSync(`${file}.new`, content);
  renameSync(`${file}.new`, file);
}

test("a program that is written again and says the same is the same one", async () => {
  using copy = new TempFolder();
  for (const part of ["src", "package.json"])
    cpSync(join(PACKAGE, part), copy.join(part), { recursive: true });
  const { programStamp } = (await import(copy.join("src/system/program.ts"))) as {
    programStamp: () => string;
  };
  const before = programStamp();
  utimesSync(copy.join("package.json"), 1, 1);
  replace(copy.join("src/cli.ts"), readFileSync(copy.join("src/cli.ts"), "utf8"));
  expect(programStamp()).toBe(before);
  replace(copy.join("package.json"), readFileSync(copy.join("package.json"), "utf8").replace("2.", "3."));
  expect(programStamp()).not.toBe(before);
});

/** A copy of this program, as if it were installed. */
function installedCopy(): TempFolder {
  const installed = new TempFolder();
  for (const part of ["src", "bin", "package.json"])
    cpSync(join(PACKAGE, part), installed.join(part), { recursive: true });
  symlinkSync(join(PACKAGE, "node_modules"), installed.join("node_modules"));
  return installed;
}

/** `serve --http` of that program, and calls to it. */
async function serverOf(installed: TempFolder, root: string, state: string) {
  const args = ["--root", root, "serve", "--http", "127.0.0.1:0", "--workers", "2"];
  const server = Bun.spawn([process.execPath, installed.join("src/cli.ts"), ...args], {
    env: { ...process.env, XDG_STATE_HOME: state, AMALFA_SERVER_TOKEN: "token-of-the-test" },
    stderr: "pipe",
  });
  const said = { text: "" };
  void (async () => {
    for await (const bytes of server.stderr) said.text += new TextDecoder().decode(bytes);
  })();
  await until(() => said.text.includes("listening on"), { what: "the server to listen" });
  const url = /listening on (\S+)/.exec(said.text)?.[1] ?? "";
  const call = async (name: string, given: object): Promise<string> => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer token-of-the-test" },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name, arguments: given },
      }),
    });
    return `${response.status} ${await response.text()}`;
  };
  const workers = async (): Promise<number[]> => {
    const children = await Bun.file(`/proc/${server.pid}/task/${server.pid}/children`).text();
    return children.trim().split(" ").filter(Boolean).map(Number);
  };
  return { server, said, url, call, workers };
}

test("it says so, goes on with the workers that it has, and ends with an error after the last one", async () => {
  using folder = notesFolder();
  await init(folder);
  using home = new TempFolder();
  using installed = installedCopy();
  const { server, said, url, call, workers } = await serverOf(installed, folder.path, home.path);
  await using _ = server;
  const searched = async () => /^200 .*results/s.test(await call("search_documents", { query: "compost" }));
  expect(await searched()).toBe(true);
  const health = async () => (await (await fetch(url.replace("/mcp", "/health"))).json()) as Health;
  replace(installed.join("src/cli.ts"), `${readFileSync(installed.join("src/cli.ts"), "utf8")}// Newer.\n`);
  const many = await Promise.all(Array.from({ length: 40 }, searched));
  expect(many.every(Boolean)).toBe(true);
  await until(() => said.text.includes("installed anew"), { what: "the second worker to be refused" });
  await until(async () => (await health()).details.workers === 1, { what: "the second worker to have gone" });
  expect(await searched()).toBe(true);
  for (const pid of await workers()) process.kill(pid, "SIGKILL");
  expect(await server.exited).toBe(1);
  expect(said.text).toContain("the last of its workers has ended");
});

/** What loads parts of the program that a list of tags does not. */
const CALLS = [
  ["search_documents", { query: "compost" }],
  ["search_documents", { query: "compost", budget: 500 }],
  ["read_documents", { ids: ["plan/harvest.md"] }],
  ["explore_links", { id: "plan/harvest.md" }],
  ["find_gaps", {}],
  ["inject_tags", { file_path: "plan/harvest.md", tags: ["x"] }],
  ["refresh", {}],
  ["health", {}],
] as const;

test("a server on stdin and stdout whose program is gone says so wherever it has to load a part of it", async () => {
  using folder = notesFolder();
  await init(folder);
  using installed = installedCopy();
  await using server = Bun.spawn(
    [process.execPath, installed.join("src/cli.ts"), "--root", folder.path, "serve"],
    { env: { ...process.env, AMALFA_REGISTRY: "off" }, stdin: "pipe", stdout: "pipe" },
  );
  let said = "";
  void (async () => {
    for await (const bytes of server.stdout) said += new TextDecoder().decode(bytes);
  })();
  const answer = async (id: number, name: string, args: object) => {
    const params = { name, arguments: args, _meta: META };
    server.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, method: "tools/call", params })}\n`);
    server.stdin.flush();
    const find = () => said.split("\n").find((line) => line.includes(`"id":${id}}`));
    await until(() => find() !== undefined, { what: `the answer of ${name}` });
    return find() ?? "";
  };
  expect(await answer(1, "list_tags", {})).toContain('"result"');
  renameSync(installed.join("src"), installed.join("gone"));
  const answers: string[] = [];
  for (const [at, [name, args]] of CALLS.entries()) answers.push(await answer(at + 2, name, args));
  expect(answers.filter((text) => text.includes("did not foresee"))).toEqual([]);
  expect(answers.filter((text) => text.includes("program.gone")).length).toBeGreaterThan(2);
  server.stdin.end();
  expect(await server.exited).toBe(0);
});

test("so does the server over HTTP, whose workers load it; after the last of them nobody waits for ever", async () => {
  using folder = notesFolder();
  await init(folder);
  using home = new TempFolder();
  using installed = installedCopy();
  const { server, said, call, workers } = await serverOf(installed, folder.path, home.path);
  await using _ = server;
  expect(await call("list_tags", {})).toContain('"result"');
  renameSync(installed.join("src"), installed.join("gone"));
  const answers: string[] = [];
  for (const [name, args] of CALLS) answers.push(await call(name, args));
  expect(answers.filter((text) => text.includes("did not foresee"))).toEqual([]);
  expect(answers.filter((text) => text.includes("program.gone")).length).toBeGreaterThan(2);
  for (const pid of await workers()) process.kill(pid, "SIGKILL");
  // A process that can load no program cannot take their place.
  expect(await call("list_tags", {})).toContain("No worker stays alive long enough");
  await until(() => said.text.includes("workers have ended one after the other"), { what: "the warning" });
});

const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
  "io.modelcontextprotocol/clientCapabilities": {},
};

interface Health {
  readonly details: { readonly workers: number };
}
