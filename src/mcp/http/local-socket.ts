/** The server's side of bridges: each connection is a client on stdin and stdout of another process. */
import { lstatSync, renameSync, rmSync } from "node:fs";
import { connect, createServer as createSocketServer, type Server, type Socket } from "node:net";
import { isAbsolute, join } from "node:path";
import { makeOwnFolder } from "../../project/index.ts";
import { type BridgeGreeting, GREETED, isPrivate, type LocalPlace } from "../local-place.ts";
import type { Answers } from "../protocol.ts";
import { serveConnection } from "../serve-connection.ts";
import { StdioTransport } from "../stdio-transport.ts";

const LONGEST_GREETING = 16 * 1024;
const FINISH_WITHIN_MS = 10_000;
const NEWLINE = 0x0a;

export interface LocalSocket {
  /** Whether bridges find it: it may have been removed, or another server's lie in its place. */
  readonly isFound: boolean;
  close(): Promise<void>;
}

type AnswersOf = (root: string, client: string) => Answers;

const TRY_EVERY_MS = 5_000;

/**
 * The socket, from when it can be had: where another server of this user has it, from when that has gone. Of two
 * servers the second one would else be found by no bridge, although it runs.
 */
export async function keepLocalSocket(
  place: LocalPlace,
  answersOf: AnswersOf,
  everyMs: number = TRY_EVERY_MS,
): Promise<Pick<LocalSocket, "close">> {
  const opened: LocalSocket[] = [];
  let hasEnded = false;
  const look = async (): Promise<void> => {
    if (hasEnded || opened.at(-1)?.isFound === true) return;
    const next = await openLocalSocket(place, answersOf);
    if (next === undefined) return;
    opened.push(next);
    if (hasEnded) await next.close();
  };
  let looking = look();
  await looking;
  const timer = setInterval(() => {
    looking = looking.then(look);
  }, everyMs);
  timer.unref();
  return {
    close: async () => {
      hasEnded = true;
      clearInterval(timer);
      await looking;
      await Promise.all(opened.map((each) => each.close()));
    },
  };
}

/** Undefined where it cannot be had, as when another server of this user has it: then no bridge comes here. */
export async function openLocalSocket(
  { folder, socket }: LocalPlace,
  answersOf: AnswersOf,
): Promise<LocalSocket | undefined> {
  try {
    makeOwnFolder(folder);
    if (!isPrivate(folder) || (await isAnswered(socket))) return undefined;
    const open = new Set<Socket>();
    const server = createSocketServer({ allowHalfOpen: true }, (connection) => {
      open.add(connection);
      connection.on("close", () => open.delete(connection));
      connection.on("error", () => {});
      const client = `bridge ${++bridges}`;
      greet(connection, ({ root }) => void serveOne(connection, answersOf(root, client)));
    });
    // Closing removes what lies where it began to listen, and that may be a later server's by then: so it begins under
    // a name of its own.
    const made = join(folder, `.${process.pid}`);
    rmSync(made, { force: true });
    await listening(server, made);
    const own = lstatSync(made).ino;
    renameSync(made, socket);
    const isOurs = () => lstatSync(socket, { throwIfNoEntry: false })?.ino === own;
    return {
      get isFound() {
        return isOurs();
      },
      close: async () => {
        server.close();
        for (const connection of open) connection.destroy();
        if (isOurs()) rmSync(socket, { force: true });
      },
    };
  } catch {
    return undefined;
  }
}

/** Clients take turns by their names, which are all different. */
let bridges = 0;

/** Until the client has gone and has what it asked for. */
async function serveOne(connection: Socket, answers: Answers): Promise<void> {
  const transport = new StdioTransport(connection, connection);
  const served = serveConnection(transport, answers);
  await transport.gone;
  await transport.answered(FINISH_WITHIN_MS);
  await served.close();
  connection.end(() => connection.destroy());
}

function listening(server: Server, socket: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(socket, () => resolve());
  });
}

/** Whether somebody listens; a socket whose server was killed stays behind. */
function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = connect(socket);
    attempt.once("connect", () => {
      attempt.destroy();
      resolve(true);
    });
    attempt.once("error", () => resolve(false));
  });
}

/** Reads the first line of a connection, answers it, and leaves what follows to whoever takes over. */
function greet(connection: Socket, take: (greeting: BridgeGreeting) => void): void {
  let read = Buffer.alloc(0);
  const receive = (bytes: Uint8Array): void => {
    read = Buffer.concat([read, bytes]);
    const end = read.indexOf(NEWLINE);
    if (end < 0 && read.length <= LONGEST_GREETING) return;
    connection.off("data", receive);
    const greeting = end < 0 ? undefined : greetingIn(read.subarray(0, end).toString());
    if (greeting === undefined) {
      connection.destroy();
      return;
    }
    connection.write(`${GREETED}\n`);
    take(greeting);
    if (end + 1 < read.length) connection.emit("data", read.subarray(end + 1));
  };
  connection.on("data", receive);
}

function greetingIn(line: string): BridgeGreeting | undefined {
  try {
    const { root } = JSON.parse(line) as Partial<BridgeGreeting>;
    return typeof root === "string" && isAbsolute(root) ? { root } : undefined;
  } catch {
    return undefined;
  }
}
