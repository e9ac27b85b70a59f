/**
 * A second machine, as far as the network goes: a network of its own, joined to this one by a cable. What listens on
 * the loopback here is not there for it. Only root of a Linux machine can make one.
 */
import { readdirSync } from "node:fs";

const NAMESPACES = "/run/netns";
const PREFIX = "amalfa-test-";

export class NetworkMachine implements Disposable {
  /** The address of this machine, as that one sees it. */
  readonly here: string;
  /** What is put before a command that is to run there. */
  readonly command: readonly string[];
  readonly #name: string;

  constructor() {
    removeAbandoned();
    const { pid } = process;
    this.#name = `${PREFIX}${pid}`;
    this.command = ["ip", "netns", "exec", this.#name];
    const network = `10.213.${(pid >> 6) & 255}`;
    const first = (pid & 63) * 4;
    this.here = `${network}.${first + 1}`;
    run(`
      ip netns add ${this.#name}
      ip link add am${pid}a type veth peer name am${pid}b netns ${this.#name}
      ip addr add ${this.here}/30 dev am${pid}a
      ip link set am${pid}a up
      ip -n ${this.#name} addr add ${network}.${first + 2}/30 dev am${pid}b
      ip -n ${this.#name} link set am${pid}b up
      ip -n ${this.#name} link set lo up`);
  }

  /** Whether this machine lets a test make one. */
  static get isPossible(): boolean {
    if (process.platform !== "linux" || process.getuid?.() !== 0 || Bun.which("ip") === null) return false;
    return Bun.spawnSync(["unshare", "--net", "true"]).exitCode === 0;
  }

  /** The cable goes with one of its ends. */
  [Symbol.dispose](): void {
    run(`ip netns del ${this.#name}`);
  }
}

/** What tests that were killed have left. */
function removeAbandoned(): void {
  for (const name of namespaces()) {
    if (!name.startsWith(PREFIX)) continue;
    try {
      process.kill(Number(name.slice(PREFIX.length)), 0);
    } catch {
      run(`ip netns del ${name}`);
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

function run(script: string): void {
  const { exitCode, stderr } = Bun.spawnSync(["sh", "-ec", script], { stdout: "ignore", stderr: "pipe" });
  if (exitCode !== 0) throw new Error(stderr.toString());
}
