/** The commands that faults happen to. */
import type { Random } from "../../../helpers/random.ts";
import { wordOf } from "../vault.ts";
import type { World } from "../world.ts";

export type CommandLine = readonly string[];

const WRITERS: readonly CommandLine[] = [
  ["init"],
  ["init", "--force"],
  ["rebuild"],
  ["rebuild", "--no-cache"],
  ["reset", "--yes"],
  ["reset", "--yes", "--keep-cache"],
  ["doctor", "--fix"],
  ["cache", "prune", "--older-than", "0d"],
  ["cache", "clear", "--yes"],
  ["cache", "compact"],
  ["cache", "verify"],
];

const READERS: readonly CommandLine[] = [
  ["doctor"],
  ["doctor", "--deep"],
  ["stats"],
  ["validate"],
  ["find-gaps"],
  ["list-sources"],
  ["cache", "stats"],
  ["servers"],
  ["init", "--dry-run"],
  ["rebuild", "--dry-run"],
];

export function anyWriter(random: Random): CommandLine {
  return random.pick(WRITERS);
}

export function anyReader(random: Random, world: World): CommandLine {
  const path = random.pick([...world.documents.keys()]);
  const readers: CommandLine[] = [
    ...READERS,
    ["search", wordOf(path)],
    ["search", "--mode", random.pick(["lexical", "semantic"]), wordOf(path)],
    ["read", path],
    ["explore", path],
  ];
  return random.pick(readers);
}

export function anyCommand(random: Random, world: World): CommandLine {
  return random.oneIn(3) ? anyReader(random, world) : anyWriter(random);
}

/** Some of them with `--json`. */
export function perhapsJson(random: Random, command: CommandLine): CommandLine {
  return random.oneIn(2) ? [...command, "--json"] : command;
}
