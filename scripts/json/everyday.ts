/** The `--json` documents of commands that read, search and describe. */
import { z } from "zod";
import * as part from "./parts.ts";
import { document } from "./parts.ts";

const passage = {
  heading: part.text('the headings above the passage, joined with " > "'),
  lines: part.lines("where the passage stands, counted from 1"),
};
const shownChunkFields = {
  ...passage,
  snippet: part.text(
    "the part of it that fits the query, on one line; items and rows begin with `•`, tasks with `☐` or `☑`",
  ),
};

export const search = document({
  ok: part.ok,
  query: part.text("what was asked for"),
  mode: z.enum(["hybrid", "lexical", "semantic"]).describe("how it was searched"),
  results: z
    .array(
      document({
        project: part.text("with `--all-projects`: the name of the project that has it").optional(),
        id: part.id,
        title: part.title,
        score: z
          .number()
          .describe(
            "compares the results of one search. From 0 to 1 in hybrid mode, the cosine in semantic mode, " +
              "BM25 and more for rare words in lexical mode",
          ),
        confidence: part.share("how sure it is that this is what was asked for"),
        cosine: z
          .number()
          .nullable()
          .describe(
            "how near its nearest passage is in meaning, from -1 to 1; null where that was not compared",
          ),
        ...shownChunkFields,
        passages: z
          .array(document(shownChunkFields))
          .describe("up to three further passages, the best first"),
        explain: document({
          words: z.number().nullable().describe("BM25 of its best passage; null where words played no part"),
          meaning: z.number().nullable().describe("cosine of its nearest passage, as `cosine`"),
          exactness: part.share("what it has of the rare things that were asked for"),
          matched: part.names("what of the query stands in it; common words are left out"),
          passage: document(passage).describe("the passage that is shown"),
        })
          .optional()
          .describe("with `--explain`: why the result is where it is"),
        translations: z
          .array(document({ id: part.id, language: part.text("ISO 639-1 code") }))
          .optional()
          .describe("the same page in other languages, where it was found in them too"),
        sameFile: part.names("documents that are the same file: links to it").optional(),
        conflictCopyOf: part.id
          .optional()
          .describe("the document that this is a sync tool's copy of, in conflict with it"),
        supersededBy: part.id
          .optional()
          .describe(
            "the document that holds in its place: its front matter says so, or it is an old version of it",
          ),
        lacks: part
          .names(
            "identifiers, numbers and quotations of the query that no document has, or all of its words, where they are few",
          )
          .optional(),
      }),
    )
    .describe("the documents found, the best first"),
  didYouMean: z
    .array(
      document({
        word: part.text("the word, as it is asked for"),
        near: part.names("words of the notes that are nearly the same; they were looked for as well"),
      }),
    )
    .optional()
    .describe("words of the query that no document has, where the notes have words that are nearly the same"),
  excluded: part
    .names("words of the query with a minus before them, where documents were left out for it")
    .optional(),
  letThrough: part
    .count("where nothing was found and filters were given: how many documents they leave to be searched")
    .optional(),
  filterNote: part.text("where `letThrough` is 0: which filters no document fits").optional(),
  projects: z
    .array(document({ name: part.text("its name"), root: part.projectRoot, ...part.answer }))
    .optional()
    .describe("with `--all-projects`: the projects that were searched"),
  failed: z
    .array(
      document({
        name: part.text("its name"),
        root: part.projectRoot,
        error: document({
          code: part.text("the error's code"),
          message: part.text("what happened"),
        }).describe("why it could not be searched"),
      }),
    )
    .optional()
    .describe("with `--all-projects`: the projects that could not be searched"),
  ...part.answer,
  durationMs: part.durationMs,
});

export const read = document({
  ok: part.ok,
  id: part.id,
  title: part.title,
  tags: part.names("tags of the document"),
  path: part.text("absolute path of the file"),
  lines: part.lines("the lines of `text`, counted from 1; [0, 0] for an empty document"),
  totalLines: part.count("lines of the whole document"),
  text: part.text("the text of these lines"),
  etag: part.text("names the content of the file: another one when any byte of it changes"),
  ...part.answer,
});

const linked = z.array(
  document({ id: part.id, title: part.title, type: part.text("the type of the link, such as `wikilink`") }),
);

export const explore = document({
  ok: part.ok,
  id: part.id,
  title: part.title,
  relation: z
    .string()
    .optional()
    .describe("the only type of links that was asked for; missing when all were"),
  types: z
    .array(z.string())
    .optional()
    .describe("where there are no links of that type: the types that there are"),
  lines: part
    .lines("where a heading stands behind the id: its section, which the links stand in or lead to")
    .optional(),
  outgoing: linked.describe("documents that it links to"),
  incoming: linked.describe("documents that link to it"),
  unresolved: z
    .array(
      document({
        target: part.text("what the link says"),
        type: part.text("the type of the link"),
        line: part.count("where it stands, counted from 1"),
      }),
    )
    .describe("links of it that lead to no document"),
  ...part.answer,
});

export const listSources = document({
  ok: part.ok,
  root: part.projectRoot,
  settingsFile: z.string().nullable().describe("absolute path of the settings; null where there are none"),
  sources: z
    .array(
      document({
        source: part.text("the source as the settings have it"),
        kind: z.enum(["file", "folder", "glob"]).describe("what it is"),
        exists: part.yes("whether it is there; of a glob, the folder that it begins with"),
        documents: part.count("documents in it; one that is in two sources counts in both"),
        failed: part.count("documents of it that an ingest could not bring in"),
      }),
    )
    .describe("where documents come from"),
  failed: part.failedDocuments("what could not be looked at or brought in"),
});

export const stats = document({
  ok: part.ok,
  root: part.projectRoot,
  database: document({
    path: part.text("absolute path of the graph's database"),
    bytes: part.bytes("its size"),
    walBytes: part.bytes("size of its write-ahead log"),
  }).describe("the graph's file"),
  nodes: part.count("documents in the graph"),
  chunks: part.count("passages"),
  edges: part.count("links between documents"),
  unresolvedLinks: part.count("links that lead to no document"),
  model: z
    .string()
    .nullable()
    .describe("id of the model that made the vectors; null before the first ingest"),
  lastIngest: z.string().nullable().describe("when the graph was last written, ISO 8601; null before that"),
  drift: document({
    added: part.count("documents that an ingest would add"),
    changed: part.count("documents that it would bring up to date"),
    removed: part.count("documents that it would remove"),
    failed: part.failedDocuments("files that an ingest cannot help, because they cannot be read or decoded"),
    frontMatter: part.unreadFrontMatter(
      "faults in the front matter of documents in the graph; the rest of each is there",
    ),
    refusal: z
      .string()
      .nullable()
      .describe("why an ingest would refuse to run, a clause; null where it would run"),
  }).describe("how the files differ from the graph"),
  pending: part.waitingVectors,
  cache: document({
    entries: part.count("vectors in the cache"),
    bytes: part.bytes("their size"),
    maxBytes: part.bytes("how large the cache may become"),
  }).describe("the vector cache"),
});

const gapEnd = document({ id: part.id, title: part.title });

export const findGaps = document({
  ok: part.ok,
  threshold: part.share("the least similarity that was asked for"),
  documents: part.count("documents that were compared: those with text"),
  gaps: z
    .array(
      document({
        a: gapEnd.describe("one document"),
        b: gapEnd.describe("the other"),
        similarity: z.number().describe("the cosine of their vectors"),
      }),
    )
    .describe("pairs that are alike and not linked, what stands out first"),
  ...part.answer,
  durationMs: part.durationMs,
});

export const tags = document({
  ok: part.ok,
  tags: z
    .array(
      document({
        tag: part.text("as most documents write it"),
        documents: part.count("documents that have it"),
      }),
    )
    .describe("the most used first"),
  documents: part.count("documents that have any of these"),
  ...part.answer,
});

export const injectTags = document({
  ok: part.ok,
  path: part.id,
  added: part.names("tags that were added"),
  present: part.names("tags that were there already"),
  tags: part.names("all tags of the document now"),
});

export const validate = document({
  ok: part.ok,
  root: part.projectRoot,
  documents: part.count("documents that were judged"),
  since: z.string().optional().describe("with `--since`: the revision"),
  changed: z.int().optional().describe("with `--since`: documents that differ from it"),
  graph: z
    .enum(["none", "compared", "unreadable"])
    .describe("whether there is a graph; without one only the files are judged"),
  links: document({
    unresolved: part.count(
      "links of all documents that lead to no document, as `init` and `stats` count them",
    ),
    elsewhere: part.count("of those the ones to a folder, or to a block of any document: no problem"),
  }).describe("links, counted"),
  summary: document({
    errors: part.count("problems that are errors"),
    warnings: part.count("all others"),
  }).describe("problems, counted"),
  problems: z
    .array(
      document({
        severity: z.enum(["error", "warning"]).describe("how bad it is"),
        code: part.text("the rule, which stays the same from version to version"),
        path: z
          .string()
          .nullable()
          .describe("a document, a source or a file; null for the project as a whole"),
        line: z.int().nullable().describe("counted from 1; null where there is none"),
        message: part.text("what is wrong"),
      }),
    )
    .describe("errors first, then by path and line"),
});
