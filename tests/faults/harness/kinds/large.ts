/**
 * Much at once: 200,000 documents, or a file of 100 MB. A case of the first takes a quarter of an hour or more, so that
 * they are tried by name only: `bun run faults --kind many-files --cases 1`. `AMALFA_FAULT_FILES` says how many.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Random, randomParagraph } from "../../../helpers/random.ts";
import { type Documents, type Vault, wordOf } from "../vault.ts";
import type { World } from "../world.ts";
import { anyReader, perhapsJson } from "./command-lines.ts";
import { ANYWHERE, type Kind } from "./kind.ts";

const FILES = Number(process.env.AMALFA_FAULT_FILES ?? "200000");
const BYTES = 100e6;
/** A little less than what one document may have. */
const MOST_BYTES = 30e6;

/** How long one command may take before it counts as hanging. */
const LONGEST_MS = 3_600_000;

/** Ends a command at any moment of the time that it would take. */
async function endIn(world: World, command: readonly string[], usualMs: number): Promise<void> {
  const running = world.start(command);
  await Promise.race([sleep(usualMs * (world.random.between(0, 100) / 100)), running.ended]);
  running.signal(world.random.oneIn(2) ? "SIGKILL" : "SIGINT");
  world.judge(await running.ended, running.sent);
}

async function manyFiles(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  world.longestMs = LONGEST_MS;
  const many = new Map(vault.old);
  for (let number = many.size; number < FILES; number++) {
    const path = `many/${number % 100}/${Math.floor(number / 1000)}/note-${number}.md`;
    many.set(path, `# Note ${number}\n\nThis one says ${wordOf(path)}, and nothing else.\n`);
  }
  world.note(`${many.size} files`);
  await endingIngests(world, many, FILES / 2);
  await world.run(perhapsJson(random, anyReader(random, world)));
}

/** The files become others and an ingest is ended; once it has ended well, a part of them goes and the next one is. */
async function endingIngests(world: World, documents: Documents, usualMs: number): Promise<void> {
  const { random } = world;
  world.write(documents);
  await endIn(world, random.pick([["init", "--json"], ["init"], ["rebuild", "--json"]]), usualMs);
  if (random.oneIn(2)) return;
  await world.run(["init", "--json"]);
  const fewer = new Map([...documents].filter(() => !random.oneIn(10)));
  world.write(fewer);
  await endIn(world, ["init", "--json"], usualMs / 4);
}

/** One that is too large to be taken in, which has to be said of it, and perhaps one that is almost so. */
async function largeFile(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  world.longestMs = LONGEST_MS;
  const tooLarge = world.join("plan/too-large.md");
  const documents = new Map(random.oneIn(2) ? vault.old : vault.new);
  if (random.oneIn(2)) documents.set("plan/large.md", largeText(random, "plan/large.md", MOST_BYTES));
  world.note(`${documents.get("plan/large.md")?.length ?? 0} and ${BYTES} bytes`);
  mkdirSync(dirname(tooLarge), { recursive: true });
  writeFileSync(tooLarge, largeText(random, "plan/too-large.md", BYTES));
  const leaveOut = () => rmSync(tooLarge, { force: true });
  world.relieve = leaveOut;
  world.undo.push(leaveOut);
  await endingIngests(world, documents, 5_000);
  const { status, stdout } = await world.run(["init", "--json"]);
  if (status !== 3 || !stdout.includes("plan/too-large.md"))
    world.fault(`a document that is too large is not named: status ${status}`);
  await world.run(perhapsJson(random, anyReader(random, world)));
}

/** Mostly sections of prose, or one line without an end, or one table. */
function largeText(random: Random, path: string, bytes: number): string {
  const some = Array.from({ length: 2000 }, () => randomParagraph(random));
  const before = random.pick(["\n\n", "\n\n", "\n\n## Later\n\n", " ", "\n| "]);
  const parts = [`# Large\n\nThis one says ${wordOf(path)}.`];
  for (let size = 0; size < bytes; size += (parts.at(-1)?.length ?? 0) + before.length)
    parts.push(random.pick(some));
  return `${parts.join(before)}\n`;
}

export const LARGE: readonly Kind[] = [
  {
    name: "many-files",
    about: "200,000 documents, while an ingest of them is killed or interrupted and a tenth of them goes",
    weight: 1,
    isLong: true,
    isPossible: ANYWHERE,
    run: manyFiles,
  },
  {
    name: "large-file",
    about:
      "a file of 100 MB, which is named and left out, and a document of 30 MB, while an ingest of it is killed or interrupted",
    weight: 1,
    isLong: true,
    isPossible: ANYWHERE,
    run: largeFile,
  },
];
