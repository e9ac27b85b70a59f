/** What the documentation says of the doctor is what the doctor does. */
import { afterAll, describe, expect, test } from "bun:test";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { CHECK_LIST } from "../../src/maintenance/doctor/checks/list.ts";
import { THRESHOLDS } from "../../src/maintenance/doctor/thresholds.ts";
import { amalfa } from "../helpers/amalfa.ts";
import { alterGraph, DOCTOR_ENV, disposeTemplate, healthyProject } from "../helpers/doctor.ts";
import { useMadeUpModel } from "../helpers/made-up-model.ts";

useMadeUpModel();

const DOCS = join(import.meta.dir, "../../docs");
const REFERENCE = readFileSync(join(DOCS, "doctor.md"), "utf8");
const GUIDE = readFileSync(join(DOCS, "guides/troubleshooting.md"), "utf8");
const TIMEOUT = 300_000;

afterAll(disposeTemplate);

/** Rows of the table whose header begins with `title`, cell by cell. */
function tableOf(text: string, title: string): string[][] {
  const lines = text.split("\n");
  const start = lines.findIndex((line) => new RegExp(`^\\|\\s*${title}\\s*\\|`).test(line));
  const end = lines.findIndex((line, index) => index > start && !line.startsWith("|"));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

test("the table of faults has every check of the registry, once, with what its fix does", () => {
  const rows = tableOf(REFERENCE, "fault");
  expect(rows.map(([, id]) => id?.replaceAll("`", "")).sort()).toEqual(CHECK_LIST.map(({ id }) => id).sort());
  for (const [fault, id, fix, next] of rows) {
    const check = CHECK_LIST.find((candidate) => `\`${candidate.id}\`` === id);
    expect({ id, mends: !fix?.startsWith("nothing") }).toEqual({ id, mends: check?.fix !== undefined });
    expect(fault).not.toBe("");
    expect(next).not.toBe("");
  }
});

test("every threshold is documented with its value", () => {
  const documented = Object.fromEntries(
    tableOf(REFERENCE, "threshold").map(([name, value]) => [name?.replaceAll("`", ""), inUnits(value ?? "")]),
  );
  expect(documented).toEqual(THRESHOLDS);
});

/** `2 s` → 2000, `16 MiB` → 16777216, `500` → 500. */
function inUnits(text: string): number {
  const [value = "", unit = ""] = text.split(" ");
  const factors: Readonly<Record<string, number>> = { "": 1, ms: 1, s: 1_000, min: 60_000, MiB: 1024 ** 2 };
  return Number(value) * (factors[unit] ?? Number.NaN);
}

describe("the command blocks of the guide run", () => {
  const sections = GUIDE.split(/^(?=## )/m).filter((section) => section.includes("```sh\n"));

  test("every symptom has one", () => {
    const symptoms = [...GUIDE.matchAll(/^## (".*)$/gm)].map(([, title]) => title);
    expect(
      symptoms.filter((title) => !sections.some((section) => section.includes(`## ${title}\n`))),
    ).toEqual([]);
    expect(Object.keys(PREPARED).filter((title) => !symptoms.includes(title))).toEqual([]);
  });

  for (const section of sections) {
    const title = section.split("\n")[0] ?? "";
    test(
      title,
      async () => {
        using project = await healthyProject();
        const prepare = PREPARED[title.replace("## ", "")];
        prepare?.make(project);
        const commands = [...section.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block]) =>
          (block ?? "").trim().split("\n"),
        );
        let output = "";
        for (const command of commands) {
          const [program, ...args] = command.split(" ");
          expect(program).toBe("amalfa");
          const run = await amalfa(args, { cwd: project.path, env: DOCTOR_ENV });
          // 1 says that something is wrong, which is what the guide is about.
          expect({ command, stderr: run.stderr, known: run.status <= 1 }).toMatchObject({
            command,
            known: true,
          });
          output += run.stdout;
        }
        // Where lines break depends on how long the paths in them are.
        if (prepare !== undefined) expect(output.replaceAll(/\n +/g, " ")).toMatch(prepare.shows);
        const after = await amalfa(["doctor"], { cwd: project.path, env: DOCTOR_ENV });
        expect({ status: after.status, stdout: after.stdout }).toMatchObject({ status: 0 });
      },
      TIMEOUT,
    );
  }
});

type Project = Awaited<ReturnType<typeof healthyProject>>;

/** The trouble that a section is about, and what its commands then show. */
const PREPARED: Readonly<Record<string, { make: (project: Project) => void; shows: RegExp }>> = {
  '"A service is shown as running, and is not"': {
    make: (project) => void project.write({ ".amalfa/runtime/daemon.pid": "" }),
    shows: /is no PID file: it is empty[\s\S]*fixed: /,
  },
  '"The graph is behind the files"': {
    make: (project) => void project.write({ "new.md": "# New\n" }),
    shows: /1 added[\s\S]*1 added/,
  },
  '"Words find nothing, meaning does"': {
    make: (project) =>
      alterGraph(
        project,
        `INSERT INTO search_index (search_index, rowid, path, title, heading, text)
          SELECT 'delete', id, path, title, heading, text FROM passages`,
      ),
    shows: /full-text index is damaged[\s\S]*fixed: /,
  },
  '"Is damaged or not a database"': {
    make: (project) => {
      renameSync(project.join(".amalfa/resonance.db"), project.join("not-a-database"));
      project.write({
        ".amalfa/resonance.db": "This is no database, and long enough to be seen as none by SQLite. ".repeat(
          20,
        ),
      });
    },
    shows: /is not a SQLite database[\s\S]*quarantine/,
  },
  '"The vector cache is at fault"': {
    make: (project) =>
      void project.write({ ".amalfa/cache/vector_cache.sqlite": "This is no vector cache. ".repeat(400) }),
    shows: /file is not a database[\s\S]*fixed: /,
  },
  '"I changed the model"': {
    make: (project) =>
      void project.write({ "amalfa.settings.json": '{ "embeddings": { "model": "all-MiniLM-L6-v2-128" } }' }),
    shows: /The vectors are from the model/,
  },
};

test(
  "--list-checks lists every check with what its fix does",
  async () => {
    const { status, stdout } = await amalfa(["doctor", "--list-checks"], { cwd: "/" });
    expect(status).toBe(0);
    for (const { id, title, fix } of CHECK_LIST) {
      const line = stdout.split("\n").find((candidate) => candidate.startsWith(`${id} `));
      expect(line).toContain(title);
      expect(line?.includes("--fix: ")).toBe(fix !== undefined);
      if (fix !== undefined) expect(line).toContain(fix);
    }
  },
  TIMEOUT,
);
