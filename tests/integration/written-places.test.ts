/** A document is found however it is written: as a path, a URI, or as output prints it. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { amalfa, amalfaJson, init } from "../helpers/amalfa.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { McpClient } from "../helpers/mcp.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

const folder = new TempFolder();
const vault = folder.join("vault");
const ID = "sub/100%25 done.md";

beforeAll(async () => {
  folder.write({ "real/sub/100% done.md": "# Done\n\n[a](a.md)\n", "real/sub/a.md": "# A\n" });
  symlinkSync("real", vault);
  symlinkSync("sub", folder.join("real/alias"));
  await init({ path: folder.join("real") });
}, 300_000);
afterAll(() => folder[Symbol.dispose]());

const WRITTEN = [
  ID,
  "sub/100% done.md",
  `${vault}/sub/100% done.md`,
  `${folder.join("real")}/sub/100% done.md`,
  pathToFileURL(`${vault}/sub/100% done.md`).href,
  "amalfa://document/sub/100%2525%20done.md",
  "amalfa://document/sub/100%25%20done.md?cursor=abc",
  "/sub/100% done.md",
  "sub/../sub/100% done.md",
  "sub/../sub/100% done",
  "alias/100% done.md",
  `${vault}/alias/100% done.md`,
  `${ID}:3`,
  `"${ID}"`,
];

test.each(WRITTEN)("%s leads to the document on the command line", async (written) => {
  for (const command of ["read", "explore"]) {
    const { document } = await amalfaJson<{ id: string }>([command, written], { cwd: vault });
    expect(document.id).toBe(ID);
  }
});

test("a title has the lines that are printed behind it as well", async () => {
  expect((await amalfa(["read", "Done:3-3"], { cwd: vault })).stdout).toBe("[a](a.md)\n");
});

test("and over MCP, where folders may be written so as well", async () => {
  await using client = await McpClient.connect(vault);
  for (const written of WRITTEN) {
    expect((await client.call("read_node_content", { id: written })).body.id).toBe(ID);
    expect((await client.call("explore_links", { id: written })).body.id).toBe(ID);
  }
  for (const path of [
    `${vault}/sub`,
    `${vault}/sub/`,
    "sub",
    "amalfa://document/sub/",
    pathToFileURL(`${vault}/sub`).href,
  ]) {
    expect((await client.call("list_directory_structure", { path })).body).toMatchObject({
      path: "sub/",
      documents: 2,
    });
  }
  expect((await client.call("list_directory_structure", { path: vault })).body).toMatchObject({
    path: "",
    documents: 2,
  });
  expect((await client.call("list_directory_structure", { path: "/etc" })).isError).toBe(true);
  for (const beginning of ["amalfa://document/", "amalfa:///", "amalfa://"]) {
    const { contents } = await client.client.readResource({ uri: `${beginning}sub/100%2525%20done.md` });
    expect(contents[0]).toMatchObject({ text: "# Done\n\n[a](a.md)" });
  }
  const tagged = await client.call("inject_tags", { file_path: `${vault}/sub/a.md`, tags: ["x"] });
  expect(tagged.body).toMatchObject({ path: "sub/a.md", added: ["x"] });
});

test("nothing outside of the project is reached by any of them", async () => {
  folder.write({ "outside.md": "# Outside\n" });
  for (const written of [
    folder.join("outside.md"),
    pathToFileURL(folder.join("outside.md")).href,
    "amalfa://document/..%2Foutside.md",
  ]) {
    expect((await amalfa(["read", written], { cwd: vault })).status).not.toBe(0);
    expect((await amalfa(["inject-tags", written, "x"], { cwd: vault })).status).not.toBe(0);
  }
});

test.each([
  [["search", "--feature-gates"], 'amalfa search -- "--feature-gates"'],
  [["search", "how", "--to", "do"], 'amalfa search how -- "--to" do'],
  [["search", "-v"], 'amalfa search -- "-v"'],
  [["search", "--json"], 'amalfa search -- "--json"'],
  [["read", "-odd.md"], 'amalfa read -- "-odd.md"'],
])("%j says how it is typed", async (args, typed) => {
  const { status, stdout, stderr } = await amalfa(args, { cwd: vault });
  expect(status).toBe(2);
  const said = stdout === "" ? stderr : (JSON.parse(stdout) as { error: { hint: string } }).error.hint;
  expect(said).toContain(typed);
  const asAdvised = await amalfa(["--root", vault, "search", "--mode", "lexical", "--", "--done"], {
    cwd: vault,
  });
  expect(asAdvised).toMatchObject({ status: 0 });
});

test("people are shown the path, and scripts the id", async () => {
  const shown = "sub/100% done.md";
  for (const args of [
    ["search", "--mode", "lexical", "done"],
    ["explore", ID],
  ]) {
    const said = await amalfa(args, { cwd: vault });
    expect(said.stdout).toContain(shown);
    expect(said.stdout).not.toContain(ID);
    expect((await amalfa([...args, "--json"], { cwd: vault })).stdout).toContain(ID);
  }
});
