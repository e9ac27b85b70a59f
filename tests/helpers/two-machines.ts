/** Two machines on a network of their own: network namespaces, which need root and `ip`. Ended with what runs in them. */
import { randomBytes } from "node:crypto";
import { until } from "./until.ts";

/** Undefined where there is no such program. */
export const IP = Bun.which("ip") ?? Bun.which("/usr/sbin/ip") ?? undefined;
export const CAN_HAVE_MACHINES = IP !== undefined && process.getuid?.() === 0;

export class TwoMachines implements AsyncDisposable {
  readonly server: Machine;
  readonly client: Machine;

  private constructor(server: Machine, client: Machine) {
    this.server = server;
    this.client = client;
  }

  static async start(): Promise<TwoMachines> {
    const id = randomBytes(3).toString("hex");
    const server = new Machine(`amalfa-${id}-s`, "10.213.7.1", `s${id}`);
    const client = new Machine(`amalfa-${id}-c`, "10.213.7.2", `c${id}`);
    const machines = new TwoMachines(server, client);
    try {
      for (const { name } of [server, client]) ip("netns", "add", name);
      ip("-n", server.name, "link", "add", server.link, "type", "veth", "peer", "name", client.link);
      ip("-n", server.name, "link", "set", client.link, "netns", client.name);
      for (const { name, link, address } of [server, client]) {
        ip("-n", name, "addr", "add", `${address}/24`, "dev", link);
        ip("-n", name, "link", "set", link, "up");
        ip("-n", name, "link", "set", "lo", "up");
      }
      return machines;
    } catch (error) {
      await machines[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Takes the cable out, or puts it back in. */
  set connected(is: boolean) {
    ip("-n", this.client.name, "link", "set", this.client.link, is ? "up" : "down");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const machine of [this.client, this.server]) await machine.end();
  }
}

export class Machine {
  readonly name: string;
  readonly address: string;
  readonly link: string;
  readonly #running: Bun.Subprocess[] = [];

  constructor(name: string, address: string, link: string) {
    this.name = name;
    this.address = address;
    this.link = link;
  }

  start(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = Bun.spawn([IP ?? "ip", "netns", "exec", this.name, ...command], {
      env: { ...process.env, NO_COLOR: "1", ...env },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
    });
    this.#running.push(child);
    return child;
  }

  async run(command: readonly string[], env: Readonly<Record<string, string>> = {}) {
    const child = this.start(command, env);
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
    Bun.spawnSync([IP ?? "ip", "netns", "del", this.name], { stderr: "ignore" });
  }
}

function ip(...args: string[]): void {
  const { success, stderr } = Bun.spawnSync([IP ?? "ip", ...args]);
  if (!success) throw new Error(`ip ${args.join(" ")}: ${stderr.toString()}`);
}
