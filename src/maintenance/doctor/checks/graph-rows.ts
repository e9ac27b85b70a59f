/**
 * `graph.rows`: every row is what was written, by the digests that were written with it (I15).
 *
 * Looked at are `meta`, the number of rows of every table, the packs of sign bits, and the rows of a seventh of the
 * documents, another one each day. With `--deep` it is every row, every sign bit against its vector, and every
 * document whose file is unchanged against what the file says.
 */
import type { Database } from "bun:sqlite";
import { packsUnlikeVectors } from "../../../graph/index.ts";
import {
  countFaults,
  type DocumentFault,
  documentFaults,
  metaFault,
  type ProvedColumn,
  packFaults,
  proofFaults,
  sampleOf,
} from "../../../graph/proof/index.ts";
import { readTransaction } from "../../../sqlite/index.ts";
import { clauseOf } from "../../../system/index.ts";
import { type Check, type CheckOutcome, counted, type Finding, outcomeOf, withGraph } from "../check.ts";
import { type CheckContext, troubleOf } from "../context.ts";
import { THRESHOLDS } from "../thresholds.ts";

export const graphRows: Check = {
  id: "graph.rows",
  async run(context): Promise<CheckOutcome> {
    return withGraph(context, async (db) => {
      const proved = readable(() => readTransaction(db, () => provedRows(db, context.deep)));
      // Against files only once the rows are those that an ingest wrote: every one of them would be named a second
      // time.
      const compared =
        context.deep && proved.findings.length === 0
          ? await comparison(context, db)
          : { findings: [], said: "" };
      return outcomeOf([...proved.findings, ...compared.findings], `${proved.said}${compared.said}`);
    });
  },
};

/** Pages that SQLite cannot make sense of hold rows that nobody can prove. */
function readable(look: () => Looked): Looked {
  try {
    return look();
  } catch (error) {
    if (troubleOf(error).trouble !== "damaged") throw error;
    return { findings: [fault(`Rows cannot be read: ${clauseOf(error)}.`, ROWS, "rows")], said: "" };
  }
}

interface Looked {
  readonly findings: readonly Finding[];
  /** What was looked at, for when nothing is wrong. */
  readonly said: string;
}

function provedRows(db: Database, deep: boolean): Looked {
  const meta = metaFault(db);
  // Whatever else is there to go by lies in `meta`.
  if (meta !== undefined) return { findings: [fault(`${capital(meta)}.`, META, "meta")], said: "" };
  // The proofs of all documents together take as long as reading a seventh of their rows.
  const whole = [...new Set([...(deep ? proofFaults(db) : []), ...countFaults(db)])].map((text) =>
    fault(`${capital(text)}.`, ROWS, text),
  );
  const sample = deep ? undefined : sampleOf(db, Date.now());
  const documents = listed(documentFaults(db, sample));
  const bits = [...packFaults(db), ...(deep ? unlikeVectors(db) : [])];
  const packs = bits.map((text) => fault(`${capital(text)}.`, BITS, text));
  const said =
    sample === undefined
      ? "all rows are what was written"
      : counted(
          sample.length,
          "1 document was looked at, a seventh of all each day, and is",
          "documents were looked at, a seventh of all each day, and are",
        );
  return {
    findings: [...whole, ...documents, ...packs],
    said: sample === undefined ? said : `${said} what was written`,
  };
}

const META =
  "Searches may say that there is no graph, take its vectors for " +
  "another model's, or answer from what they remember of an older one.";
const ROWS = "Searches and `explore` may lack documents, passages or links, or have some that no file has.";
const BITS = "Searches by meaning fail or miss passages; `search --mode lexical` works meanwhile.";

/** What damage of the rows that a column proves does to answers. */
const EFFECTS: Readonly<Record<ProvedColumn, { readonly what: string; readonly why: string }>> = {
  document: {
    what: "its title, tags or aliases",
    why:
      "Results may show or match a title, tags or aliases that the file does not have. " +
      "An ingest may take the file for unchanged.",
  },
  fields: {
    what: "the fields of its front matter",
    why: "Searches with filters may show it or leave it out by mistake.",
  },
  chunks: {
    what: "its passages",
    why: "Searches may miss it, find it by words that it does not have, or show a wrong text, heading or lines.",
  },
  terms: {
    what: "the terms of its passages",
    why: "Searches may miss its identifiers, numbers and names, or find it by those of others.",
  },
  links: {
    what: "its links as written",
    why: "The next ingest may make wrong edges from them.",
  },
  edges: { what: "its edges", why: "`explore` may show links that the file does not have, or lack some." },
  unresolved: {
    what: "its unresolved links",
    why: "`explore` and `validate` may name broken links that the file does not have, or lack some.",
  },
  vectors: { what: "its vectors", why: "Searches by meaning may rank it wrongly or miss it." },
  pending: {
    what: "its passages that wait for a vector",
    why: "Searches by meaning may never find them, or count them as missing although their vectors are there.",
  },
};

function listed(faults: readonly DocumentFault[]): Finding[] {
  const shown = faults.slice(0, THRESHOLDS.listedFindings).map(documentFinding);
  const more = faults.length - shown.length;
  if (more === 0) return shown;
  return [
    ...shown,
    fault(
      `${counted(more, "1 more document has rows", "more documents have rows")} that are not what was written.`,
      ROWS,
      `${more} more`,
    ),
  ];
}

function documentFinding({ document, columns, kind }: DocumentFault): Finding {
  if (kind === "gone") return fault(`Every row of ${document} is lost.`, "No search finds it.", document);
  if (kind === "unknown") {
    const why = "Answers may name it, although amalfa never wrote such a document.";
    return fault(
      `There are rows of ${document}, a document that was never written to the graph.`,
      why,
      document,
    );
  }
  const { what, why } = effectOf(columns);
  return fault(`Of ${document}, ${what} are not what was written.`, why, document);
}

function effectOf(columns: readonly ProvedColumn[]): { readonly what: string; readonly why: string } {
  const effects = columns.map((column) => EFFECTS[column]);
  return { what: effects.map(({ what }) => what).join(", "), why: effects.map(({ why }) => why).join(" ") };
}

function unlikeVectors(db: Database): string[] {
  const packs = packsUnlikeVectors(db);
  return packs.length === 0
    ? []
    : [`pack ${packs.join(", ")} of the scan index has other sign bits than its vectors`];
}

async function comparison(context: CheckContext, db: Database): Promise<Looked> {
  const { compareWithFiles } = await import("../compare-with-files.ts");
  const { compared, differing, left } = await compareWithFiles(context, db);
  const findings = differing.slice(0, THRESHOLDS.listedFindings).map(({ document, columns }) => {
    const { what, why } = effectOf(columns);
    return fault(`Of ${document}, ${what} are not what its file says, which is unchanged.`, why, document);
  });
  const more = differing.length - findings.length;
  if (more > 0)
    findings.push(
      fault(
        counted(
          more,
          "1 more document is not what its file says.",
          "more documents are not what their files say.",
        ),
        ROWS,
        `${more} more`,
      ),
    );
  const unread =
    left === 0 ? "" : `, ${counted(left, "1 more was", "more were")} not compared for lack of time`;
  return { findings, said: `, and ${compared} documents what their files say${unread}` };
}

function fault(message: string, why: string, subject: string): Finding {
  return { severity: "error", message, why, subject, commands: ["amalfa rebuild"] };
}

function capital(clause: string): string {
  return clause.charAt(0).toUpperCase() + clause.slice(1);
}
