/** The index of a store of packs, as others may have written it, and where in a bucket it is looked for. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import {
  changedIndex,
  forgettable,
  type PackEntry,
  readIndex,
  writeIndex,
} from "../../../src/embedding/remote/pack-index.ts";

const MODEL = "a model";
const name = (digit: string): string => digit.repeat(64);
const entry = (digit: string, entries: number): PackEntry => ({
  name: name(digit),
  bytes: 100,
  entries,
  at: 1_000,
  signature: "",
});

test("a pack that is named twice is one pack, and it is what was named last", () => {
  const packs = [entry("a", 3), entry("b", 1), entry("a", 4)];
  const index = readIndex(writeIndex({ packs, old: [] }, MODEL), MODEL);
  expect(index.packs).toEqual([entry("a", 4), entry("b", 1)]);
});

test("a pack that is there is not old, and nobody removes it", () => {
  const old = [
    { name: name("a"), at: 1 },
    { name: name("c"), at: 1 },
    { name: name("c"), at: 2 },
  ];
  const index = readIndex(writeIndex({ packs: [entry("a", 3)], old }, MODEL), MODEL);
  expect(index.old).toEqual([{ name: name("c"), at: 2 }]);
  const changed = changedIndex(index, { added: [], joined: new Set(), now: Date.now() });
  expect(forgettable(changed, Date.now()).map((each) => each.name)).toEqual([name("c")]);
});

test.each([
  ["s3://bucket", "/bucket/index.json"],
  ["s3://bucket/team/", "/bucket/team/index.json"],
  ["s3://bucket/a team/été", "/bucket/a%20team/%C3%A9t%C3%A9/index.json"],
  ["s3://bucket/a%20team", "/bucket/a%20team/index.json"],
  ["s3://bucket/100%", "/bucket/100%25/index.json"],
])("%s is asked for its index at %s", async (address, path) => {
  const asked: string[] = [];
  using server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request) => {
      asked.push(new URL(request.url).pathname);
      return new Response("none", { status: 404 });
    },
  });
  const [store, project] = ["embedding/remote/file-store.ts", "project/index.ts"].map((file) =>
    join(import.meta.dir, "../../../src", file),
  );
  // Bun reads these variables when a process starts.
  const child = Bun.spawn(
    [
      process.execPath,
      "-e",
      `const { openFileStore } = await import(${JSON.stringify(store)});
       const { parseRemoteUrl } = await import(${JSON.stringify(project)});
       await openFileStore({ url: parseRemoteUrl(${JSON.stringify(address)}) }).get("index.json", 10);`,
    ],
    {
      env: {
        ...process.env,
        S3_ENDPOINT: server.url.origin,
        AWS_ACCESS_KEY_ID: "one",
        AWS_SECRET_ACCESS_KEY: "two",
      },
      stderr: "inherit",
    },
  );
  expect(await child.exited).toBe(0);
  expect(asked).toEqual([path]);
});
