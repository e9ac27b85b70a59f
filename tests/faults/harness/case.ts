/** A case: a fault of some kind, derived from one number, and what came of it. */
import { rmSync } from "node:fs";
import { type Random, seeded } from "../../helpers/random.ts";
import { KINDS, type Kind } from "./kinds/index.ts";
import type { Lab, ModelKind, Size } from "./lab.ts";
import { judge, type State } from "./oracle.ts";
import { untilAllEnded } from "./processes.ts";
import { World } from "./world.ts";

export interface CaseResult {
  readonly kind: string;
  readonly number: number;
  readonly state: State;
  readonly steps: readonly string[];
  readonly faults: readonly string[];
  readonly story: readonly string[];
  readonly commands: number;
  readonly ms: number;
}

/** The kinds that are tried; all that can be had here without names. */
export function kindsOf(names: readonly string[]): Kind[] {
  const unknown = names.filter((name) => !KINDS.some((kind) => kind.name === name));
  if (unknown.length > 0)
    throw new Error(`There is no kind ${unknown.join(", ")}: ${KINDS.map(({ name }) => name).join(", ")}.`);
  return KINDS.filter(
    (kind) => (names.length === 0 ? !kind.isLong : names.includes(kind.name)) && kind.isPossible(),
  );
}

/** One in so many cases has the real model. */
const REAL_MODEL_IN = 25;

export async function runCase(lab: Lab, kinds: readonly Kind[], number: number): Promise<CaseResult> {
  const random = seeded(number);
  const kind = pickByWeight(random, kinds);
  const model: ModelKind = random.oneIn(REAL_MODEL_IN) ? "real" : "made-up";
  const size: Size = random.oneIn(4) ? "medium" : "small";
  const started = performance.now();
  const world = await World.create(lab, random, { size, model });
  let state: State = "damaged";
  let steps: readonly string[] = [];
  try {
    world.note(`${size} vault, ${model} model`);
    await kind.run(world, lab.vault(size));
    ({ state, steps } = await judge(world));
  } catch (error) {
    world.fault(`the harness failed: ${error instanceof Error ? error.stack : error}`);
  } finally {
    for (const step of world.undo.reverse()) await step();
    await untilAllEnded(world.mark, 0);
    rmSync(world.root, { recursive: true, force: true });
  }
  const { faults, story, commands } = world;
  return {
    kind: kind.name,
    number,
    state,
    steps,
    faults,
    story,
    commands,
    ms: Math.round(performance.now() - started),
  };
}

function pickByWeight(random: Random, kinds: readonly Kind[]): Kind {
  const total = kinds.reduce((sum, { weight }) => sum + weight, 0);
  let rest = random.between(1, total);
  for (const kind of kinds) {
    rest -= kind.weight;
    if (rest <= 0) return kind;
  }
  throw new Error("There is no kind of fault.");
}
