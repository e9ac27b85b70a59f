/**
 * Evicting from a vector cache of a million rows while another process reads from it.
 *
 *     ROWS=1000000 bun scripts/cache/million-rows.ts
 *
 * Prints how many rows a run evicts in which time when the cap is just exceeded, how long the longest read of the
 * other process took, and what a prune of all the rest takes.
 */
import { Database } from "bun:sqlite";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { enforceLimits, executeEviction, planEviction } from "../../src/embedding/cache/evict.ts";
import { openCacheToWrite } from "../../src/embedding/cache/schema.ts";

const ROWS = Number(process.env.ROWS ?? 1_000_000);
const ROWS_PER_TRANSACTION = 20_000;
const VECTOR = crypto.getRandomValues(new Uint8Array(1_536));
const MODEL = "x".repeat(70);

const keyOf = (index: number): string => new Bun.CryptoHasher("sha256").update(String(index)).digest("hex");

function fill(db: Database): void {
  db.run("PRAGMA cache_size = -400000");
  const insert = db.prepare("INSERT INTO cache VALUES (?, ?, ?, ?, 1)");
  const start = Date.now() - ROWS * 1000;
  for (let from = 0; from < ROWS; from += ROWS_PER_TRANSACTION) {
    db.transaction(() => {
      for (let index = from; index < Math.min(ROWS, from + ROWS_PER_TRANSACTION); index++) {
        insert.run(keyOf(index), VECTOR, start + index * 1000, MODEL);
      }
    })();
  }
  insert.finalize();
  db.run("PRAGMA wal_checkpoint(TRUNCATE)");
}

/** In a process of its own: reads rows that stay, at random, until its input ends. */
async function readAllTheTime(path: string): Promise<void> {
  using db = new Database(path, { readonly: true });
  db.run("PRAGMA busy_timeout = 5000");
  const find = db.prepare("SELECT vector FROM cache WHERE key = ?");
  const waits: number[] = [];
  let ended = false;
  void Bun.stdin.text().then(() => {
    ended = true;
  });
  while (!ended) {
    const began = performance.now();
    if (find.get(keyOf(ROWS - 1 - Math.floor(Math.random() * ROWS * 0.5))) === null)
      throw new Error("a row is missing");
    waits.push(performance.now() - began);
    await Bun.sleep(0);
  }
  waits.sort((a, b) => b - a);
  console.log(
    `${waits.length} reads meanwhile: longest ${waits[0]?.toFixed(1)} ms, 99.9 % within ${waits[Math.floor(waits.length / 1000)]?.toFixed(1)} ms`,
  );
}

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "amalfa-million-"));
  const path = join(folder, "vector_cache.sqlite");
  try {
    using db = openCacheToWrite(path);
    fill(db);
    console.log(`${ROWS} rows, ${megabytes(path)} MB`);
    const reader = Bun.spawn([process.execPath, import.meta.path, path], {
      stdin: "pipe",
      stdout: "inherit",
    });
    await Bun.sleep(500);
    let began = performance.now();
    const evicted = enforceLimits(db, { maxBytes: statSync(path).size - 1 });
    console.log(`${evicted} rows evicted in ${seconds(began)} s; ${megabytes(path)} MB left`);
    reader.stdin.end();
    await reader.exited;
    began = performance.now();
    const rest = executeEviction(db, planEviction(db, {}));
    console.log(
      `${rest} rows, all that were left, removed in ${seconds(began)} s; ${megabytes(path)} MB left`,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const megabytes = (path: string): string => (statSync(path).size / 1e6).toFixed(0);
const seconds = (began: number): string => ((performance.now() - began) / 1000).toFixed(1);

const path = process.argv[2];
if (path === undefined) await measure();
else await readAllTheTime(path);
