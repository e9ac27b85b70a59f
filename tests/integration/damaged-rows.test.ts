/** I15: whoever is about to answer from a row that is not what was written says so, and which command to run. */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { amalfa, amalfaJson, type ErrorDocument, type IngestDocument } from "../helpers/amalfa.ts";
import { alterGraph, DOCTOR_ENV, disposeTemplate, healthyProject } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";

useMadeUpModel();

setDefaultTimeout(300_000);
afterAll(disposeTemplate);

/** Without bringing anything up to date first, which would meet the damage before the command does. */
const READ = ["read", "--no-refresh", "README.md"];
const LEXICAL = ["search", "--no-refresh", "--mode", "lexical"];
const NODE = "WHERE id = 'README.md'";
const LIST = "a list in the rows of README.md is";
const FIELDS = "the fields in the rows of README.md are";

const REINDEX = "INSERT INTO search_index (search_index) VALUES ('rebuild')";

interface Case {
  readonly damage: string;
  readonly command: readonly string[];
  readonly told: string;
}

const CASES: readonly Case[] = [
  {
    damage: `UPDATE nodes SET title = x'41' ${NODE}`,
    command: READ,
    told: "a text in the rows of README.md is",
  },
  { damage: `UPDATE nodes SET tags = '{}' ${NODE}`, command: READ, told: LIST },
  { damage: `UPDATE nodes SET tags = '[1]' ${NODE}`, command: READ, told: LIST },
  { damage: `UPDATE nodes SET tags = '["a' ${NODE}`, command: READ, told: LIST },
  {
    damage: "UPDATE nodes SET id = x'41' WHERE id = 'README.md'",
    command: ["read", "--no-refresh", "season"],
    told: "a text in the rows of a document is",
  },
  {
    damage: `UPDATE nodes SET tags = 'garden' ${NODE}`,
    command: [...LEXICAL, "--tag", "garden", "compost"],
    told: LIST,
  },
  ...['{"status": "draft"}', '{"status": [1]}', "[", "null"].map((fields) => ({
    damage: `UPDATE document_fields SET fields = '${fields}' WHERE node = 'README.md'`,
    command: [...LEXICAL, "--where", "status=draft", "compost"],
    told: FIELDS,
  })),
  {
    damage: "DELETE FROM document_fields WHERE node = 'README.md'",
    command: [...LEXICAL, "--where", "status=draft", "compost"],
    told: FIELDS,
  },
];

/** Rows that read like any other: nothing but their proofs tells. */
const PLAUSIBLE: readonly Case[] = [
  {
    damage: `UPDATE chunks SET text = replace(text, 'heap', 'zebra'); ${REINDEX}`,
    command: [...LEXICAL, "zebra"],
    told: "rows of soil/compost.md (chunks) are",
  },
  {
    damage: `UPDATE nodes SET title = 'Zebra' WHERE id = 'soil/compost.md'; ${REINDEX}`,
    command: [...LEXICAL, "zebra"],
    told: "rows of soil/compost.md (document) are",
  },
  {
    damage: `UPDATE document_fields SET fields = '{"status":["closed"]}' WHERE node = 'soil/compost.md'`,
    command: [...LEXICAL, "--where", "status=closed", "heap"],
    told: "rows of soil/compost.md (fields) are",
  },
  {
    damage: "UPDATE edges SET type = 'evil' WHERE source = 'README.md'",
    command: ["explore", "--no-refresh", "README.md"],
    told: "rows of README.md (edges) are",
  },
];

function expectNamed(document: ErrorDocument, told: string): void {
  expect(document.error.code).toBe("database.damaged");
  expect(document.error.message).toContain(`${told} not what was written`);
  expect(document.error.hint).toContain("`amalfa rebuild`");
}

describe("I15 what lies in a damaged row is named with the command to run", () => {
  test.each([...CASES, ...PLAUSIBLE])("$command after $damage", async ({ damage, command, told }) => {
    using folder = await healthyProject();
    alterGraph(folder, damage);
    const { status, document } = await amalfaJson<ErrorDocument>(command, {
      cwd: folder.path,
      env: DOCTOR_ENV,
    });
    expect(status).toBe(1);
    expectNamed(document, told);
  });

  test.each([
    [`UPDATE nodes SET aliases = 'garden' ${NODE}`, LIST],
    [`UPDATE nodes SET id = x'41' ${NODE}`, "a text in the rows of a document is"],
  ])("init of another document after %s", async (damage, told) => {
    using folder = await healthyProject();
    alterGraph(folder, damage);
    folder.write({ "soil/worms.md": "Worms like it damp. See [compost](compost.md).\n" });
    const { document } = await amalfaJson<ErrorDocument>(["init"], { cwd: folder.path });
    expectNamed(document, told);
  });

  test("rebuild puts it right, and every question is answered again", async () => {
    using folder = await healthyProject();
    alterGraph(folder, ...CASES.map(({ damage }) => damage).filter((damage) => !damage.includes("SET id")));
    const at = { cwd: folder.path, env: DOCTOR_ENV };
    expect((await amalfaJson(["rebuild"], at)).status).toBe(0);
    for (const { command } of CASES) expect((await amalfaJson(command, at)).status).toBe(0);
  });

  test.each([
    ["chunks", "UPDATE chunks SET text = replace(text, 'heap', 'zebra') WHERE node = 'soil/compost.md'"],
    [
      "words",
      "UPDATE chunk_terms SET terms = 'x' WHERE chunk IN (SELECT id FROM chunks WHERE node = 'README.md')",
    ],
    ["vectors", "UPDATE vectors SET checksum = 1 WHERE chunk = (SELECT min(id) FROM chunks)"],
    ["a title", `UPDATE nodes SET title = 'Zebra' ${NODE}`],
    ["fields", `UPDATE document_fields SET fields = '{"a":["b"]}' WHERE node = 'README.md'`],
    ["a link that is lost", "DELETE FROM links WHERE node = 'README.md'"],
    [
      "a passage too many",
      "INSERT INTO chunks SELECT 7, node, 99, heading, 1, 1, text, key FROM chunks LIMIT 1",
    ],
  ])("rebuild says of how many documents it has replaced rows: %s", async (_, damage) => {
    using folder = await healthyProject();
    alterGraph(folder, damage);
    const at = { cwd: folder.path, env: DOCTOR_ENV };
    const { stdout } = await amalfa(["rebuild"], at);
    expect(stdout).toContain("5 documents, no file changed");
    expect(stdout).toContain(
      "5 unchanged; rows of 1 of them were not as the files give them, and were replaced",
    );
    const { document } = await amalfaJson<IngestDocument>(["rebuild"], at);
    // Of what is in order nothing is said.
    expect(Object.keys(document.documents)).not.toContain("rewritten");
  });
});
