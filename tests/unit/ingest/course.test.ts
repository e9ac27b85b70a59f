import { describe, expect, test } from "bun:test";
import { courseOf, type GraphFound } from "../../../src/ingest/course.ts";

const GRAPH: GraphFound = {
  schema: "current",
  settings: "same",
  linkRoots: "same",
  hasDocuments: true,
  pending: 0,
};
const course = (
  mode: "incremental" | "force" | "rebuild",
  graph: Partial<GraphFound> = {},
  more: { readonly dryRun?: boolean; readonly vectors?: "all" | "few" | "known" } = {},
) => courseOf({ mode, dryRun: false, ...more }, { ...GRAPH, ...graph });

describe("the course of an ingest", () => {
  test("reads and writes what changed, unless something else is asked for or the graph is another", () => {
    expect(course("incremental")).toMatchObject({
      reads: "changed",
      writes: "changed documents",
      writesAnyway: false,
      edges: "those concerned",
      staging: "stage all",
    });
    expect(course("force")).toMatchObject({ reads: "all", writes: "changed documents", writesAnyway: false });
    const everything = {
      reads: "all",
      writes: "every row",
      writesAnyway: true,
      edges: "all sources",
    } as const;
    expect(course("rebuild")).toMatchObject({ ...everything, staging: "note unchanged" });
    for (const mode of ["incremental", "force", "rebuild"] as const)
      expect(course(mode, { schema: "earlier" })).toMatchObject({ ...everything, staging: "stage all" });
  });

  test("other settings read everything again, other roots of links resolve all links again", () => {
    const changed = course("incremental", { settings: "changed" });
    expect(changed).toMatchObject({ reads: "all", writes: "changed documents", edges: "all sources" });
    const roots = course("incremental", { linkRoots: "changed" });
    expect(roots).toMatchObject({ reads: "changed", writesAnyway: true, edges: "all sources" });
    const first = course("incremental", { settings: "unknown", hasDocuments: false });
    expect(first).toMatchObject({ reads: "changed", writesAnyway: true, edges: "those concerned" });
  });

  test("words wait for vectors only where a complete graph is made anew, or by another model", () => {
    expect(course("rebuild").vectors).toBe("embed");
    expect(course("rebuild", { pending: 1 }).vectors).toBe("embed few");
    expect(course("rebuild", { hasDocuments: false }).vectors).toBe("embed few");
    expect(course("force").vectors).toBe("embed few");
    // The graph of another model is asked until the new one is complete, and the words of both are the same.
    expect(course("incremental", { settings: "changed", model: "another" }).vectors).toBe("embed");
    expect(course("incremental", { model: "another", pending: 5 }).vectors).toBe("embed");
    expect(course("incremental", { settings: "changed" }).vectors).toBe("embed few");
    expect(course("rebuild", {}, { vectors: "known" }).vectors).toBe("find");
    expect(course("rebuild", {}, { dryRun: true, vectors: "known" }).vectors).toBe("count");
  });

  test("as many vectors follow as are asked for", () => {
    expect(course("incremental", {}, { vectors: "known" }).mostComputedAfter).toBe(0);
    expect(course("incremental", {}, { vectors: "few" }).mostComputedAfter).toBe(64);
    expect(course("incremental").mostComputedAfter).toBe(Number.POSITIVE_INFINITY);
  });
});
