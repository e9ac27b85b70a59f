/** A project that changes from one model to another. */
import { amalfa, amalfaJson, type ErrorDocument, type IngestDocument } from "./amalfa.ts";
import { useModelsFolder } from "./models-folder.ts";
import { notesFolder } from "./notes.ts";
import { perTest } from "./per-test.ts";
import { TempFolder } from "./temp-folder.ts";
import { tinyModelFiles } from "./tiny-model.ts";

export const DESCRIPTION = { pooling: "mean", dimensions: 32, maxTokens: 64 };

/** A folder of a model, as somebody might have it. */
export function modelFolder(description: object | undefined = DESCRIPTION, shape = {}): TempFolder {
  const made = new TempFolder().write(tinyModelFiles(shape));
  if (description !== undefined) made.write({ "amalfa-model.json": JSON.stringify(description) });
  return made;
}

/** Call at the top of a test file: a folder of models and one of notes for each test. */
export function useTinyModels() {
  const models = useModelsFolder();
  const folder = perTest(notesFolder);
  const run = (...args: string[]) => amalfa(args, { cwd: folder().path });
  const runJson = <Document>(...args: string[]) => amalfaJson<Document>(args, { cwd: folder().path });
  const init = () => runJson<IngestDocument>("init");
  const found = async (...args: string[]) =>
    (await runJson<{ results: { id: string }[] } & ErrorDocument>("search", ...args)).document;

  /** Takes a small model in under the name "tiny". */
  async function added(description: object = DESCRIPTION, shape = {}): Promise<void> {
    using source = modelFolder(description, shape);
    const { status, stderr } = await run("models", "add", source.path, "--name", "tiny");
    if (status !== 0) throw new Error(stderr);
  }

  return { models, folder, amalfa: run, amalfaJson: runJson, init, found, added };
}
