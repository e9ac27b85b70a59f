/** Commands that are ended, stopped or interrupted at any moment. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Running } from "../commands.ts";
import type { Vault } from "../vault.ts";
import type { World } from "../world.ts";
import { anyCommand, anyReader, anyWriter, type CommandLine, perhapsJson } from "./command-lines.ts";
import { ANYWHERE, type Kind } from "./kind.ts";

/** Starts a command and lets a random share of its usual time pass. */
async function startAndWait(world: World, command: CommandLine): Promise<Running> {
  const { random, lab } = world;
  const usual = lab.duration(command.join(" "));
  const moment = (random.between(0, 1000) / 1000) * usual * 1.1;
  const started = performance.now();
  const running = world.start(command);
  void running.ended.then(({ status }) => {
    if (status === 0) lab.learn(command.join(" "), performance.now() - started);
  });
  await Promise.race([sleep(moment), running.ended]);
  return running;
}

/** The files become another state, or stay. */
function perhapsChange(world: World, vault: Vault): void {
  if (world.random.oneIn(3)) return;
  world.note("files changed");
  world.write(world.documents === vault.old ? vault.new : vault.old);
}

async function kill(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  for (let times = random.between(1, 3); times > 0; times--) {
    perhapsChange(world, vault);
    const running = await startAndWait(world, perhapsJson(random, anyCommand(random, world)));
    running.signal("SIGKILL");
    world.judge(await running.ended, running.sent);
  }
}

async function interrupt(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  perhapsChange(world, vault);
  const running = await startAndWait(world, perhapsJson(random, anyCommand(random, world)));
  const signals: NodeJS.Signals[] = random.oneIn(4)
    ? ["SIGINT", "SIGINT"]
    : [random.pick(["SIGINT", "SIGTERM", "SIGHUP"])];
  for (const signal of signals) {
    running.signal(signal);
    await sleep(random.between(0, 30));
  }
  world.judge(await running.ended, running.sent);
}

/**
 * A command that is stopped keeps what it has, and whoever needs it is told, and waits no longer than it was asked
 * to.
 */
async function stop(world: World, vault: Vault): Promise<void> {
  const { random } = world;
  perhapsChange(world, vault);
  const running = await startAndWait(world, perhapsJson(random, anyWriter(random)));
  running.signal("SIGSTOP");
  const others: CommandLine[] = [
    anyReader(random, world),
    ["init", "--wait", "1", "--json"],
    ["doctor", "--json"],
  ];
  for (const other of others) {
    if (!random.oneIn(3)) await world.run(other);
  }
  running.signal(random.oneIn(3) ? "SIGKILL" : "SIGCONT");
  world.judge(await running.ended, running.sent);
}

export const CRASHES: readonly Kind[] = [
  {
    name: "kill",
    about:
      "a command is killed (`SIGKILL`) at any moment, up to three in a row, the files changing in between",
    weight: 24,
    isPossible: ANYWHERE,
    run: kill,
  },
  {
    name: "signal",
    about: "a command is sent `SIGINT`, once or twice, `SIGTERM` or `SIGHUP`",
    weight: 10,
    isPossible: ANYWHERE,
    run: interrupt,
  },
  {
    name: "stop",
    about: "a command is stopped (`SIGSTOP`) while others are run, and goes on or is killed",
    weight: 8,
    isPossible: ANYWHERE,
    run: stop,
  },
];
