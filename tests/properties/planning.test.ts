/** The planner and the resolver of links, on any tree. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { documentId, relativePathOf } from "../../src/ingest/markdown/link-paths.ts";
import { createLinkResolver } from "../../src/ingest/markdown/resolve.ts";
import { type FoundFile, isAsKnown, type KnownFile, planIngest } from "../../src/ingest/plan.ts";
import { PROPERTY, path } from "./arbitrary.ts";

const stat = fc.record({ size: fc.nat(3), mtimeMs: fc.nat(3), ctimeMs: fc.nat(3), inode: fc.nat(3) });
const ids = fc.uniqueArray(path, { maxLength: 12 });

interface Tree {
  readonly found: FoundFile[];
  readonly known: Map<string, KnownFile>;
  readonly unobserved: string[];
}

/** Some of the files are known, some are found, some are both, and some could not be looked at. */
const tree: fc.Arbitrary<Tree> = ids.chain((all) =>
  fc
    .tuple(
      fc.array(fc.tuple(fc.boolean(), stat, fc.constantFrom("granted" as const, "in doubt" as const)), {
        minLength: all.length,
        maxLength: all.length,
      }),
      fc.array(fc.option(stat), { minLength: all.length, maxLength: all.length }),
      fc.subarray(all),
    )
    .map(([found, known, unobserved]) => ({
      found: all.flatMap((id, at) => {
        const [isThere, stats, access] = found[at]!;
        return isThere ? [{ id, ...stats, access }] : [];
      }),
      known: new Map(
        all.flatMap((id, at) => {
          const stats = known[at];
          return stats == null ? [] : [[id, stats] as const];
        }),
      ),
      unobserved,
    })),
);

describe("planIngest", () => {
  test("I11 takes out only what is known, was not found, and could be looked at", () => {
    fc.assert(
      fc.property(tree, ({ found, known, unobserved }) => {
        const { absent } = planIngest({ found, known, unobserved, readAll: "read changed" });
        const present = new Set(found.map(({ id }) => id));
        const expected = [...known.keys()].filter((id) => !present.has(id) && !unobserved.includes(id));
        expect(absent).toEqual(expected);
      }),
      PROPERTY,
    );
  });

  test("passes over a file only when all that is known of it is as it was, and counts each once", () => {
    fc.assert(
      fc.property(
        tree,
        fc.constantFrom("read all", "read changed"),
        ({ found, known, unobserved }, readAll) => {
          const plan = planIngest({ found, known, unobserved, readAll });
          const read = new Set(plan.read.map(({ id }) => id));
          expect(plan.read.length + plan.unchanged).toBe(found.length);
          for (const file of found) {
            if (read.has(file.id)) continue;
            expect(readAll).toBe("read changed");
            expect(file.access).toBe("granted");
            expect(isAsKnown(file, known.get(file.id)!)).toBe(true);
          }
        },
      ),
      PROPERTY,
    );
  });
});

describe("documentId", () => {
  test("two paths never share an id, and each is found again from its own", () => {
    const anyPath = fc.oneof(path, fc.string({ unit: "binary" }), fc.stringMatching(/^[%0-9A-F\n]{0,8}$/));
    fc.assert(
      fc.property(anyPath, anyPath, (one, other) => {
        expect(relativePathOf(documentId(one))).toBe(one);
        if (one !== other) expect(documentId(one)).not.toBe(documentId(other));
      }),
      PROPERTY,
    );
  });
});

describe("createLinkResolver", () => {
  test("leads to a document that there is, or nowhere, and does not depend on the order of documents", () => {
    const reference = fc.oneof(path, fc.string(), fc.constantFrom("..", "/", "#x", "a%2", "%", "[[", "?"));
    fc.assert(
      fc.property(ids, reference, fc.constantFrom("link", "wikilink", "embed"), (all, target, type) => {
        fc.pre(all.length > 0);
        const documents = all.map((id) => ({ id: documentId(id), aliases: [] }));
        const link = { type, target, anchor: undefined };
        const source = documents[0]!.id;
        const resolution = createLinkResolver(documents)(source, link);
        expect(createLinkResolver([...documents].reverse())(source, link)).toEqual(resolution);
        if (resolution.kind !== "resolved") return;
        expect(documents.map(({ id }) => id)).toContain(resolution.id);
      }),
      PROPERTY,
    );
  });

  test("a link from any document to any other by its path leads there", () => {
    const plain = fc
      .array(fc.stringMatching(/^[a-z][a-z0-9 -]{0,6}[a-z]$/), { minLength: 1, maxLength: 3 })
      .map((segments) => `${segments.join("/")}.md`);
    fc.assert(
      fc.property(fc.uniqueArray(plain, { minLength: 2, maxLength: 8 }), (all) => {
        const resolve = createLinkResolver(all.map((id) => ({ id, aliases: [] })));
        const [source, target] = all as [string, string];
        const up = "../".repeat(source.split("/").length - 1);
        const resolution = resolve(source, {
          type: "link",
          target: up + encodeURI(target),
          anchor: undefined,
        });
        expect(resolution).toMatchObject({ kind: "resolved", id: target });
      }),
      PROPERTY,
    );
  });
});
