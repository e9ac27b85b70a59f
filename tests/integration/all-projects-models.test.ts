/** Several projects of one model: what is missing in one of them keeps no other from being searched. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, renameSync } from "node:fs";
import { join } from "node:path";
import { amalfa } from "../helpers/amalfa.ts";
import { HttpServer } from "../helpers/http-server.ts";
import { useModelsFolder } from "../helpers/models-folder.ts";
import { modelFolder } from "../helpers/tiny-models.ts";
import { useProjects } from "../helpers/user-of-projects.ts";

setDefaultTimeout(300_000);

const models = useModelsFolder();
const { env, project, run } = useProjects();

interface Searched {
  readonly results: readonly { readonly project: string }[];
  readonly failed: readonly { readonly name: string; readonly error: { readonly message: string } }[];
}

const PARTS = ["onnx/model.onnx", "tokenizer.json", "tokenizer_config.json"];
const ownModels = (root: string): string => join(root, ".amalfa/cache/models/tiny");

/** Two projects of a model that only the second has any more. */
async function oneWithoutModel(): Promise<readonly [string, string]> {
  using source = modelFolder();
  await amalfa(["models", "add", source.path, "--name", "tiny"], { cwd: "/", env: env() });
  const settings = { embeddings: { model: "tiny" } };
  const first = await project("first", "Kohlrabi wants water", settings);
  const second = await project("second", "Kohlrabi soup with dill", settings);
  mkdirSync(join(ownModels(second), "onnx"), { recursive: true });
  for (const part of PARTS) renameSync(models().join("tiny", part), join(ownModels(second), part));
  return [first, second];
}

test("search --all-projects says of each project where its own model is missed, and searches those that have it", async () => {
  const [first, second] = await oneWithoutModel();
  const asked = (query: string) => run<Searched>("/", "search", "--all-projects", query);
  const { document } = await asked("kohlrabi soup");
  expect(document.results.map(({ project: name }) => name)).toEqual(["second"]);
  expect(document.failed).toMatchObject([
    { name: "first", error: { message: expect.stringContaining(ownModels(first)) } },
  ]);
  renameSync(ownModels(second), join(second, "elsewhere"));
  const none = await asked("what was never asked");
  expect(none.document.failed).toMatchObject([
    { name: "first", error: { message: expect.stringContaining(ownModels(first)) } },
    { name: "second", error: { message: expect.stringContaining(ownModels(second)) } },
  ]);
});

test("so does the server for all projects of a token", async () => {
  const [first, second] = await oneWithoutModel();
  const added = await amalfa(
    ["--root", first, "--json", "serve", "token", "add", "--project", first, second],
    { cwd: "/", env: env() },
  );
  const { token } = JSON.parse(added.stdout) as { token: string };
  await using server = await HttpServer.start(first, { env: env() });
  const search = async (root: string) => {
    const headers = { authorization: `Bearer ${token}`, "amalfa-project": root };
    const { body } = await server.call("search_documents", { query: "kohlrabi soup" }, headers);
    return JSON.stringify(body.result);
  };
  expect(await search(first)).toContain(ownModels(first));
  expect(await search(second)).toContain("note.md");
});
