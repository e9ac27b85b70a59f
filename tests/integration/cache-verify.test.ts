import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { amalfaJson } from "../helpers/amalfa.ts";
import { alterCache, cacheRows } from "../helpers/embedding.ts";
import { CACHE } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

// Many processes one after the other; how long that takes says nothing here.
setDefaultTimeout(300_000);

/** Ingested once; every test works on a copy. */
const ready = useReadyNotes();

async function json<Document>(folder: TempFolder, ...args: string[]) {
  return amalfaJson<Document>(args, { cwd: folder.path });
}

describe("amalfa cache verify", () => {
  test("finds every vector the same, and then a wrong and a malformed one", async () => {
    using folder = ready.copy();
    const sound = await json(folder, "cache", "verify", "--all");
    expect(sound.status).toBe(0);
    expect(sound.document).toMatchObject({
      ok: true,
      malformed: 0,
      compared: ready.texts,
      exact: ready.texts,
      lowestCosine: 1,
    });

    const [first, second, third] = cacheRows(folder.join(CACHE));
    const { crc32 } = Bun.hash;
    const seed = Number.parseInt(first!.key.slice(0, 8), 16);
    alterCache(
      folder.join(CACHE),
      `UPDATE cache SET vector = x'${second!.vector.toHex()}', checksum = ${crc32(second!.vector, seed)} WHERE key = '${first!.key}'`,
      `UPDATE cache SET checksum = 1 WHERE key = '${third!.key}'`,
    );
    const spoilt = await json<{ mismatches: { key: string; cosine: number }[] }>(
      folder,
      "cache",
      "verify",
      "--all",
    );
    expect(spoilt.status).toBe(1);
    expect(spoilt.document).toMatchObject({
      ok: false,
      malformed: 1,
      compared: ready.texts - 1,
      exact: ready.texts - 2,
    });
    expect(spoilt.document.mismatches.map(({ key }) => key)).toEqual([first!.key]);
    expect(spoilt.document.mismatches[0]!.cosine).toBeLessThan(0.99);

    const sample = await json<{ compared: number }>(folder, "cache", "verify", "--sample", "2");
    expect(sample.document.compared).toBe(2);
  });

  test("does not take what another kind of processor computed for wrong, and nor does the doctor", async () => {
    using folder = ready.copy();
    const rows = cacheRows(folder.join(CACHE));
    alterCache(
      folder.join(CACHE),
      ...rows.map(({ key, vector }) => {
        const turned = turnedTo(0.9929, vector);
        const checksum = Bun.hash.crc32(turned, Number.parseInt(key.slice(0, 8), 16));
        return `UPDATE cache SET vector = x'${turned.toHex()}', checksum = ${checksum} WHERE key = '${key}'`;
      }),
    );
    const { status, document } = await json<{ lowestCosine: number }>(folder, "cache", "verify", "--all");
    expect({ status, document }).toMatchObject({
      status: 0,
      document: { ok: true, malformed: 0, compared: ready.texts, exact: 0, mismatches: [] },
    });
    expect(document.lowestCosine).toBeCloseTo(0.9929, 4);
    expect((await json(folder, "rebuild")).status).toBe(0);
    const { document: report } = await json<{ checks: { id: string; status: string }[] }>(
      folder,
      ...["doctor", "--deep", "--check", "cache.rows", "graph.vectors"],
    );
    expect(report.checks.map(({ id, status: judged }) => [id, judged])).toEqual([
      ["graph.vectors", "ok"],
      ["cache.rows", "ok"],
    ]);
  });
});

test("I5 Diagnosis is read-only: whoever embeds again to compare notes nothing of the model for others", async () => {
  using folder = ready.copy();
  using cache = new TempFolder();
  const options = { cwd: folder.path, env: { XDG_CACHE_HOME: cache.path } };
  const looks = [
    ["doctor", "--deep", "--check", "graph.vectors", "cache.rows"],
    ["cache", "verify", "--all"],
  ];
  for (const args of looks) expect((await amalfaJson(args, options)).status).toBe(0);
  expect(existsSync(cache.join("amalfa"))).toBe(false);
  await amalfaJson(["init"], options);
  expect(existsSync(cache.join("amalfa/model-digests.json"))).toBe(true);
});

/** The bytes of a vector of the same length with that cosine. */
function turnedTo(cosine: number, bytes: Uint8Array): Uint8Array {
  const vector = new Float32Array(bytes.slice().buffer);
  // One that stands at right angles to it: two values change places, and one its sign.
  const across = vector.map((_, at) => (at % 2 === 0 ? -vector[at + 1]! : vector[at - 1]!));
  const sine = Math.sqrt(1 - cosine ** 2);
  return new Uint8Array(vector.map((value, at) => cosine * value + sine * across[at]!).buffer);
}
