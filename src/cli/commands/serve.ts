/** `amalfa serve`: the MCP server, on stdin and stdout for one client or over HTTP for many. */

import { readFileSync } from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import {
  loadTokens,
  loadWorkerProcess,
  parseAddress,
  type Right,
  requireHost,
  type StoredGrant,
} from "../../mcp/http/index.ts";
import { findProjectRoot, walkBudgetMs } from "../../project/index.ts";
import { AmalfaError, accessReason, formatNumberOf, programStamp } from "../../system/index.ts";
import { addHelp } from "../help.ts";
import {
  CLI,
  type Invocation,
  interruptSignal,
  invocationOf,
  pathsOf,
  projectOf,
  startingPoint,
  warn,
} from "../invocation.ts";
import { printReport, reportError } from "../output/result.ts";
import { escaped } from "../output/safe-text.ts";
import { renderTable } from "../output/table.ts";
import { styleFor, type Terminal } from "../output/terminal.ts";
import { addRefreshOption, type FreshFlags } from "../refresh-option.ts";

export interface HttpFlags {
  readonly http?: string | true;
  readonly workers?: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly allowHost?: readonly string[];
  readonly allowOrigin?: readonly string[];
  readonly allowWrite?: boolean;
}

interface ServeFlags extends FreshFlags, HttpFlags {
  readonly showToken: boolean;
  readonly alone?: boolean;
}

const MOST_WORKERS = 64;
/** More are of little use to searches, and each takes memory. */
const MOST_DEFAULT_WORKERS = 4;

export function serveCommand(): Command {
  const command = new Command("serve").description(
    "serve the project to agents: an MCP server on stdin and stdout, or over HTTP",
  );
  addHttpOptions(command)
    .option("--alone", "serve from this process, even if a running server of yours could do it")
    .option("--no-show-token", "do not print the server's token on stderr")
    .addCommand(tokenCommand());
  const worker = new Command("worker").description("answer for a server that has started this process");
  worker.action(() => beWorker(invocationOf(worker)));
  command.addCommand(addHelp(worker, { examples: ["amalfa serve worker"] }), { hidden: true });
  addRefreshOption(command).action(async (flags: ServeFlags) => run(flags, invocationOf(command)));
  return addHelp(command, {
    examples: ["amalfa serve --root ~/notes", "amalfa serve --http 127.0.0.1:3011", "amalfa setup-mcp"],
    exits: ["busy"],
  });
}

/** What `serve` and `server start` have in common. */
export function addHttpOptions(command: Command): Command {
  return command
    .option("--allow-write", "offer tools that write notes: write_note and append_note")
    .option("--http [host:port]", "serve many clients over HTTP; at 127.0.0.1:3011 by default")
    .option("--workers <n>", "processes that answer, at most (with --http)", parseWorkers)
    .option("--tls-cert <file>", "certificate, in PEM format, for HTTPS (with --http)")
    .option("--tls-key <file>", "its key")
    .option(
      "--allow-host <names...>",
      "further names by which clients may call, such as a proxy's (with --http)",
    )
    .option(
      "--allow-origin <origins...>",
      "web pages that may ask, such as https://notes.example (with --http)",
    );
}

function parseWorkers(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MOST_WORKERS) return count;
  throw new InvalidArgumentError(`it is not a number from 1 to ${MOST_WORKERS}.`);
}

/** Even an error must not put anything but frames on stdout, whatever --json says elsewhere (I10). */
async function run(flags: ServeFlags, invocation: Invocation): Promise<void> {
  try {
    // A server that starts and then fails every answer would be found out by its clients alone.
    walkBudgetMs(process.env);
    await (flags.http === undefined ? start(flags, invocation) : startHttp(flags, invocation));
  } catch (error) {
    process.exitCode = await reportError(error, { json: false, verbose: invocation.verbose });
  }
}

async function start(flags: ServeFlags, invocation: Invocation): Promise<void> {
  const signal = interruptSignal();
  const [project, { serveProject }] = await Promise.all([projectOf(invocation), import("../../serving.ts")]);
  if (process.stdin.isTTY) {
    warn(
      invocation,
      "this is a server for agents and waits for one on stdin; " +
        "`amalfa setup-mcp` shows how a client starts it, Ctrl-C ends it",
    );
  }
  const { refresh, allowWrite = false, alone = false } = flags;
  await serveProject(project, {
    signal,
    alone,
    refresh,
    allowWrite,
    onWarning: (message) => warn(invocation, message),
  });
  // A client that sent a signal may still hold stdin open, and a worker may still be loading: neither may keep the
  // process.
  process.exit();
}

async function startHttp(flags: ServeFlags, invocation: Invocation): Promise<void> {
  const program = programStamp();
  const signal = interruptSignal();
  // The terminal or the manager that started it may go; it goes on until it is asked to end.
  process.on("SIGHUP", () => {});
  const address = parseAddress(flags.http === true ? undefined : flags.http);
  await requireHost(address);
  const tls = readTls(flags);
  const { startWorkerAhead } = await loadWorkerProcess();
  const args = ["--root", pathsOf(invocation).root, "serve", "worker"];
  using workers = startWorkerAhead({ script: CLI, args });
  const loading = import("../../serving.ts");
  const project = await projectOf(invocation);
  const terms = { refresh: flags.refresh, remoteCache: project.remoteCache !== "off" };
  workers.expect({ kind: "expect", root: project.root, terms });
  const { serveOverHttp } = await loading;
  const token = process.env.AMALFA_SERVER_TOKEN;
  await serveOverHttp(project, {
    signal,
    refresh: flags.refresh,
    allowWrite: flags.allowWrite ?? false,
    address,
    tls,
    workers: flags.workers ?? Math.min(MOST_DEFAULT_WORKERS, Math.max(1, navigator.hardwareConcurrency)),
    allowedHosts: flags.allowHost ?? [],
    allowedOrigins: flags.allowOrigin ?? [],
    token: token === undefined || token === "" ? undefined : token,
    program,
    startWorker: workers.start,
    onWarning: (message) => warn(invocation, message),
    onStarted: ({ url, token: local }) => {
      warn(invocation, `listening on ${url}`);
      if (local === undefined && (token === undefined || token === ""))
        warn(
          invocation,
          "it makes no token of its own: only tokens of `amalfa serve token add` are in force",
        );
      if (local === undefined) return;
      warn(invocation, `clients find its token in ${local.file}`);
      if (flags.showToken) warn(invocation, `token: ${local.token}`);
    },
  });
  process.exit();
}

function readTls({ tlsCert, tlsKey }: HttpFlags): { cert: string; key: string } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new AmalfaError("server.tls", "A certificate needs its key, and a key its certificate.");
  return { cert: readPem(tlsCert), key: readPem(tlsKey) };
}

function readPem(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new AmalfaError("server.tls", `${path} cannot be read: ${accessReason(error)}.`, { cause: error });
  }
}

async function beWorker(invocation: Invocation): Promise<void> {
  const program = programStamp();
  const { beReadWorker } = await import("../../serving.ts");
  await beReadWorker({ program, onWarning: (message) => warn(invocation, message) });
  process.exit();
}

/* `amalfa serve token`: what opens this user's servers, and for whom. */

interface AddFlags {
  readonly name: string;
  readonly project?: readonly string[];
  readonly right: readonly Right[];
}

function tokenCommand(): Command {
  const parent = new Command("token").description("create, list and revoke tokens for servers over HTTP");
  const add = parent
    .command("add")
    .description("create a token and print it, this once; only its digest is kept")
    .option("--name <text>", "what it is for", "unnamed")
    .option("--project <folders...>", "projects that it opens; by default this one")
    .addOption(
      new Option("--right <rights...>", "what its bearer may do")
        .choices(["read", "tag", "write"])
        .default(["read"]),
    );
  add.action((flags: AddFlags) => addAndPrint(flags, invocationOf(add)));
  const list = parent.command("list").description("list the tokens, without the tokens themselves");
  list.action(() => printList(invocationOf(list)));
  const revoke = parent.command("revoke <token>").description("revoke a token, by its id or its name");
  revoke.action((wanted: string) => revokeAndPrint(wanted, invocationOf(revoke)));
  addHelp(add, { examples: ["amalfa serve token add --name laptop --right read tag"] });
  addHelp(list, { examples: ["amalfa serve token list"] });
  addHelp(revoke, { examples: ["amalfa serve token revoke laptop"] });
  return addHelp(parent, { examples: ["amalfa serve token add --name laptop", "amalfa serve token list"] });
}

async function addAndPrint(flags: AddFlags, invocation: Invocation): Promise<void> {
  const { root } = pathsOf(invocation);
  const folders = flags.project ?? [root];
  const projects = folders.map((folder) => findProjectRoot({ root: folder, cwd: startingPoint(folder) }));
  const { addToken } = await loadTokens();
  const { token, grant } = addToken({ name: flags.name, projects, rights: flags.right });
  await printReport(invocation, { ok: true, action: "add", token, ...grant }, renderAdded);
}

async function printList(invocation: Invocation): Promise<void> {
  const { listTokens } = await loadTokens();
  const tokens: readonly StoredGrant[] = listTokens();
  await printReport(invocation, { ok: true, action: "list", tokens }, (found, terminal) =>
    renderTokens(found.tokens, terminal),
  );
}

async function revokeAndPrint(wanted: string, invocation: Invocation): Promise<void> {
  const { revokeTokens } = await loadTokens();
  const tokens: readonly StoredGrant[] = revokeTokens(wanted);
  await printReport(invocation, { ok: true, action: "revoke", tokens }, async (taken) => {
    const names = taken.tokens.map(({ id, name }) => `${id} (${name})`).join(", ");
    return `Revoked: ${names}. A running server refuses it from the next request on.`;
  });
}

/* Tokens of a server, for people. */

function renderAdded(
  { token, id, name, projects, rights }: StoredGrant & { readonly token: string },
  terminal: Terminal,
): string {
  const style = styleFor(terminal);
  return [
    token,
    "",
    style.aside(
      `${id} (${escaped(name)}): ${rights.join(", ")} in ${projects.map(escaped).join(", ")}. It is not shown again.`,
    ),
  ].join("\n");
}

function renderTokens(tokens: readonly StoredGrant[], terminal: Terminal): string {
  if (tokens.length === 0) return "There are no tokens; `amalfa serve token add` makes one.";
  const style = styleFor(terminal);
  const rows = tokens.map(({ id, name, rights, projects, since }) => [
    id,
    escaped(name),
    rights.join(", "),
    projects.map(escaped).join(", "),
    since.slice(0, 10),
  ]);
  const columns = [
    { style: style.reference },
    {},
    {},
    { style: style.aside, cut: "start" as const },
    { style: style.aside },
  ];
  const lines = renderTable(columns, rows, terminal.width - 2).map((line) => `  ${line}`);
  return [style.title(formatNumberOf(tokens.length, "token")), ...lines].join("\n");
}
