/** A list of projects that cannot be read is no empty one. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import type { DoctorReport } from "../../src/maintenance/doctor/doctor.ts";
import { amalfa, type ErrorDocument } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { useProjects } from "../helpers/user-of-projects.ts";

useMadeUpModel();
setDefaultTimeout(300_000);
const { env, home, more, names, project, run } = useProjects();
const LIST = "state/amalfa/registry/projects.json";

/** All that is kept for the user, without opening it: a pipe would wait. */
function seen(): string[] {
  const folder = home().join("state/amalfa");
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .sort()
    .map((name) => {
      const { ino, mode, size, mtimeMs } = lstatSync(`${folder}/${name}`);
      return [name, ino, mode, size, mtimeMs].join(" ");
    });
}

/** The message of a command that says that the list cannot be read. */
async function refusal(...args: string[]): Promise<string> {
  const { status, document } = await run<ErrorDocument>(home().path, ...args);
  expect({ status, code: document.error.code }).toEqual({ status: 1, code: "projects.unreadable" });
  expect(document.error.message).toContain(home().join("state/amalfa/registry"));
  return document.error.message;
}

const text = (): string => readFileSync(home().join(LIST), "utf8");
const withEntry = (entry: unknown) => (): void =>
  writeFileSync(home().join(LIST), JSON.stringify({ projects: [entry, ...JSON.parse(text()).projects] }));
const inItsPlace = (make: (path: string) => void) => (): void => {
  rmSync(home().join(LIST));
  make(home().join(LIST));
};

/** What is damaged is set aside by the doctor; what is not this user's alone is for the user to look at. */
const DAMAGED = {
  "with one flipped byte": () => writeFileSync(home().join(LIST), text().replace(/}\s*$/, "|")),
  "with a byte that is no UTF-8": () =>
    writeFileSync(home().join(LIST), Buffer.from(text().replace("one", "\xEFne"), "latin1")),
  "with the name of a field flipped": () =>
    writeFileSync(home().join(LIST), text().replace('"projects"', '"qrojects"')),
  "with one letter of a project's folder flipped": () =>
    writeFileSync(home().join(LIST), text().replace(/(?<="root": ".+)one(?=")/, "ome")),
  "with one letter of what a project is called flipped": () =>
    writeFileSync(home().join(LIST), text().replace('"mine"', '"mime"')),
  "with the word for its digest flipped": () =>
    writeFileSync(home().join(LIST), text().replace('"digest"', '"digesu"')),
  "that was cut short": () => truncateSync(home().join(LIST), text().length - 3),
  "that is empty": () => truncateSync(home().join(LIST), 0),
  "that is too large": () => writeFileSync(home().join(LIST), text() + " ".repeat(2 ** 20)),
  "with a name that none could be": withEntry({ name: "*", root: "/", since: "" }),
  "with an entry that is none": withEntry(7),
  "that is a named pipe": inItsPlace((path) => Bun.spawnSync(["mkfifo", "-m", "600", path])),
  "that is a folder": inItsPlace((path) => mkdirSync(path)),
  "that is a link to nowhere": inItsPlace((path) => symlinkSync("nowhere", path)),
};

const FORBIDDEN = {
  "that a group may write": () => chmodSync(home().join(LIST), 0o660),
  "in a folder that others may enter": () => chmodSync(home().join("state/amalfa/registry"), 0o755),
  "in what is no folder": () => {
    renameSync(home().join("state/amalfa/registry"), home().join("state/amalfa/away"));
    writeFileSync(home().join("state/amalfa/registry"), "");
  },
  ...(process.getuid?.() === 0 && { "of another user": () => chownSync(home().join(LIST), 65_534, 65_534) }),
};

describe.each(Object.entries({ ...DAMAGED, ...FORBIDDEN }))("a list %s", (name, damage) => {
  test("is no empty one: it is named, never written over, and put right by what the doctor says", async () => {
    const [one, two] = [await project("one", "One"), await project("two", "Two")];
    await run(one, "projects", "add", "--name", "mine");
    damage();
    const before = seen();
    await refusal("projects", "list");
    await refusal("projects", "remove", "mine");
    await refusal("projects", "add", two, "--name", "yours");
    await refusal("search", "--all-projects", "--mode", "lexical", "two");
    const ended = await amalfa(["init"], { cwd: two, env: env() });
    expect(ended.status).toBe(0);
    expect(ended.stderr.split("The list of your projects")).toHaveLength(2);
    expect((await amalfa(["reset", "--yes"], { cwd: one, env: env() })).stderr).toContain("cannot be read");
    expect(seen()).toEqual(before);

    const doctor = async (...args: string[]) =>
      (await run<DoctorReport>(two, "doctor", "--check", "layout.access", ...args)).document.checks[0];
    expect(await doctor()).toMatchObject({
      status: "warning",
      findings: [{ fixable: name in DAMAGED, message: expect.stringContaining("cannot be read") }],
    });
    expect(seen()).toEqual(before);
    const mended = await doctor("--fix");
    if (name in FORBIDDEN) {
      expect(mended?.status).toBe("warning");
      expect(seen()).toEqual(before);
      return;
    }
    expect(mended?.status).toBe("ok");
    const aside = readdirSync(home().join("state/amalfa/registry")).filter((file) =>
      file.endsWith(".damaged"),
    );
    expect(aside).toHaveLength(1);
    await run(two, "init");
    expect(await names()).toEqual(["two"]);
  });
});

test("a list that its user has made theirs alone again has all that it had", async () => {
  const root = await project("one", "One");
  await run(root, "projects", "add", "--name", "mine");
  chmodSync(home().join(LIST), 0o660);
  expect(await project("two", "Two")).toBe(home().join("two"));
  chmodSync(home().join(LIST), 0o600);
  expect(await names()).toEqual(["mine"]);
});

test("a list without a digest, as earlier versions wrote it, is read, and has one once it is written", async () => {
  const [one, two] = [await project("one", "One"), await project("two", "Two")];
  await run(one, "projects", "add", "--name", "mine");
  const { digest, ...list } = JSON.parse(text());
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  writeFileSync(home().join(LIST), JSON.stringify(list));
  expect(await names()).toEqual(["mine", "two"]);
  await run(two, "projects", "add", "--name", "yours");
  expect(JSON.parse(text()).digest).toMatch(/^[0-9a-f]{64}$/);
  expect(await names()).toEqual(["mine", "yours"]);
});

test("who stays out of the list hears nothing of it", async () => {
  const root = await project("one", "One");
  truncateSync(home().join(LIST), 3);
  more.set("AMALFA_REGISTRY", "off");
  expect((await amalfa(["init"], { cwd: root, env: env() })).stderr).toBe("");
  expect((await amalfa(["doctor", "--check", "layout.access"], { cwd: root, env: env() })).status).toBe(0);
});

test("a server answers of its own project, and says of the others what is wrong", async () => {
  const root = await project("one", "One");
  truncateSync(home().join(LIST), 3);
  await using client = await McpClient.connect(root, env());
  expect((await client.call("search_documents", { query: "one" })).body).toMatchObject({ results: [{}] });
  const all = await client.call("search_documents", { query: "one", project: "*" });
  expect(all.isError).toBe(true);
  expect(JSON.stringify(all)).toContain("cannot be read");
});
