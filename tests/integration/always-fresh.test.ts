/**
 * I13 as a property: whatever happens to the files, no answer is stale and none is missed, on the command line's own
 * functions and over MCP.
 *
 * A model of the files is kept beside them. `AMALFA_FRESH_STEPS` says how many steps are taken, `AMALFA_FRESH_SEED`
 * which ones.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { createEmbedder } from "../../src/embedding/embedder.ts";
import { exploreDocument } from "../../src/knowledge/explore-links.ts";
import type { FreshGraph } from "../../src/knowledge/freshness/answer.ts";
import { FreshnessGuard, MOST_DOCUMENTS } from "../../src/knowledge/freshness/guard.ts";
import { GraphReader } from "../../src/knowledge/graph-reader.ts";
import { readDocumentNow } from "../../src/knowledge/read-document.ts";
import { searchDocuments } from "../../src/knowledge/search-documents.ts";
import { loadProject } from "../../src/project/load.ts";
import { AmalfaError } from "../../src/system/errors.ts";
import { init } from "../helpers/amalfa.ts";
import { MODEL } from "../helpers/embedding.ts";
import { McpClient } from "../helpers/mcp.ts";
import { type Random, seeded } from "../helpers/random.ts";
import { TempFolder } from "../helpers/temp-folder.ts";

const STEPS = Number(process.env.AMALFA_FRESH_STEPS ?? 250);
const SEED = Number(process.env.AMALFA_FRESH_SEED ?? 13);

setDefaultTimeout(120_000 + STEPS * 1_000);

/** A small stock of words that mean nothing, so that what has one is known exactly. */
const WORDS = Array.from(
  { length: 40 },
  (_, place) => `word${String.fromCharCode(97 + (place % 26))}${place}x`,
);
const FOLDERS = ["", "a/", "a/b/", "c d/", "ü/"];

interface Note {
  readonly words: readonly string[];
  /** Paths that it links to. */
  readonly links: readonly string[];
  readonly extra: string;
}

const textOf = (path: string, { words, links, extra }: Note): string => {
  const up = "../".repeat(path.split("/").length - 1);
  const targets = links.map((target) => `[to](<${up}${target}>)`);
  return `# Note\n\n${words.join(" ")} ${targets.join(" ")}\n${extra}`;
};

class Vault {
  readonly folder = new TempFolder();
  readonly notes = new Map<string, Note>();
  readonly random: Random;
  #made = 0;

  constructor(random: Random) {
    this.random = random;
    for (let i = 0; i < 60; i++) this.write(this.#newPath(), this.#newNote());
  }

  /** One thing that happens to the files. */
  change(): string {
    const { random } = this;
    const paths = [...this.notes.keys()];
    const path = random.pick(paths);
    const kind = random.pick([
      "create",
      "edit",
      "edit",
      "append",
      "delete",
      "rename",
      "replace",
      "touch",
      "chmod",
      "move folder",
      "same size and time",
      "many",
    ]);
    const note = this.notes.get(path)!;
    switch (kind) {
      case "create":
        this.write(this.#newPath(), this.#newNote());
        break;
      case "edit":
        this.write(path, this.#newNote());
        break;
      case "append": {
        const word = random.pick(WORDS);
        appendFileSync(this.folder.join(path), `\n${word}\n`);
        this.notes.set(path, { ...note, words: [...note.words, word], extra: `${note.extra}\n${word}\n` });
        break;
      }
      case "delete":
        if (paths.length > 30) this.#remove(path);
        break;
      case "rename": {
        const to = this.#newPath();
        mkdirSync(dirname(this.folder.join(to)), { recursive: true });
        renameSync(this.folder.join(path), this.folder.join(to));
        this.notes.delete(path);
        // What it says stays, links relative to where it was included.
        const moved = { ...note, links: this.#linksAfterMove(path, to, note) };
        this.notes.set(to, moved);
        break;
      }
      case "replace": {
        const next = this.#newNote();
        writeFileSync(this.folder.join("replacement.tmp"), textOf(path, next));
        renameSync(this.folder.join("replacement.tmp"), this.folder.join(path));
        this.notes.set(path, next);
        break;
      }
      case "touch":
        utimesSync(this.folder.join(path), new Date(), new Date(Date.now() - random.between(0, 100_000)));
        break;
      case "chmod":
        chmodSync(this.folder.join(path), random.pick([0o644, 0o600, 0o640]));
        break;
      case "move folder":
        this.#moveFolder();
        break;
      case "same size and time": {
        const { atime, mtime } = statSync(this.folder.join(path));
        const [word = WORDS[0]!] = note.words;
        const other = random.pick(WORDS.filter((each) => each.length === word.length));
        const words = note.words.map((each) => (each === word ? other : each));
        const extra = note.extra.replaceAll(word, other);
        this.write(path, { ...note, words, extra });
        utimesSync(this.folder.join(path), atime, mtime);
        break;
      }
      case "many":
        for (let i = random.between(2, 8); i > 0; i--) this.write(this.#newPath(), this.#newNote());
        break;
    }
    return `${kind} ${path}`;
  }

  write(path: string, note: Note): void {
    const file = this.folder.join(path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, textOf(path, note));
    this.notes.set(path, note);
  }

  /** Keeps the vault from growing. */
  thin(): void {
    const paths = [...this.notes.keys()];
    for (let i = paths.length; i > 120 && i > paths.length - 5; i--) this.#remove(paths[i - 1]!);
  }

  /** Documents that an ingest would add, change or remove. */
  drift(before: ReadonlyMap<string, Note>): number {
    const paths = new Set([...before.keys(), ...this.notes.keys()]);
    return [...paths].filter((path) => before.get(path) !== this.notes.get(path)).length;
  }

  having(word: string): string[] {
    return [...this.notes]
      .filter(([, { words }]) => words.includes(word))
      .map(([path]) => path)
      .sort();
  }

  #remove(path: string): void {
    rmSync(this.folder.join(path));
    this.notes.delete(path);
  }

  #linksAfterMove(from: string, to: string, { links }: Note): string[] {
    // Only links of a note that stays as deep lead where they did.
    return from.split("/").length === to.split("/").length ? [...links] : [];
  }

  #moveFolder(): void {
    const from = "a/b";
    if (!existsSync(this.folder.join(from))) return;
    const to = `moved${this.#made++}/b`;
    mkdirSync(dirname(this.folder.join(to)), { recursive: true });
    renameSync(this.folder.join(from), this.folder.join(to));
    for (const [path, note] of [...this.notes]) {
      if (!path.startsWith(`${from}/`)) continue;
      this.notes.delete(path);
      this.notes.set(`${to}${path.slice(from.length)}`, note);
    }
  }

  #newPath(): string {
    return `${this.random.pick(FOLDERS)}note${this.#made++}.md`;
  }

  #newNote(): Note {
    const { random } = this;
    const words = Array.from({ length: random.between(1, 4) }, () => random.pick(WORDS));
    const known = [...this.notes.keys()];
    const links = known.length > 0 && random.oneIn(2) ? [random.pick(known)] : [];
    return {
      words,
      links,
      extra: random.oneIn(3) ? `\n${"Filler of a line. ".repeat(random.between(1, 40))}\n` : "",
    };
  }
}

interface Answers {
  readonly search: (word: string) => Promise<readonly { readonly id: string; readonly snippet: string }[]>;
  readonly read: (id: string) => Promise<string | undefined>;
  readonly outgoing: (id: string) => Promise<string[]>;
}

/** As a command does: a new connection and a new guard for each question. */
async function commandAnswers(root: string): Promise<Answers> {
  const project = await loadProject({ root, cwd: root });
  const openEmbedder = async () =>
    createEmbedder({
      model: MODEL,
      cachePath: project.paths.vectorCache,
      modelsDirectory: project.paths.models,
      onWarning: () => {},
    });
  const asked = async <T>(ask: (graph: FreshGraph) => Promise<T>): Promise<T> => {
    using reader = new GraphReader(project);
    const use = <V>(work: (reader: GraphReader) => V): V => work(reader);
    const guard = new FreshnessGuard({ project, refresh: true, use, openEmbedder, budgetMs: 10_000 });
    return await ask({ guard, use });
  };
  const embed = () => Promise.reject(new Error("a search by words asked for a model"));
  return {
    search: async (query) =>
      (await asked((graph) => searchDocuments(project, graph, embed, { query, mode: "lexical", limit: 500 })))
        .results,
    read: async (wanted) =>
      asked((graph) => readDocumentNow(project, graph, { wanted })).then(
        ({ text }) => text,
        (error: unknown) => {
          if (error instanceof AmalfaError && error.code === "document.unknown") return undefined;
          throw error;
        },
      ),
    outgoing: async (wanted) =>
      (await asked((graph) => exploreDocument(project, graph, { wanted }))).outgoing.map(({ id }) => id),
  };
}

function mcpAnswers(client: McpClient): Answers {
  return {
    search: async (query) => {
      const { body } = await client.call("search_documents", { query, mode: "lexical", limit: 500 });
      return body.results as { id: string; snippet: string }[];
    },
    read: async (id) => {
      const { body, isError } = await client.call("read_node_content", { id });
      return isError && body.code === "document.unknown" ? undefined : (body.text as string);
    },
    outgoing: async (id) => {
      const { body } = await client.call("explore_links", { id });
      return (body.outgoing as { id: string }[]).map((each) => each.id);
    },
  };
}

test(`I13 ${STEPS} random changes, each followed by a question, give no stale and no missed answer`, async () => {
  const random = seeded(SEED);
  const vault = new Vault(random);
  using folder = vault.folder;
  await init(folder);
  await using client = await McpClient.connect(folder.path);
  const answers = [await commandAnswers(folder.path), mcpAnswers(client)] as const;
  let last: string | undefined;
  let seen: ReadonlyMap<string, Note> = new Map(vault.notes);
  for (let step = 0; step < STEPS; step++) {
    const changes = Array.from({ length: random.between(1, 2) }, () => vault.change());
    vault.thin();
    const by = random.between(0, 1);
    const ask = answers[by]!;
    const where = `step ${step} of seed ${SEED}, ${by === 0 ? "command" : "MCP"}, after ${changes.join(" and ")}`;
    const kind = random.between(1, 4);
    const path = random.pick([...vault.notes.keys()]);
    if (vault.drift(seen) > MOST_DOCUMENTS) {
      // Too much to be brought in first: the answer says so, may miss something, and shows nothing that is not there.
      const word = random.pick(WORDS);
      const shown = (await ask.search(word)).map(({ id }) => id);
      const having = vault.having(word);
      expect({ where, stale: shown.filter((id) => !having.includes(id)) }).toEqual({ where, stale: [] });
      await init(folder);
      seen = new Map(vault.notes);
      continue;
    }
    seen = new Map(vault.notes);
    if (kind <= 2) {
      const word = random.pick(WORDS);
      const found = await ask.search(word);
      expect({ where, found: found.map(({ id }) => id).sort() }).toEqual({
        where,
        found: vault.having(word),
      });
    } else if (kind === 3) {
      const text = await Bun.file(folder.join(path)).text();
      expect({ where, text: (await ask.read(path))?.trimEnd() }).toEqual({ where, text: text.trimEnd() });
      if (last !== undefined && !vault.notes.has(last))
        expect({ where, gone: await ask.read(last) }).toEqual({ where, gone: undefined });
    } else {
      const { links } = vault.notes.get(path)!;
      const wanted = links.filter((target) => vault.notes.has(target) && target !== path).sort();
      expect({ where, links: (await ask.outgoing(path)).sort() }).toEqual({ where, links: wanted });
    }
    last = path;
  }
});
