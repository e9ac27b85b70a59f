/** What takes only an ingest that has something to do, loaded when that is known; most find nothing. */

export type Writing = Awaited<ReturnType<typeof loadWriting>>;

export async function loadWriting() {
  const [staging, vectors, links, counts, writer] = await Promise.all([
    import("../store/staging.ts"),
    import("../store/stored-vectors.ts"),
    import("./resolve-links.ts"),
    import("../store/staged-counts.ts"),
    import("../store/graph-writer.ts"),
  ]);
  return { ...staging, ...vectors, ...links, ...counts, ...writer };
}
