/** How amalfa is run: commands, settings, consent, clients, services, servers. In the order of their codes. */
import { type ErrorEntry, EXIT } from "./error-entry.ts";

export const RUNNING = {
  "agents.section": {
    what: "It is not clear where amalfa's section of AGENTS.md or CLAUDE.md begins and ends.",
    exit: EXIT.failed,
    hint:
      "Correct the file: the section begins with <!-- amalfa:begin --> and ends with <!-- amalfa:end -->, " +
      "once each.",
  },
  "bun.failed": {
    what: "Bun, which amalfa runs on, was found but cannot be started.",
    exit: EXIT.failed,
    hint: "Reinstall Bun, or put another one first on the PATH.",
  },
  "bun.missing": {
    what: "Bun, which amalfa runs on, is neither among its own packages nor on the PATH.",
    exit: EXIT.failed,
    hint:
      "Install it from https://bun.sh or with `npm install -g bun`, " +
      "or reinstall amalfa without leaving out optional packages.",
  },
  "config.exists": {
    what: "The settings file to be written exists already.",
    exit: EXIT.failed,
    hint: "Look at it. If it may go, move it away and run the command again.",
  },
  "config.invalid": {
    what: "The settings cannot be used.",
    exit: EXIT.usage,
    hint: "Correct the settings. docs/configuration.md lists every key.",
  },
  "config.untrusted": {
    what: "The settings file is a program, and nobody has agreed to run it.",
    exit: EXIT.usage,
    hint:
      "Read the file. If it may run, run `amalfa trust`; otherwise write the settings to " +
      "amalfa.settings.json.",
  },
  "directory.encoding": {
    what: "The folder to work in, or one of the user's own, has a name that is not valid UTF-8, or U+FFFD in a name.",
    exit: EXIT.usage,
    hint: "Rename the folder, or one above it: `ls -b` shows the bytes of names. Then run the command again.",
  },
  "directory.gone": {
    what: "The folder in which a command was called does not exist any more.",
    exit: EXIT.failed,
    hint: "Change to another folder. Or give absolute paths only, also for --root.",
  },
  "doctor.unknown-check": {
    what: "There is no check of that id.",
    exit: EXIT.usage,
    hint: "`amalfa doctor --list-checks` lists them.",
  },
  internal: {
    what: "Something went wrong that amalfa did not foresee: a defect.",
    exit: EXIT.failed,
    hint: "Run the command again with --verbose to see where.",
  },
  interrupted: {
    what: "The work was stopped on request, such as by Ctrl-C.",
    exit: EXIT.interrupted,
    hint: "Run the command again when you like; what was finished is kept.",
  },
  "output.failed": {
    what: "The result could not be written to stdout.",
    exit: EXIT.failed,
    hint:
      "The command has done its work. Check where its output goes, and run it again to see the " + "result.",
  },
  "package.missing": {
    what: "A package that amalfa needs is not installed.",
    exit: EXIT.failed,
    hint:
      "In a clone run `bun install`. Otherwise install amalfa again as it was installed: `npm install -g amalfa`, " +
      "or `npm install amalfa` in a project.",
  },
  "process.limit": {
    what: "The system starts no further process or thread: the user or the container has as many as are allowed.",
    exit: EXIT.failed,
    hint:
      "Close some programs, or raise the limit (`ulimit -u`, or `--pids-limit` of a container), and run the " +
      "command again.",
  },
  "program.gone": {
    what: "A part of the program was to be loaded and is not there: it was removed or installed anew meanwhile.",
    exit: EXIT.failed,
    hint: "Start it again: a command by its name, a server by whoever started it.",
  },
  "projects.inside": {
    what: "The folder for the user's list of projects lies in a project.",
    exit: EXIT.usage,
    hint: "Nothing was changed. Set XDG_STATE_HOME to a folder outside the project.",
  },
  "projects.name": {
    what: "A project cannot have that name.",
    exit: EXIT.usage,
    hint: "Give a name of one line without / \\ and *, up to 64 characters, that no other project has.",
  },
  "projects.unknown": {
    what: "The user has no project of that name.",
    exit: EXIT.failed,
    hint: "`amalfa projects list` names them; `amalfa init` or `amalfa projects add` puts one in.",
  },
  "projects.unreadable": {
    what: "The list of the user's projects is damaged, or somebody else could have written it.",
    exit: EXIT.failed,
    hint: "It was left as it is. `amalfa doctor --check layout.access` says what is wrong with it and what to do.",
  },
  "projects.unwritable": {
    what: "The list of the user's projects cannot be written.",
    exit: EXIT.failed,
    hint: "Make its folder writable for you alone, or set XDG_STATE_HOME to another folder.",
  },
  "root.invalid": {
    what: "The project root is no folder, or cannot be reached.",
    exit: EXIT.failed,
    hint: "Name a folder that is there with --root, or run the command in one.",
  },
  "root.replaced": {
    what: "Another folder was put in the place of the project's while a command worked in it.",
    exit: EXIT.failed,
    hint: "Run the command again where the project is now; for what is in its place, run it there.",
  },
  "server.address": {
    what: "A server cannot listen on the address that it was given.",
    exit: EXIT.failed,
    hint: "Name another one with `--http HOST:PORT`; port 0 takes any that is free.",
  },
  "server.outdated": {
    what: "A server has ended because amalfa was installed anew while it ran, and its last worker has ended.",
    exit: EXIT.failed,
    hint: "Start it again. systemd does with `Restart=on-failure`, and launchd with `KeepAlive`.",
  },
  "server.tls": {
    what: "The certificate or the key of a server cannot be read.",
    exit: EXIT.usage,
    hint: "Name both, --tls-cert and --tls-key, as files in PEM format.",
  },
  "server.token": {
    what: "A server that other machines can reach has no token.",
    exit: EXIT.usage,
    hint: "Run `amalfa serve token add`, or set AMALFA_SERVER_TOKEN.",
  },
  "service.failed": {
    what: "A service has ended before it was ready.",
    exit: EXIT.failed,
    hint: "Run `amalfa doctor`; the log of the service in .amalfa/logs says why it ended.",
  },
  "service.log": {
    what: "The log of a service cannot be written.",
    exit: EXIT.failed,
    hint: "Run `amalfa doctor --check layout.access`; it names the folder or file whose permissions or type are wrong.",
  },
  "service.running": {
    what: "The service is running already.",
    exit: EXIT.busy,
    hint: "`amalfa servers` shows it.",
  },
  "service.runtime": {
    what: "The folder of the PID files cannot be read.",
    exit: EXIT.failed,
    hint: "Run `amalfa doctor --check layout.access`; it names the folder or file whose permissions or type are wrong.",
  },
  "service.slow": {
    what: "A service was not ready in time. It goes on starting in the background.",
    exit: EXIT.failed,
    hint: "Look again with `amalfa servers`, or wait longer with --wait SECONDS.",
  },
  "service.unknown": {
    what: "It cannot be told whether a process is this project's service.",
    exit: EXIT.failed,
    hint: "Look at the process; if it is not amalfa's, delete the PID file and run the command again.",
  },
  "service.unseen": {
    what: "A service is not started where no process can be looked at.",
    exit: EXIT.failed,
    hint:
      "`amalfa watcher run`, `vector run` and `serve --http` run in the foreground, " +
      "where whatever starts them ends them.",
  },
  "setup.broken": {
    what: "The settings file of an MCP client cannot be read.",
    exit: EXIT.failed,
    hint: "Run the command without --write and paste what it prints.",
  },
  "setup.client": {
    what: "The command needs the name of a client.",
    exit: EXIT.usage,
    hint: "Add --client with claude-code, claude-desktop, cursor, vscode or codex.",
  },
  "setup.name": {
    what: "The name of an MCP server has characters that clients refuse.",
    exit: EXIT.usage,
    hint: "Use letters, digits, - and _, up to 64 characters.",
  },
  "setup.outside": {
    what: "A client's settings file in the project is a link to a place where amalfa does not write.",
    exit: EXIT.failed,
    hint:
      "Put a real file or folder in the place of the link, or paste what the command prints without " +
      "--write.",
  },
  "setup.taken": {
    what: "The client has another server of that name.",
    exit: EXIT.failed,
    hint: "Choose another name with --name, or remove that entry first.",
  },
  "setup.unsupported": {
    what: "An MCP client's settings file has a form that amalfa cannot add to.",
    exit: EXIT.failed,
    hint: "Run the command without --write and paste what it prints.",
  },
  "setup.unwritable": {
    what: "The settings file of an MCP client cannot be written.",
    exit: EXIT.failed,
    hint: "Run the command without --write and paste what it prints.",
  },
  "token.unknown": {
    what: "There is no token of that id or name.",
    exit: EXIT.usage,
    hint: "`amalfa serve token list` shows those that there are.",
  },
  "token.unwritable": {
    what: "The folder of a user's tokens cannot be written.",
    exit: EXIT.failed,
    hint: "Make it writable for you alone, or set XDG_STATE_HOME to another folder.",
  },
  "trust.inside": {
    what: "The folder for your consents lies in the project itself.",
    exit: EXIT.usage,
    hint: "Nothing was changed. Set XDG_STATE_HOME to a folder outside the project.",
  },
  "trust.unwritable": {
    what: "Your consent cannot be saved.",
    exit: EXIT.failed,
    hint: "Make the folder of consents writable for you alone, or set XDG_STATE_HOME to another folder.",
  },
  usage: {
    what: "The command, an option or an argument is wrong.",
    exit: EXIT.usage,
    hint: "Run the command with --help: it lists the options and arguments that it takes.",
  },
  "watcher.disabled": {
    what: "The settings switch the watcher off.",
    exit: EXIT.usage,
    hint: "Set `watch.enabled` to true in the settings file.",
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
