import { describe, expect, test } from "bun:test";
import { createEmbedder } from "../../../src/embedding/embedder.ts";
import { QueryEmbedder } from "../../../src/mcp/query-embedder.ts";
import { MODELS } from "../../../src/project/models.ts";
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

describe("the embedder of a server", () => {
  test("is opened at the first use, shared, and released after a while without any", async () => {
    using folder = new TempFolder();
    const { counts, open } = counting(folder);
    await using queries = new QueryEmbedder(open, 20);
    expect(counts.opened).toBe(0);
    await Promise.all([queries.use(async () => {}), queries.use(async () => {})]);
    expect(counts).toEqual({ opened: 1, closed: 0 });
    await until(() => counts.closed === 1, { what: "the release" });
    await queries.use(async () => {});
    expect(counts.opened).toBe(2);
  });

  test("is not released while anybody uses it", async () => {
    using folder = new TempFolder();
    const { counts, open } = counting(folder);
    await using queries = new QueryEmbedder(open, 1);
    const work = Promise.withResolvers<void>();
    const long = queries.use(() => work.promise);
    await queries.use(async () => {});
    // One that nobody uses, and that is idle for as long from now on, is released.
    const idle = counting(folder);
    await using control = new QueryEmbedder(idle.open, 1);
    await control.use(async () => {});
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
    await using queries = new QueryEmbedder(async () => {
      if (broken) throw new Error("not now");
      return open();
    });
    await expect(queries.use(async () => {})).rejects.toThrow("not now");
    broken = false;
    await queries.use(async () => {});
    expect(counts.opened).toBe(1);
  });

  test("is of no use once the server has ended", async () => {
    using folder = new TempFolder();
    const { counts, open } = counting(folder);
    const queries = new QueryEmbedder(open);
    await queries.use(async () => {});
    await queries[Symbol.asyncDispose]();
    expect(counts.closed).toBe(1);
    await expect(queries.use(async () => {})).rejects.toThrow();
    expect(counts.opened).toBe(1);
  });

  test("has ended only when nobody computes with it any more, those included that were just about to", async () => {
    using folder = new TempFolder();
    const { counts, open } = counting(folder);
    const queries = new QueryEmbedder(open);
    const gate = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    let settled = false;
    const late = queries
      .use(async (embedder) => {
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
});
