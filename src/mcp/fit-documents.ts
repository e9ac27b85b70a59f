/**
 * Several documents in as many tokens as there are for them: small ones whole first, then the beginnings of others.
 *
 * Front matter comes after all text. A beginning that holds nothing but headings answers nothing and is not shown.
 */
import type { CountTokens, DocumentText } from "../knowledge/index.ts";

/** Lines of one of the documents that were asked for. */
export interface Excerpt {
  readonly document: DocumentText;
  readonly lines: readonly [number, number];
  readonly text: string;
}

export interface FittedDocuments {
  /** In the order of the question. */
  readonly shown: readonly Excerpt[];
  /** What is not shown: text in the order of the question, then front matter. */
  readonly left: readonly Excerpt[];
}

export interface FitDocumentsOptions {
  /** Tokens for all that is shown and named. */
  readonly room: number;
  /** What an answer costs more that shows this. */
  readonly costOf: (excerpt: Excerpt) => number;
  /** What an answer costs more that names this as left out. */
  readonly costOfName: (excerpt: Excerpt) => number;
  /** What a line costs. */
  readonly count: CountTokens;
}

/** A beginning of fewer tokens than this is worth less than a longer one of another document. */
const LEAST_BEGINNING = 200;

/** What is kept for the names of what is left out, as a share of the room. */
const FOR_NAMES = 0.15;

export function fitDocuments(
  documents: readonly DocumentText[],
  { room, costOf, costOfName, count }: FitDocumentsOptions,
): FittedDocuments {
  const all = documents.map((document) => new Shown(document));
  const spent = (): number => sum(all.flatMap((each) => each.excerpt() ?? []).map(costOf));
  const names = (): number =>
    sum(all.flatMap((each) => [...each.leftText(), ...each.leftFront()]).map(costOfName));
  const result = (): FittedDocuments => ({
    shown: all.flatMap((each) => each.excerpt() ?? []),
    left: [...all.flatMap((each) => each.leftText()), ...all.flatMap((each) => each.leftFront())],
  });
  if (sum(all.map((each) => costOf(each.whole()))) <= room) {
    for (const each of all) each.show(0, each.end);
    return result();
  }
  // Most names may have to go for a text: what it says is worth more than what another one would cost.
  const kept = Math.min(names(), Math.floor(room * FOR_NAMES));
  let left = room;
  const bodies = all.map((each) => ({ each, cost: costOf(each.part(each.front, each.end)) }));
  for (const { each, cost } of bodies.sort((a, b) => a.cost - b.cost)) {
    if (cost > (left === room ? left : left - kept)) break;
    each.show(each.front, each.end);
    left -= cost;
  }
  const rest = all.filter((each) => each.excerpt() === undefined);
  const free = spent() === 0 ? room - Math.min(names(), room / 2) : room - spent() - names();
  let places = Math.max(1, Math.min(rest.length, Math.floor(free / LEAST_BEGINNING)));
  left = free;
  for (const each of rest) {
    if (places === 0) break;
    const cost = showBeginning(each, Math.floor(left / places), { costOf, costOfName, count });
    if (cost === 0) continue;
    left -= cost;
    places--;
  }
  for (const { each } of bodies) {
    const before = each.excerpt();
    if (before === undefined || each.front === 0) continue;
    const to = each.to;
    each.show(0, to);
    if (spent() + names() > room) each.show(each.front, to);
  }
  return result();
}

/** @returns what it costs, 0 where nothing that is worth it fits */
function showBeginning(
  each: Shown,
  share: number,
  { costOf, costOfName, count }: Pick<FitDocumentsOptions, "costOf" | "costOfName" | "count">,
): number {
  const { front } = each;
  const frontName = front === 0 ? 0 : costOfName(each.part(0, front));
  const most = share - frontName;
  let to = front;
  for (let left = most - costOf(each.part(front, front)); to < each.end; to++) {
    left -= count(each.rows[to] ?? "");
    if (left < 0) break;
  }
  // Lines together may cost a little more than one by one.
  while (to > front && costOf(each.part(front, to)) > most) to--;
  if (!each.rows.slice(front, to).some((row) => row.trim() !== "" && !/^\s{0,3}#{1,6}\s/.test(row))) return 0;
  each.show(front, to);
  return costOf(each.part(front, to)) + frontName;
}

/** How much of a document is shown, by the places of its lines in what was asked for. */
class Shown {
  readonly document: DocumentText;
  readonly rows: readonly string[];
  /** Lines of front matter, with the empty ones behind it; none where there is nothing else. */
  readonly front: number;
  #from = 0;
  #to = 0;

  constructor(document: DocumentText) {
    this.document = document;
    this.rows = document.text.split("\n");
    this.front = document.lines[0] === 1 ? frontMatterRows(this.rows) : 0;
  }

  get end(): number {
    return this.rows.length;
  }

  get to(): number {
    return this.#to;
  }

  show(from: number, to: number): void {
    this.#from = from;
    this.#to = to;
  }

  whole(): Excerpt {
    const { document } = this;
    return { document, lines: document.lines, text: document.text };
  }

  part(from: number, to: number): Excerpt {
    if (from === 0 && to === this.end) return this.whole();
    const [first] = this.document.lines;
    const text = this.rows.slice(from, to).join("\n");
    return { document: this.document, lines: [first + from, first + to - 1], text };
  }

  excerpt(): Excerpt | undefined {
    return this.#to > this.#from ? this.part(this.#from, this.#to) : undefined;
  }

  leftText(): Excerpt[] {
    if (this.#to === 0) return [this.whole()];
    return this.#to === this.end ? [] : [this.part(this.#to, this.end)];
  }

  leftFront(): Excerpt[] {
    return this.#from === 0 ? [] : [this.part(0, this.#from)];
  }
}

function frontMatterRows(rows: readonly string[]): number {
  const mark = rows[0]?.trimEnd();
  if (mark !== "---" && mark !== "+++") return 0;
  let end = rows.findIndex((row, at) => at > 0 && row.trimEnd() === mark) + 1;
  if (end === 0) return 0;
  while (end < rows.length && rows[end]?.trim() === "") end++;
  return end === rows.length ? 0 : end;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
