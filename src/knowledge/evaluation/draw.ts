/** The questions of an evaluation: drawn from the vault, or read from a file. */
import type { Database } from "bun:sqlite";
import { findDocumentId, storedText, storedTexts } from "../../graph/index.ts";
import { parsedAs } from "../../ingest/code/index.ts";
import { storedLinkRoots } from "../../ingest/discovery/index.ts";
import { createLinkResolver, loadParser, type RawLink } from "../../ingest/markdown/index.ts";
import { answerFresh, type Told, textNow } from "../freshness/index.ts";
import type { JudgedGraph } from "./judge.ts";
import type { Clue, NamedDocument } from "./own-questions.ts";
import { type LeftOut, questionsFrom, sampled } from "./own-questions.ts";
import type { Question } from "./question.ts";
import { questionsOf } from "./questions-file.ts";

/* What a vault says of its documents: in links, headings and other names. */

function namedDocuments(db: Database): NamedDocument[] {
  const rows = db.query("SELECT id, title, aliases FROM nodes ORDER BY id").values() as unknown[][];
  return rows.map(([id, title, aliases]) => {
    const known = storedText(id, "a document");
    return { id: known, title: storedText(title, known), aliases: storedTexts(aliases, known) };
  });
}

/** What the documents' files and their names say, in the order of the documents. */
interface Clues {
  readonly clues: readonly Clue[];
  /** Documents whose files could not be read. */
  readonly unreadable: readonly string[];
}

/** Loads the markdown parser, and answers what reads the documents of a graph with it. */
async function loadClues(): Promise<
  (root: string, db: Database, documents: readonly NamedDocument[]) => Clues
> {
  const { parseDocument } = await loadParser();
  return (root, db, documents) => {
    const clues: Clue[] = [];
    const unreadable: string[] = [];
    const leadsTo = linkReader(db, documents);
    for (const { id, aliases } of documents) {
      for (const text of aliases) clues.push({ kind: "alias", text, document: id });
      const written = textNow(root, id);
      if (written === undefined) {
        unreadable.push(id);
        continue;
      }
      const { links, headings } = parsedAs(id, written, (text) => parseDocument(text, "with texts"));
      for (const { text } of headings) clues.push({ kind: "heading", text, document: id });
      const lead = leadsTo(id);
      for (const link of links) {
        const document = lead(link);
        const { text } = link;
        if (text !== undefined && document !== undefined)
          clues.push({ kind: "link", text, document, source: id });
      }
    }
    return { clues, unreadable };
  };
}

/**
 * Where the links of a document lead. Only what the graph knows as an edge counts: a file that has changed since says
 * nothing that is not in the graph.
 */
function linkReader(
  db: Database,
  documents: readonly NamedDocument[],
): (source: string) => (link: RawLink) => string | undefined {
  const resolve = createLinkResolver(documents, storedLinkRoots(db));
  const targetsOf = db.query("SELECT DISTINCT target FROM edges WHERE source = ?");
  return (source) => {
    const targets = new Set(targetsOf.values(source).flat());
    return ({ type, target, anchor }) => {
      const outcome = targets.size === 0 ? undefined : resolve(source, { type, target, anchor });
      return outcome?.kind === "resolved" && targets.has(outcome.id) ? outcome.id : undefined;
    };
  };
}

export interface DrawnQuestions {
  readonly chosen: readonly Question[];
  /** Those there were to choose from. */
  readonly available: number;
  readonly leftOut: LeftOut;
  /** Documents whose files could not be read. */
  readonly unreadable: readonly string[];
  readonly told: Told;
}

export interface DrawRequest {
  readonly questions?: string | undefined;
  readonly queries?: number | undefined;
}

const USUAL_QUESTIONS = 200;

/** Brings the graph up to date first, as far as that is quick. Throws `eval.questions`. */
export async function drawQuestions(
  { project, graph }: JudgedGraph,
  { questions: file, queries }: DrawRequest,
  seed: number,
): Promise<DrawnQuestions> {
  const nothing = { changed: [], removed: [] };
  const told = await answerFresh(graph, () => ({ value: {}, stale: nothing }));
  if (file !== undefined) {
    const asked = graph.use(({ db }) => questionsOf(file, documentFinder(db)));
    return {
      chosen: queries === undefined ? asked : sampled(asked, queries, seed),
      available: asked.length,
      leftOut: { names: 0, ambiguous: 0, wordless: 0 },
      unreadable: [],
      told,
    };
  }
  const cluesOf = await loadClues();
  const { own, unreadable } = graph.use(({ db }) => {
    const documents = namedDocuments(db);
    const { clues, unreadable } = cluesOf(project.root, db, documents);
    return { own: questionsFrom(documents, clues), unreadable };
  });
  const chosen = sampled(own.questions, queries ?? USUAL_QUESTIONS, seed);
  return { chosen, available: own.questions.length, leftOut: own.leftOut, unreadable, told };
}

/** The same names come again and again. */
function documentFinder(db: Database): (wanted: string) => string {
  const known = new Map<string, string>();
  return (wanted) => {
    const id = known.get(wanted) ?? findDocumentId(db, wanted);
    known.set(wanted, id);
    return id;
  };
}
