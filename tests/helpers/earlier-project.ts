/**
 * Projects as amalfa 1.4 and 1.5 leave them: settings, database, PID files, caches, somebody's work and strays. Made
 * from what is known of their files; none of their code is needed.
 */
import { Database } from "bun:sqlite";
import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { basename, dirname, extname } from "node:path";
import { EARLIER_TABLES } from "./earlier-database.ts";
import { TempFolder } from "./temp-folder.ts";

export type EarlierVersion = "1.4" | "1.5";

/** Markdown with names that 1.4 took for one, and with two paths that 1.5 took for one. */
export const EARLIER_NOTES: Readonly<Record<string, string>> = {
  "README.md": "# Harbour\n\nNotes about boats. Start with [moorings](docs/moorings.md).\n",
  "docs/README.md": "# Manual\n\nHow the harbour is run, from dawn until the lamps are lit.\n",
  "docs/a/README.md": "# Pilotage\n\nBuoys are passed on their seaward side. See [[moorings]].\n",
  "docs/moorings.md": "# Moorings\n\nA bowline holds and never jams. Double the line before a gale.\n",
  "docs/tide-table.md": "# Tide table\n\nHigh water comes fifty minutes later each day.\n",
  "docs/tide/table.md": "# A table of tides\n\nSprings follow the full moon by two days.\n",
};

/** What is somebody's work, or may be. */
export const EARLIER_WORK: Readonly<Record<string, string>> = {
  ".amalfa/agent/tasks/pending/1.json": '{"task": "count the buoys"}\n',
  ".amalfa/agent/tasks/completed/0.json": '{"task": "paint the pier"}\n',
  ".amalfa/sessions/2025-11-02.jsonl": '{"said": "remember the lamps"}\n',
  ".amalfa/backups/resonance-2025-10-01.db": "a copy of somebody's",
};

/** Everything else that an earlier version left, without settings and database. */
const LEFTOVERS: Readonly<Record<string, string>> = {
  ".amalfa/stats-history.json": "[]\n",
  ".amalfa/cache/fast-bge-small-en-v1.5/model_optimized.onnx": "weights",
  ".amalfa/cache/fast-bge-small-en-v1.5/tokenizer.json": "{}\n",
  ".amalfa/cache/scratchpad/note.json": "{}\n",
  ".amalfa/cache/lang-extract/graph.json": "{}\n",
  ".amalfa/logs/daemon.log": "watching\n",
  ".amalfa-pre-flight.log": "checked\n",
  ".mcp.crash.log": "Error: closed\n",
  "local_cache/fast-bge-small-en-v1.5/config.json": "{}\n",
};

/** PID files of all services of the earlier versions: a bare number of nobody, or nothing after a crash. */
export const EARLIER_PID_FILES: readonly string[] = [
  ...["mcp.pid", "vector-daemon.pid", "reranker-daemon.pid", "daemon.pid", "sonar.pid", "ssr-docs.pid"],
  "dashboard.pid",
];

const SETTINGS: Readonly<Record<EarlierVersion, Readonly<Record<string, string>>>> = {
  "1.4": {
    "amalfa.config.json": `{
  "sources": ["./*.md", "./docs/**/*.md"],
  "database": ".amalfa/resonance.db",
  "embeddings": { "model": "BAAI/bge-small-en-v1.5", "dimensions": 384 },
  "watch": { "enabled": true, "debounce": 1000, "notifications": true },
  "excludePatterns": ["node_modules", ".git"],
  "sonar": { "enabled": false, "inferenceMethod": "ollama" },
  "ember": { "enabled": false, "minConfidence": 0.7 }
}
`,
  },
  "1.5": {
    "amalfa.settings.json": `{
  "source": "./",
  "database": ".amalfa/runtime/resonance.db",
  "embeddings": { "model": "BAAI/bge-small-en-v1.5", "dimensions": 384 },
  "watch": { "enabled": true, "debounce": 500, "notifications": false },
  "langExtract": { "enabled": true, "provider": "gemini" },
  "graph": { "tuning": { "louvain": {} } },
  "fixtures": { "lexicon": "x.json" },
  "scratchpad": { "enabled": true }
}
`,
  },
};

/** Where the graph of that version lies. */
export const EARLIER_GRAPH: Readonly<Record<EarlierVersion, string>> = {
  "1.4": ".amalfa/resonance.db",
  "1.5": ".amalfa/runtime/resonance.db",
};

/** The id of a document in that version: a file's name, or its path as words. */
export function earlierId(version: EarlierVersion, path: string): string {
  const stem = path.slice(0, path.length - extname(path).length);
  return slug(version === "1.4" ? basename(stem) : stem);
}

function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
}

/** A project as that version leaves it. The graph knows a file that has been deleted since, and edges to nowhere. */
export function earlierProject(version: EarlierVersion): TempFolder {
  const folder = new TempFolder().write(EARLIER_NOTES).write(SETTINGS[version]).write(LEFTOVERS);
  folder.write(EARLIER_WORK);
  for (const [place, name] of EARLIER_PID_FILES.entries()) {
    // A number larger than any that the system gives.
    folder.write({ [`.amalfa/runtime/${name}`]: place % 2 === 0 ? "" : "2147483646" });
  }
  makeGraph(folder.join(EARLIER_GRAPH[version]), version);
  return folder;
}

function makeGraph(path: string, version: EarlierVersion): void {
  mkdirSync(dirname(path), { recursive: true });
  using db = new Database(path, { create: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run(EARLIER_TABLES);
  const node = db.query(
    `INSERT OR REPLACE INTO nodes (id, type, title, domain, layer, embedding, hash, meta, date)
     VALUES (?, 'document', ?, 'persona', 'experience', ?, ?, '{}', '2025-11-02')`,
  );
  const edge = db.query("INSERT OR IGNORE INTO edges VALUES (?, ?, 'MENTIONS', 1.0, 1.0, 'markdown-link')");
  const change = db.query("INSERT INTO history (entity, change) VALUES (?, ?)");
  const notes = { ...EARLIER_NOTES, "docs/old-pier.md": "# The old pier\n\nTaken down.\n" };
  db.transaction(() => {
    for (const [path, text] of Object.entries(notes)) {
      const id = earlierId(version, path);
      const hash = createHash("md5").update(text.trim()).digest("hex");
      node.run(id, basename(path, ".md"), embedding(text), hash);
      change.run(id, JSON.stringify({ id, hash }));
    }
    const linked = version === "1.4" ? "moorings" : "docs-moorings";
    edge.run("readme", linked);
    // 1.5 kept the names of links as they were written, which were no ids any more.
    for (const name of version === "1.4" ? ["lost"] : ["moorings", "pilotage", "lost"])
      edge.run("readme", name);
  })();
}

/** Some vector of unit length; it is nobody's business of which model. */
function embedding(text: string): Uint8Array {
  const values = Float32Array.from({ length: 384 }, (_, at) => Math.sin(at + text.length));
  const length = Math.hypot(...values);
  return new Uint8Array(values.map((value) => value / length).buffer);
}
