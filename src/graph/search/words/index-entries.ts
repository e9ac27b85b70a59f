/** What of a query stands in the index, how often, and in which chunks. */
import type { Database } from "bun:sqlite";
import { hasFieldsAndTerms } from "../../schema.ts";
import { literalOf, type Sought } from "../query/index.ts";
import { estimateOf, largestId } from "./common-words.ts";
import type { Looked } from "./to-the-letter.ts";

/**
 * Index entries that one query may visit. BM25 takes about a microsecond for each, and more of them find nothing
 * better: docs/performance.md.
 */
export const ENTRY_BUDGET = 10_000;

export interface CountedForm {
  readonly form: string;
  /** In how many chunks it occurs; of many only those are counted that one query may visit, and one more. */
  readonly n: number;
}

/** Chunks of a phrase in quotes that are read, to see whether they have its very words. */
const READ = 64;

/** Chunks of a term whose documents are counted. */
const FEW = 16;

/** Chunks of a term that are noted. */
const NOTED = 200;

interface Seen {
  readonly n: number;
  readonly chunks: readonly number[] | undefined;
}

export class IndexEntries {
  readonly #noted;
  readonly #counted;
  readonly #documents;
  readonly #last;
  readonly #known = new Map<string, Seen>();
  readonly #estimates = new Map<string, number>();
  readonly largestId: number;
  readonly #texts;
  readonly #first;
  readonly #hasTerms: boolean;

  constructor(db: Database) {
    this.#hasTerms = hasFieldsAndTerms(db);
    this.#noted = db.query("SELECT rowid FROM search_index WHERE search_index MATCH ?");
    this.#documents = db.query<{ n: number }, [string]>(
      "SELECT count(DISTINCT c.node) AS n FROM json_each(?) j CROSS JOIN chunks c ON c.id = j.value",
    );
    // Stops at the first ones: a word that many documents have is told by few of its entries.
    this.#first = db.query(
      `SELECT DISTINCT c.node FROM (SELECT rowid AS id FROM search_index WHERE search_index MATCH ?) j
         CROSS JOIN chunks c ON c.id = j.id LIMIT ${FEW + 1}`,
    );
    this.#texts = db.query(
      `SELECT p.id, p.path || char(10) || p.title || char(10) || p.heading || char(10) || p.text
       FROM json_each(?) j CROSS JOIN passages p ON p.id = j.value`,
    );
    this.#counted = db.query<{ n: number }, [string]>(
      `SELECT count(*) AS n
       FROM (SELECT 1 FROM search_index WHERE search_index MATCH ? LIMIT ${ENTRY_BUDGET + 1})`,
    );
    this.#last = db.query<{ last: number }, [string]>(
      `SELECT rowid AS last FROM search_index WHERE search_index MATCH ? ORDER BY rowid LIMIT 1 OFFSET ${ENTRY_BUDGET}`,
    );
    this.largestId = largestId(db);
  }

  /** Which forms of what is sought occur, and in which chunks. */
  find(sought: Sought): {
    forms: CountedForm[];
    n: number;
    chunks: ReadonlySet<number> | undefined;
    found: Looked["found"];
  } {
    const steps = sought.whole.map((step) => this.#count(step));
    const whole = steps.find((step) => step.length > 0) ?? [];
    const inText = this.#hasTerms ? [] : [`"${sought.text.replaceAll('"', " ")}"`];
    const alike = this.#count([...sought.forms, ...inText]);
    const exact = whole.length > 0 ? whole : alike;
    const others = this.#count(sought.others ?? []);
    const itself = exact.length > 0 ? exact : others;
    const forms = itself.length > 0 ? itself : this.#count(sought.instead);
    const all = new Set<number>();
    let isWhole = true;
    let n = 0;
    for (const { form } of [...forms, ...(exact.length > 0 && exact !== whole ? others : [])]) {
      const { chunks } = this.#look(form);
      n = Math.max(n, this.#look(form).n);
      if (chunks === undefined) isWhole = false;
      else for (const chunk of chunks) all.add(chunk);
    }
    if (sought.literal !== undefined && isWhole) this.#keepLiteral(all, sought.literal);
    const apart = forms.length > 0 ? [] : this.#count(sought.apart ?? []);
    const parts = [...this.#count(sought.parts), ...apart];
    const beside = [...(exact === whole ? [...steps.flat(), ...alike] : []), ...parts];
    if (forms.length === 0) n = beside.reduce((most, each) => Math.max(most, each.n), 0);
    const isAsWritten = itself.length > 0 && (exact === whole || sought.whole.flat().length === 0);
    const found = isAsWritten ? "exactly" : forms.length > 0 ? "alike" : undefined;
    return {
      forms: [...forms, ...beside],
      n: Math.max(n, all.size, 1),
      chunks: isWhole ? all : undefined,
      found: found ?? (beside.length > 0 ? "parts" : "nowhere"),
    };
  }

  /** How often a word occurs, if it has been looked for. */
  counted(form: string): number | undefined {
    return this.#known.get(form)?.n;
  }

  /** About how often it occurs, where more are there than were counted. Takes as long as counting them. */
  estimate(form: string): number {
    const { n } = this.#look(form);
    if (n <= ENTRY_BUDGET) return n;
    let known = this.#estimates.get(form);
    if (known === undefined) {
      known = estimateOf({ n, last: this.#last.get(form)?.last ?? 0 }, this.largestId);
      this.#estimates.set(form, known);
    }
    return known;
  }

  /** The chunks that have it; undefined where they are too many to note. */
  chunksOf(form: string): readonly number[] | undefined {
    return this.#look(form).chunks;
  }

  /** Whether what has been looked for has only been found by the stems of languages. */
  isByStem({ forms }: Sought): boolean {
    const stems = forms.filter((form) => form.startsWith("{terms}"));
    return stems.length > 0 && forms.every((form) => stems.includes(form) || this.counted(form) === 0);
  }

  /** In how many documents a few chunks stand. */
  documents(chunks: ReadonlySet<number> | undefined): number | undefined {
    if (chunks === undefined || chunks.size > FEW) return undefined;
    return Math.max(1, this.#documents.get(JSON.stringify([...chunks]))?.n ?? 1);
  }

  /** How many documents have it and in which chunks, where they are few, however many chunks those are. */
  inFewDocuments(
    forms: readonly CountedForm[],
  ): { readonly documents: number; readonly chunks: ReadonlySet<number> } | undefined {
    if (forms.some(({ n }) => n > ENTRY_BUDGET)) return undefined;
    const expression = forms.map(({ form }) => `(${form})`).join(" OR ");
    const documents = this.#first.values(expression).length;
    if (documents > FEW) return undefined;
    return { documents, chunks: new Set(this.#noted.values(expression).map(([chunk]) => chunk as number)) };
  }

  /** Those of some chunks that have a word as it is written, and not only another form of it. */
  havingWord(chunks: ReadonlySet<number>, word: string): ReadonlySet<number> {
    const literal = literalOf(word);
    const rows = this.#texts.values(JSON.stringify([...chunks])) as [number, string][];
    return new Set(rows.filter(([, text]) => literalOf(text).includes(literal)).map(([id]) => id));
  }

  /** Leaves those that have the words as they are written, if some have. */
  #keepLiteral(chunks: Set<number>, literal: string): void {
    if (chunks.size === 0 || chunks.size > READ) return;
    const rows = this.#texts.values(JSON.stringify([...chunks])) as [number, string][];
    const exact = rows.filter(([, text]) => literalOf(text).includes(literal)).map(([id]) => id);
    if (exact.length === 0) return;
    chunks.clear();
    for (const id of exact) chunks.add(id);
  }

  #count(forms: readonly string[]): CountedForm[] {
    const known = this.#hasTerms ? forms : forms.filter((form) => !form.startsWith("{terms}"));
    return known.map((form) => ({ form, n: this.#look(form).n })).filter(({ n }) => n > 0);
  }

  #look(form: string): Seen {
    let known = this.#known.get(form);
    if (known === undefined) {
      const n = this.#counted.get(form)?.n ?? 0;
      const isRare = n > 0 && n <= NOTED;
      const noted = isRare ? this.#noted.values(form).map(([chunk]) => chunk as number) : undefined;
      known = { n, chunks: n === 0 ? [] : noted };
      this.#known.set(form, known);
    }
    return known;
  }
}
