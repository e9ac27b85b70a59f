import { describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { discover } from "../../../src/ingest/discovery/discover.ts";
import { readAhead } from "../../../src/ingest/reading/ahead.ts";
import type { FileReading } from "../../../src/ingest/reading/prepare.ts";
import { readerInThisThread, startReadingThread } from "../../../src/ingest/reading/reader.ts";
import { DEFAULT_MODEL_NAME, findModel } from "../../../src/project/models.ts";
import { AmalfaError } from "../../../src/system/errors.ts";
import { randomDocument, seeded } from "../../helpers/random.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

const model = findModel(DEFAULT_MODEL_NAME)!;
const options = { model, modelsDirectory: "models" };

/** Documents of all kinds, one that is no text, and one that is larger than what is read at a time. */
function folderOf(count: number): TempFolder {
  const folder = new TempFolder();
  for (let i = 0; i < count; i++) folder.write({ [`${i % 7}/${i}.md`]: randomDocument(seeded(i)) });
  const large = Array.from({ length: 300 }, (_, i) => randomDocument(seeded(1000 + i))).join("\n");
  return folder.write({ "large.md": large, "latin1.md": new Uint8Array([0x23, 0xe9, 0x0a]), "empty.md": "" });
}

function filesOf(folder: TempFolder) {
  return discover({ root: folder.path, sources: ["."], excludePatterns: [] }).files;
}

/** Without what depends on the clock: a file that was written a moment ago is trusted in a moment. */
function settled(reading: FileReading): unknown {
  return reading.kind === "failed" ? reading : { ...reading, storedMtimeMs: 0 };
}

describe("reading documents", () => {
  test("a thread of its own reads what this one reads, in the same order", async () => {
    using folder = folderOf(300);
    const files = filesOf(folder);
    await using thread = startReadingThread(options);
    const here = await readerInThisThread(options).read(
      files.map((file) => ({ file, currentHash: undefined })),
    );
    const there: unknown[] = [];
    const ids: string[] = [];
    for await (const batch of readAhead(thread, files)) {
      ids.push(...batch.map(([file]) => file.id));
      there.push(...batch.map(([, reading]) => settled(reading)));
    }
    expect(ids).toEqual(files.map(({ id }) => id));
    expect(there).toEqual(here.map(settled));
    expect(here.map(({ kind }) => kind).filter((kind) => kind === "failed")).toHaveLength(1);
    expect(here).toHaveLength(303);
  });

  test("a document whose content is as it was is not taken apart", async () => {
    using folder = new TempFolder().write({ "a.md": "# A\n", "b.md": "# B\n" });
    const reader = readerInThisThread(options);
    const files = filesOf(folder);
    const first = await reader.read(files.map((file) => ({ file, currentHash: undefined })));
    const hashes = first.map((reading) => (reading.kind === "document" ? reading.hash : undefined));
    folder.write({ "b.md": "# C\n" });
    const second = await reader.read(files.map((file, i) => ({ file, currentHash: hashes[i] })));
    expect(second.map(({ kind }) => kind)).toEqual(["as before", "document"]);
  });

  test("files that vanish while others are read are named", async () => {
    using folder = folderOf(100);
    const files = filesOf(folder);
    rmSync(folder.join("3"), { recursive: true });
    await using thread = startReadingThread(options);
    const failed: string[] = [];
    for await (const batch of readAhead(thread, files)) {
      for (const [file, reading] of batch) {
        if (reading.kind === "failed") failed.push(`${file.id}: ${reading.error}`);
      }
    }
    expect(failed).toHaveLength(15);
    expect(failed[0]).toBe("3/10.md: vanished while it was being read");
  });

  test("a model that is not there is what its error says, in a thread as well", async () => {
    using folder = new TempFolder().write({ "a.md": "# A\n" });
    const nowhere = { ...options, model: { ...model, directory: "no-such-model" } };
    const files = filesOf(folder).map((file) => ({ file, currentHash: undefined }));
    await using thread = startReadingThread(nowhere);
    for (const reader of [readerInThisThread(nowhere), thread]) {
      const error = await reader.read(files).catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(AmalfaError);
      expect(error).toMatchObject({ code: "model.missing", exit: 1 });
      expect((error as AmalfaError).hint).toBeString();
    }
  });

  test("a thread that is ended while it reads leaves nobody waiting", async () => {
    using folder = folderOf(300);
    const files = filesOf(folder).map((file) => ({ file, currentHash: undefined }));
    const thread = startReadingThread(options);
    const reading = thread.read(files);
    reading.catch(() => {});
    await thread[Symbol.asyncDispose]();
    expect(await reading.catch((error: unknown) => error)).toMatchObject({ code: "ingest.reader" });
    expect(await thread.read(files).catch((error: unknown) => error)).toMatchObject({
      code: "ingest.reader",
    });
  });
});
