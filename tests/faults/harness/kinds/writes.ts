/** Commands that write outside of `.amalfa`, ended at any moment: tags in a document, an export, an import. */
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Vault } from "../vault.ts";
import type { World } from "../world.ts";
import { ANYWHERE, type Kind } from "./kind.ts";

/** Starts a command and kills it after a random share of its usual time. */
async function killed(world: World, command: readonly string[]): Promise<void> {
  const { random, lab } = world;
  const name = command.slice(0, 2).join(" ");
  const running = world.start(command);
  void running.ended.then(({ status, ms }) => {
    if (status === 0) lab.learn(name, ms);
  });
  await Promise.race([sleep((random.between(0, 1000) / 1000) * lab.duration(name) * 1.1), running.ended]);
  if (!random.oneIn(4)) running.signal(random.pick(["SIGKILL", "SIGKILL", "SIGTERM"]));
  world.judge(await running.ended, running.sent);
}

/** The one thing that writes markdown: the document is what it was, or what it was with the tag. */
async function injectTags(world: World): Promise<void> {
  const { random } = world;
  const path = random.pick([...world.documents.keys()]);
  const before = world.documents.get(path)!;
  await killed(world, ["inject-tags", path, "zebra", "--json"]);
  const after = readFileSync(world.join(path), "utf8");
  if (after === before) return;
  const body = before.replace(/^---\n[\s\S]*?\n---\n/, "");
  if (after.includes("zebra") && after.endsWith(body))
    world.write(new Map([...world.documents, [path, after]]));
  else world.fault(`${path} is neither what it was nor that with a tag`);
}

async function archive(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  const file = world.join("vectors.amalfa");
  if (random.oneIn(2)) {
    await killed(world, ["cache", "export", file, "--json"]);
    return;
  }
  await world.run(["cache", "export", file, "--json"]);
  await world.run(["cache", "clear", "--yes", "--json"]);
  await killed(world, ["cache", "import", file, "--json"]);
  world.write(vault.new);
}

export const WRITES: readonly Kind[] = [
  {
    name: "tags",
    about: "`inject-tags`, the one command that writes markdown, is ended at any moment",
    weight: 4,
    isPossible: ANYWHERE,
    run: injectTags,
  },
  {
    name: "archive",
    about: "`cache export` and `cache import` are ended at any moment",
    weight: 4,
    isPossible: ANYWHERE,
    run: archive,
  },
];
