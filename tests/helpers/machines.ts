/**
 * Two machines on one cable, as far as the network goes: network namespaces. What listens on the loopback of one is not
 * there for the other. Only root of a Linux machine can make them. They are ended with what runs in them.
 */
import { readdirSync } from "node:fs";
import { until } from "./until.ts";

const NAMESPACES = "/run/netns";
const PREFIX = "amalfa-test-";
/** Undefined where there is no such program. */
const IP = Bun.which("ip") ?? Bun.which("/usr/sbin/ip") ?? undefined;

/** Whether this machine lets a test make some. */
export const CAN_HAVE_MACHINES =
  process.platform === "linux" &&
  process.getuid?.() === 0 &&
  IP !== undefined &&
  Bun.spawnSync(["unshare", "--net", "true"]).exitCode === 0;

interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class TwoMachines implements AsyncDisposable {
  readonly server: Machine;
  readonly client: Machine;

  private constructor(server: Machine, client: Machine) {
    this.server = server;
    this.client = client;
  }

  /** Two that see nothing but each other. */
  static start(): Promise<TwoMachines> {
    return TwoMachines.#start(`${PREFIX}${process.pid}-s`);
  }

  /** This one, where a test runs its servers, and a second one. */
  static besideThis(): Promise<TwoMachines> {
    return TwoMachines.#start(undefined);
  }

  static async #start(server: string | undefined): Promise<TwoMachines> {
    removeAbandoned();
    const { pid } = process;
    // Of its own for each process that runs tests: where one end is this machine, they would meet otherwise.
    const network = `10.213.${(pid >> 6) & 255}`;
    const first = (pid & 63) * 4;
    const machines = new TwoMachines(
      new Machine(server, `${network}.${first + 1}`, `am${pid}s`),
      new Machine(`${PREFIX}${pid}-c`, `${network}.${first + 2}`, `am${pid}c`),
    );
    try {
      machines.#join();
      return machines;
    } catch (error) {
      await machines[Symbol.asyncDispose]();
      throw error;
    }
  }

  #join(): void {
    const { server, client } = this;
    for (const { name } of [server, client]) if (name !== undefined) ip("netns", "add", name);
    server.ip("link", "add", server.link, "type", "veth", "peer", "name", client.link);
    server.ip("link", "set", client.link, "netns", client.name ?? "");
    for (const machine of [server, client]) {
      machine.ip("addr", "add", `${machine.address}/30`, "dev", machine.link);
      machine.ip("link", "set", machine.link, "up");
      if (machine.name !== undefined) machine.ip("link", "set", "lo", "up");
    }
  }

  /** Takes the cable out, or puts it back in. */
  set connected(is: boolean) {
    this.client.ip("link", "set", this.client.link, is ? "up" : "down");
  }

  /** The cable goes with one of its ends. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of [this.client, this.server]) await machine.end();
  }
}

export class Machine {
  /** Undefined for this machine. */
  readonly name: string | undefined;
  readonly address: string;
  readonly link: string;
  readonly #running: Bun.Subprocess[] = [];

  constructor(name: string | undefined, address: string, link: string) {
    this.name = name;
    this.address = address;
    this.link = link;
  }

  /** Sets something up in its network. */
  ip(...args: string[]): void {
    ip(...(this.name === undefined ? [] : ["-n", this.name]), ...args);
  }

  start(command: readonly string[], { cwd, env }: RunOptions = {}) {
    const within = this.name === undefined ? [] : [IP ?? "ip", "netns", "exec", this.name];
    const child = Bun.spawn([...within, ...command], {
      ...(cwd === undefined ? {} : { cwd }),
      env: { ...process.env, NO_COLOR: "1", ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#running.push(child);
    return child;
  }

  async run(command: readonly string[], options: RunOptions = {}) {
    const child = this.start(command, options);
    const [stdout, stderr, status] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    return { stdout, stderr, status };
  }

  async end(): Promise<void> {
    for (const child of this.#running) {
      child.kill("SIGTERM");
      await until(() => child.exitCode !== null || child.signalCode !== null, {
        what: `the end of ${child.pid}`,
      });
    }
    if (this.name !== undefined) Bun.spawnSync([IP ?? "ip", "netns", "del", this.name], { stderr: "ignore" });
  }
}

/** What tests that were killed have left. */
function removeAbandoned(): void {
  for (const name of namespaces()) {
    if (!name.startsWith(PREFIX)) continue;
    try {
      process.kill(Number.parseInt(name.slice(PREFIX.length), 10), 0);
    } catch {
      ip("netns", "del", name);
    }
  }
}

function namespaces(): string[] {
  try {
    return readdirSync(NAMESPACES);
  } catch {
    return [];
  }
}

function ip(...args: string[]): void {
  const { success, stderr } = Bun.spawnSync([IP ?? "ip", ...args]);
  if (!success) throw new Error(`ip ${args.join(" ")}: ${stderr.toString()}`);
}
