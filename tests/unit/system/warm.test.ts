import { describe, expect, test } from "bun:test";
import { createEmbedder, type Embedder } from "../../../src/embedding/embedder.ts";
import { MODELS } from "../../../src/project/models.ts";
import { Warm } from "../../../src/system/warm.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";
import { until } from "../../helpers/until.ts";

function counting(folder: TempFolder) {
  const counts = { opened: 0, closed: 0 };
  const open = async () => {
    counts.opened++;
    const embedder = createEmbedder({
      model: MODELS[0]!,
      cachePath: folder.join("vectors.sqlite"),
      modelsDirectory: folder.join("models"),
      onWarning: () => {},
    });
    const close = embedder.close.bind(embedder);
    embedder.close = async () => {
      counts.closed++;
      await close();
    };
    return embedder;
  };
  return { counts, open };
}

/** The embedder as a server keeps it. */
function warm(start: () => Promise<Embedder>, idleMs = 60_000): Warm<Embedder> {
  return new Warm({ start, stop: (embedder) => embedder.close(), idleMs, afterFailure: "keep" });
}

/** A use that waits for what it uses, and does nothing with it. */
const touch = async (starting: Promise<Embedder>): Promise<void> => void (await starting);

describe("what is kept warm", () => {
  test("is opened at the first use, shared, and released after a while without any", async () => {
    using folder = new TempFolder();
    const { counts, open } = counting(folder);
    await using queries = warm(open, 20);
    expect(counts.opened).toBe(0);
    await Promise.all([queries.use(touch), queries.use(touch)]);
    expect(counts).toEqual({ opened: 1, closed: 0 });
    await until(() => counts.closed === 1, { what: "the release" });
    await queries.use(touch);
    expect(counts.opened).toBe(2);
  });

  test("is not released while anybody uses it", async () => {
    using folder = new TempFolder();
    const { counts, open } = counting(folder);
    await using queries = warm(open, 1);
    const work = Promise.withResolvers<void>();
    const long = queries.use(async (starting) => {
      await starting;
      await work.promise;
    });
    await queries.use(touch);
    // One that nobody uses, and that is idle for as long from now on, is released.
    const idle = counting(folder);
    await using control = warm(idle.open, 1);
    await control.use(touch);
    await until(() => idle.counts.closed === 1, { what: "the release of the idle one" });
    expect(counts.closed).toBe(0);
    work.resolve();
    await long;
    await until(() => counts.closed === 1, { what: "the release" });
  });

  test("that could not be opened is opened anew by the next use", async () => {
    using folder = new TempFolder();
    const { counts, open } = counting(folder);
    let broken = true;
    await using queries = warm(async () => {
      if (broken) throw new Error("not now");
      return open();
    });
    await expect(queries.use(touch)).rejects.toThrow("not now");
    broken = false;
    await queries.use(touch);
    expect(counts.opened).toBe(1);
  });

  test("is of no use once the server has ended", async () => {
    using folder = new TempFolder();
    const { counts, open } = counting(folder);
    const queries = warm(open);
    await queries.use(touch);
    await queries[Symbol.asyncDispose]();
    expect(counts.closed).toBe(1);
    await expect(queries.use(touch)).rejects.toThrow();
    expect(counts.opened).toBe(1);
  });

  test("has ended only when nobody computes with it any more, those included that were just about to", async () => {
    using folder = new TempFolder();
    const { counts, open } = counting(folder);
    const queries = warm(open);
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    let settled = false;
    const late = queries
      .use(async (starting) => {
        const embedder = await starting;
        begun.resolve();
        await gate.promise;
        return embedder.embed("a query that comes late");
      })
      .finally(() => {
        settled = true;
      });
    await begun.promise;
    const ended = queries[Symbol.asyncDispose]().then(() => settled);
    await until(() => counts.closed === 1, { what: "the first close" });
    gate.resolve();
    expect((await late).length).toBe(MODELS[0]!.dimensions);
    expect(await ended).toBe(true);
    // What the late one started is closed as well.
    expect(counts.closed).toBe(2);
  });

  test("is stopped when its use fails, where a failure leaves it in an unknown state", async () => {
    const counts = { started: 0, stopped: 0 };
    await using unsure = new Warm({
      start: async () => ++counts.started,
      stop: async () => void counts.stopped++,
      afterFailure: "stop",
    });
    await expect(unsure.use(() => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(counts).toEqual({ started: 1, stopped: 1 });
    expect(unsure.isWarm).toBe(false);
    expect(await unsure.use((starting) => starting)).toBe(2);
  });

  test("is let go of when it is unloaded, and started anew by the next use", async () => {
    using folder = new TempFolder();
    const { counts, open } = counting(folder);
    await using queries = warm(open);
    await queries.use(touch);
    await queries.unload();
    expect(counts).toEqual({ opened: 1, closed: 1 });
    await queries.use(touch);
    expect(counts.opened).toBe(2);
  });
});
