/** A rebuild of a damaged graph while one of its documents cannot be read. */
import { beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { alterGraph } from "../helpers/doctor.ts";
import { graphRows } from "../helpers/graph-rows.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";
import { notesFolder } from "../helpers/notes.ts";
import { GRAPH } from "../helpers/project-files.ts";
import { useReadyNotes } from "../helpers/ready-notes.ts";
import { run, UNREADABLE } from "../helpers/rebuilding.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

/** A project after its first ingest, to be copied; and its graph's rows. */
const ready = useReadyNotes();
let truth: ReturnType<typeof graphRows>;
/** The rows of a project that never had the document that cannot be read. */
let withoutWorms: ReturnType<typeof graphRows>;

beforeAll(async () => {
  truth = graphRows(ready.folder.join(GRAPH));
  using other = notesFolder().write(UNREADABLE);
  await run(other, "init");
  withoutWorms = graphRows(other.join(GRAPH));
});

describe("a rebuild while a document cannot be read", () => {
  const damages = [
    "INSERT INTO search_index (rowid, path, title, heading, text) VALUES (5, 'a', 'b', 'c', 'ghost')",
    "INSERT INTO search_index (search_index) VALUES ('delete-all')",
    "UPDATE chunks SET node = node || '_' WHERE node LIKE 'crops/%'",
    "UPDATE chunks SET id = -id WHERE node LIKE 'crops/%'",
    "UPDATE nodes SET id = CAST(id AS BLOB) WHERE id LIKE 'crops/%'",
    "UPDATE nodes SET title = 'Another' WHERE id LIKE 'crops/%'",
    "DELETE FROM file_stats WHERE node = 'soil/worms.md'",
    "UPDATE file_stats SET node = CAST(node AS BLOB)",
    "DELETE FROM nodes WHERE id LIKE 'crops/%'",
    "INSERT INTO edges VALUES ('soil/worms.md', 'nowhere.md', 'link')",
    "DELETE FROM vector_bits",
    "UPDATE vectors SET checksum = 1",
    "UPDATE vectors SET vector = zeroblob(1536)",
    "UPDATE chunks SET id = -id",
  ];
  test.each(damages)("mends the rest of the graph: %s", async (damage) => {
    using folder = ready.copy().write(UNREADABLE);
    alterGraph(folder, damage);
    const { status, document } = await run(folder, "rebuild");
    expect(status).toBe(3);
    expect(document.documents.failed.map(({ path }) => path)).toEqual(["soil/worms.md"]);
    expect(document.quarantined).toEqual([]);
    expect(graphRows(folder.join(GRAPH))).toEqual(truth);
  });

  const losses = [
    "UPDATE chunks SET text = text || '.' WHERE node = 'soil/worms.md'",
    "UPDATE chunks SET ordinal = 7 WHERE node = 'soil/worms.md'",
    "UPDATE chunks SET node = 'other.md' WHERE node = 'soil/worms.md'",
    "DELETE FROM chunks WHERE node = 'soil/worms.md'",
    "DELETE FROM chunks WHERE node = 'soil/worms.md'; DELETE FROM vectors WHERE chunk NOT IN (SELECT id FROM chunks)",
    "DELETE FROM nodes WHERE id = 'soil/worms.md'",
    "UPDATE nodes SET id = CAST(id AS BLOB) WHERE id = 'soil/worms.md'",
    "INSERT INTO links VALUES ('soil/worms.md', 3, 'link', 'x.md', NULL, 1)",
    "UPDATE nodes SET tags = 'none' WHERE id = 'soil/worms.md'",
  ];
  test.each(losses)("does not take along what is damaged of the document: %s", async (damage) => {
    using folder = ready.copy().write(UNREADABLE);
    alterGraph(folder, damage);
    const { status, document } = await run(folder, "rebuild");
    expect(status).toBe(3);
    const [failed] = document.documents.failed;
    expect(failed).toMatchObject({ path: "soil/worms.md" });
    expect(failed?.error).toMatch(/^is not UTF-8.*; its part of the graph is damaged and is removed$/);
    expect(graphRows(folder.join(GRAPH))).toEqual(withoutWorms);
  });
});
