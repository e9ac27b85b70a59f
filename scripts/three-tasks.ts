/**
 * Plays what three people do with amalfa, with the real program in a real shell, and writes down what came:
 * `docs/guides/three-tasks.md`. `bun scripts/three-tasks.ts`. A test plays them again and compares.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "..");
export const TASKS_PAGE = join(ROOT, "docs/guides/three-tasks.md");

interface Step {
  /** What the person thinks or sees. */
  readonly why: string;
  /** Lines of a shell. */
  readonly run: string;
  /** How it ends, where that is not well. */
  readonly ends?: number;
}

interface Task {
  readonly title: string;
  readonly who: string;
  readonly steps: readonly Step[];
}

const NOTES: Readonly<Record<string, string>> = {
  "backups.md":
    "# Backups\n\nThree copies: one on the laptop, one at home, one far away.\n\n## How we decided\n\nRestic won over Borg, because it writes to object storage.\nA restore is tried every month.\n",
  "network.md": "# Network\n\nThe router hands out addresses from 192.168.7.20 on. See [[backups]].\n",
  "journal/2026-03-02.md": "# A slow restore\n\nIt took forty minutes. [[backups]] says ten.\n",
};

const ask = (id: number, method: string, params: object): string =>
  JSON.stringify({ jsonrpc: "2.0", id, method, params });

const HELLO = ask(1, "initialize", {
  protocolVersion: "2025-06-18",
  capabilities: {},
  clientInfo: { name: "an agent", version: "1" },
});
const SEARCH = ask(2, "tools/call", {
  name: "search_documents",
  arguments: { query: "why did we choose that backup program", limit: 1 },
});

const TASKS: readonly Task[] = [
  {
    title: "A newcomer",
    who: "Somebody has a folder of notes, has installed amalfa a minute ago, and wants to find something.",
    steps: [
      {
        why: "There are three notes. This is the longest.",
        run: "ls *.md journal/*.md\ncat backups.md",
      },
      { why: "amalfa reads them all.", run: "amalfa init" },
      {
        why: 'A question in the newcomer\'s own words: no note has the words "why", "choose" or "program".',
        run: 'amalfa search --limit 1 "why did we choose that backup program"',
      },
      { why: "Which notes are linked to it?", run: "amalfa explore backups.md" },
      { why: "A command that is typed wrong.", run: "amalfa serach restic", ends: 2 },
    ],
  },
  {
    title: "An agent",
    who: "An agent works in the folder, and asks before it answers.",
    steps: [
      {
        why: "Its client starts `amalfa serve` and calls the tool `search_documents`. Here only the found document is shown.",
        run: `printf '%s\\n' '${HELLO}' '${SEARCH}' | amalfa serve | tail -n 1 | grep -o '"id":"[^"]*","title":"[^"]*"' | head -n 1`,
      },
      { why: "It reads the lines that it needs, and no more.", run: "amalfa read backups.md --lines 5-8" },
      {
        why: "A note changes, and the next answer has it. The last line says so; the new vector is still to be computed.",
        run: "echo 'Since April we use kopia.' >> backups.md\namalfa search --limit 1 --mode lexical kopia",
      },
    ],
  },
  {
    title: "Two in the morning",
    who: "A disk has damaged the graph, and somebody needs an answer now.",
    steps: [
      {
        why: "This is what the disk did: zeros in the place of the graph's first 8 KiB.",
        run: "rm -f .amalfa/resonance.db-wal .amalfa/resonance.db-shm\ndd if=/dev/zero of=.amalfa/resonance.db bs=1024 count=8 conv=notrunc status=none",
      },
      { why: "A search says what is wrong, and names two commands.", run: "amalfa search restore", ends: 1 },
      {
        why: "The first one changes nothing. Its last line names the gentlest command that will work.",
        run: "amalfa doctor --check db.open",
        ends: 1,
      },
      {
        why: "It makes a new graph. Only the note that had changed needs a new vector.",
        run: "amalfa rebuild",
      },
      {
        why: "The notes were never in danger, and the answer is there.",
        run: "amalfa search --limit 1 restore",
      },
    ],
  },
];

/** The page, with what the program really prints. Throws where a step ends otherwise than it should. */
export async function tasksPage(): Promise<string> {
  const work = realpathSync(mkdtempSync(join(tmpdir(), "amalfa-tasks-")));
  try {
    const [notes, bin] = [join(work, "notes"), join(work, "bin")];
    for (const [name, text] of Object.entries(NOTES)) {
      mkdirSync(dirname(join(notes, name)), { recursive: true });
      writeFileSync(join(notes, name), text);
    }
    mkdirSync(bin);
    symlinkSync(join(ROOT, "bin/amalfa.js"), join(bin, "amalfa"));
    const sections: string[] = [];
    for (const { title, who, steps } of TASKS) {
      sections.push(`## ${title}\n\n${who}`);
      for (const step of steps) sections.push(await played(step, { notes, bin }));
    }
    const intro =
      "What three people do with amalfa, and what it prints. The commands run in one folder, one after another.";
    const maker = "`bun scripts/three-tasks.ts` makes this page with the real program.";
    return `# Three people\n\n${intro} ${maker}\n\n${sections.join("\n\n")}\n`;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

async function played(
  { why, run, ends = 0 }: Step,
  { notes, bin }: { notes: string; bin: string },
): Promise<string> {
  const child = Bun.spawn(["sh", "-c", `exec 2>&1\n${run}`], {
    cwd: notes,
    env: {
      ...process.env,
      PATH: `${bin}:${dirname(process.execPath)}:${process.env.PATH}`,
      NO_COLOR: "1",
      XDG_CACHE_HOME: join(tmpdir(), `amalfa-test-cache-${userInfo().uid}`),
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const printed = (await new Response(child.stdout).text()).replaceAll(notes, "~/notes").trimEnd();
  const status = await child.exited;
  if (status !== ends) throw new Error(`It ended with ${status}, not ${ends}:\n${run}\n${printed}`);
  const typed = run.split("\n").map((line) => `$ ${line}`);
  const ending = ends === 0 ? [] : [`(exit status ${ends})`];
  return `${why}\n\n\`\`\`text\n${[...typed, ...(printed === "" ? [] : [printed]), ...ending].join("\n")}\n\`\`\``;
}

/** What differs from run to run and from machine to machine: times, sizes, scores, progress of what takes long. */
export function settled(page: string): string {
  return (
    page
      .replace(/^amalfa: [a-z ]+, \d+ %.*\n/gm, "")
      .replace(/\d{4}-\d\d-\d\dT[\d:.-]+Z/g, "TIME")
      .replace(/\b\d+(?:\.\d+)? (?:ms|s|bytes|KiB|MiB)\b/g, "FIGURE")
      .replace(/ +\b[01]\.\d{3}\b/g, " SCORE")
      // Where a line is broken depends on how long the path of the folder is that `~/notes` stands for.
      .replace(/\n {4,}(?=\S)/g, " ")
  );
}

if (import.meta.main) {
  mkdirSync(dirname(TASKS_PAGE), { recursive: true });
  writeFileSync(TASKS_PAGE, await tasksPage());
}
