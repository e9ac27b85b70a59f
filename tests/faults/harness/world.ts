/** One case's project, the commands that it runs there, and what was found wrong. */
import { existsSync, lstatSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Random } from "../../helpers/random.ts";
import { type CommandOptions, type Ended, faultsOfEnding, Running } from "./commands.ts";
import { copyProject, type Lab, type ModelKind, type Size, writeDocuments } from "./lab.ts";
import { MARK } from "./processes.ts";
import type { Documents } from "./vault.ts";

export interface RunOptions extends Partial<CommandOptions> {
  /** Nothing is expected of how it ends, as where the runtime itself may fail for want of memory. */
  readonly mayBreak?: boolean;
}

export class World {
  readonly faults: string[] = [];
  /** What the case did, for whoever looks at a failure. */
  readonly story: string[] = [];
  /** States of the files that the graph may be in; the files themselves are as the last one says. */
  states: Documents[];
  /** Undoes what the case has done to the machine, as a person would when the doctor says so. */
  relieve: (() => Promise<void> | void) | undefined;
  /** Called at the very end, whatever happened. */
  readonly undo: (() => Promise<void> | void)[] = [];
  /** Whether the case has damaged something: then the graph is not looked at before the doctor has. */
  isDamaged = false;
  /** Whether the files were on the move while the graph was made, so that it may be in a state of its own. */
  isBetweenStates = false;
  /** Whether services may be running when the case is judged. */
  hasServices = false;
  /** What is put before every command, such as what holds root to permissions. */
  before: readonly string[] = [];
  /**
   * Whether the system may end a process for memory that it cannot put on the disk: SQLite's index of the log is such,
   * and a disk that writes everything to a new place needs space to change it. Then what it leaves is judged.
   */
  mayLoseMemory = false;
  commands = 0;
  /** When a command of this case counts as hanging, in milliseconds; as usual where it is undefined. */
  longestMs: number | undefined;

  constructor(
    readonly lab: Lab,
    readonly random: Random,
    readonly root: string,
    readonly model: ModelKind,
    readonly mark: string,
    start: Documents,
  ) {
    this.states = [start];
  }

  static async create(lab: Lab, random: Random, options: { size: Size; model: ModelKind }): Promise<World> {
    const { size, model } = options;
    const root = lab.newFolder("case");
    copyProject(await lab.template(size, model), root);
    return new World(lab, random, root, model, crypto.randomUUID(), lab.vault(size).old);
  }

  /** What lies on the disk now. */
  get documents(): Documents {
    return this.states.at(-1)!;
  }

  join(...parts: string[]): string {
    return join(this.root, ...parts);
  }

  note(text: string): void {
    this.story.push(text);
  }

  fault(text: string): void {
    this.faults.push(text);
  }

  /** Makes the files what another state says; the graph may be in this one as well from now on. */
  write(documents: Documents): void {
    for (const path of this.documents.keys())
      if (!documents.has(path)) rmSync(this.join(path), { force: true });
    writeDocuments(this.root, documents);
    this.states.push(documents);
  }

  start(args: readonly string[], options: RunOptions = {}): Running {
    this.commands++;
    const env = this.lab.environment({ [MARK]: this.mark, ...options.env });
    return new Running(this.lab.program(this.model), ["--root", this.root, ...args], {
      cwd: this.lab.folder,
      before: this.before,
      longestMs: this.longestMs,
      ...options,
      env,
    });
  }

  /** Runs a command to its end, which has to be an honest one. */
  async run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
    const running = this.start(args, options);
    return this.judge(await running.ended, running.sent, options);
  }

  judge(ended: Ended, sent: ReadonlySet<string>, { mayBreak }: RunOptions = {}): Ended {
    this.note(`${ended.args.slice(2).join(" ")} -> ${ended.signal ?? ended.status}`);
    const isLost = this.mayLoseMemory && ended.signal === "SIGBUS";
    if (mayBreak !== true && !isLost) this.faults.push(...faultsOfEnding(ended, sent));
    return ended;
  }

  /** Files below a folder of the project, relative to the root; none where there is no such folder. */
  files(folder: string): string[] {
    if (!existsSync(this.join(folder))) return [];
    return readdirSync(this.join(folder), { recursive: true, encoding: "utf8" })
      .map((name) => join(folder, name))
      .filter((name) => lstatSync(this.join(name), { throwIfNoEntry: false })?.isFile() === true)
      .sort();
  }

  bytes(path: string): Buffer {
    return readFileSync(this.join(path));
  }
}
