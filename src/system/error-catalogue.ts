/**
 * Every error that is raised on purpose: its code, what it means, the exit status, and what to do where the place
 * that raises it knows nothing better. Codes are dotted and stable, since scripts rely on them. `docs/errors.md` is
 * made from this.
 */
import { REINSTALL } from "./reinstall.ts";

/** Exit statuses a command may end with, apart from 0. */
export const EXIT = {
  /** The operation failed, or problems remain. */
  failed: 1,
  /** Wrong usage or configuration. */
  usage: 2,
  /** Partly done: some documents failed and are named. */
  partial: 3,
  /** Another process holds the maintenance lock or the database. */
  busy: 4,
  /** Interrupted by the user. */
  interrupted: 130,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorEntry {
  /** What has happened, for any place and any values. */
  readonly what: string;
  readonly exit: ExitStatus;
  /** What to do next, unless whoever raises it knows better. */
  readonly hint?: string;
}

export const ERRORS = {
  "agents.section": {
    what: "The section of AGENTS.md or CLAUDE.md that is amalfa's cannot be told from the rest of the file.",
    exit: EXIT.failed,
    hint:
      "Correct the file: the section begins with <!-- amalfa:begin --> and ends with <!-- amalfa:end -->, " +
      "once each.",
  },
  "archive.exists": {
    what: "The file to export to is there already.",
    exit: EXIT.usage,
    hint: "Add --force to replace that export, or choose another name.",
  },
  "archive.invalid": {
    what: "A file to import is no usable export of a vector cache.",
    exit: EXIT.failed,
    hint: "Nothing was changed. Export it again with `amalfa cache export` where it came from.",
  },
  "archive.models": {
    what: "An export has vectors of models that the project does not use.",
    exit: EXIT.failed,
    hint: "Nothing was changed. Add --any-model to take them all the same, or export those of one model with --model.",
  },
  "archive.newer": {
    what: "An export was made by a newer version of amalfa.",
    exit: EXIT.failed,
    hint: "Nothing was changed. Upgrade amalfa.",
  },
  "archive.place": {
    what: "A vector cache cannot be exported to that place.",
    exit: EXIT.usage,
    hint: "Name another file to write; nothing was changed.",
  },
  "archive.unreadable": {
    what: "A file to import cannot be read.",
    exit: EXIT.usage,
    hint: "Nothing was changed.",
  },
  "arguments.invalid": {
    what: "The arguments of an MCP tool do not fit its input schema.",
    exit: EXIT.failed,
  },
  "bun.failed": {
    what: "Bun, which amalfa runs on, was found and cannot be started.",
    exit: EXIT.failed,
    hint: "Reinstall Bun, or put another one first on the PATH.",
  },
  "bun.missing": {
    what: "Bun, which amalfa runs on, was found neither among its own packages nor on the PATH.",
    exit: EXIT.failed,
    hint:
      "Install it from https://bun.sh or with `npm install -g bun`, " +
      "or reinstall amalfa without leaving out optional packages.",
  },
  "cache.busy": {
    what: "Another process is writing to the vector cache.",
    exit: EXIT.busy,
    hint: "Run the command again in a moment.",
  },
  "cache.damaged": {
    what: "The file of the vector cache is damaged, or something else.",
    exit: EXIT.failed,
    hint:
      "Run `amalfa doctor --fix`, which moves it to quarantine, and " +
      "then `amalfa rebuild`, which fills a new one from the graph.",
  },
  "cache.file": {
    what: "A file of an export or import cannot be written.",
    exit: EXIT.failed,
    hint: "Choose a folder that exists and may be written, or free some space.",
  },
  "cache.missing": {
    what: "There is no vector cache yet.",
    exit: EXIT.failed,
    hint:
      "Run `amalfa init`; where there is a graph already, " +
      "`amalfa rebuild` fills a cache from it without computing anything.",
  },
  "cache.model": {
    what: "The vector cache has no rows of that model.",
    exit: EXIT.usage,
    hint: "Nothing was written. `amalfa cache stats` names the models that it has rows of.",
  },
  "cache.schema": {
    what: "The vector cache was made by another version of amalfa.",
    exit: EXIT.failed,
    hint: "Upgrade amalfa, or correct the `cache.path` setting; nothing was changed.",
  },
  "cache.shared": {
    what: "The vector cache may be another project's as well.",
    exit: EXIT.usage,
    hint: "Nothing was changed. Prune a shared cache by age instead: amalfa cache prune --older-than 90d",
  },
  "cache.unconfirmed": {
    what: "Removing vectors was not confirmed.",
    exit: EXIT.usage,
  },
  "cache.unusable": {
    what: "The file of the vector cache cannot be opened or used.",
    exit: EXIT.failed,
    hint: "Move it away, or correct the `cache.path` setting.",
  },
  "code.grammar": {
    what: "The grammar of a programming language, of which sources name code, cannot be loaded.",
    exit: EXIT.failed,
    hint: REINSTALL,
  },
  "config.exists": {
    what: "A settings file to be written is there already.",
    exit: EXIT.failed,
    hint: "Look at it; move it away to have it written anew.",
  },
  "config.invalid": {
    what: "The settings cannot be used.",
    exit: EXIT.usage,
  },
  "config.untrusted": {
    what: "The settings are a program, and nobody has agreed that it runs.",
    exit: EXIT.usage,
  },
  "cursor.invalid": {
    what: "A cursor of a paged result was not made by this server.",
    exit: EXIT.failed,
    hint: "Pass `nextCursor` of the previous result unchanged, or leave `cursor` out.",
  },
  "cursor.stale": {
    what: "A cursor belongs to other arguments, or to a graph that has changed since.",
    exit: EXIT.failed,
    hint: "Call the tool again without a cursor.",
  },
  "data.link": {
    what: "A symbolic link is in the place of `.amalfa`, or of its folder of locks and PID files.",
    exit: EXIT.failed,
    hint:
      "Replace the link by a real folder; to keep the graph or the vectors elsewhere, set `database` or " +
      "`cache.path`.",
  },
  "database.busy": {
    what: "Another process is writing to the graph.",
    exit: EXIT.busy,
    hint: "Try again in a moment; `amalfa doctor --check db.lock` names the process.",
  },
  "database.changed": {
    what: "Another process changed the graph while an ingest prepared its work.",
    exit: EXIT.busy,
    hint: "Run the command again; what was embedded is in the vector cache.",
  },
  "database.damaged": {
    what: "The graph's file is damaged, or no database.",
    exit: EXIT.failed,
  },
  "database.foreign": {
    what: "The file where the graph should be is not one of amalfa's.",
    exit: EXIT.failed,
    hint: "Check the `database` setting; delete the file if it is of no use, or name one that ends in .db.",
  },
  "database.full": {
    what: "There is no space left to write the graph.",
    exit: EXIT.failed,
    hint: "Free some space and run the command again; the graph is as it was before.",
  },
  "database.in-use": {
    what: "The graph's file has to be replaced, and another process has it open.",
    exit: EXIT.busy,
    hint: "Install lsof and run the command again.",
  },
  "database.missing": {
    what: "There is no graph yet.",
    exit: EXIT.failed,
    hint:
      "Run `amalfa init` to build it from the markdown; if it is at " +
      "work already, documents are found by their words within seconds.",
  },
  "database.newer": {
    what: "The graph was made by a newer version of amalfa.",
    exit: EXIT.failed,
    hint: "Upgrade amalfa, or run `amalfa rebuild` to build the graph again from the markdown with this version.",
  },
  "database.older": {
    what: "The graph was made by amalfa 1.4 or 1.5.",
    exit: EXIT.failed,
    hint: "Run `amalfa rebuild`: it moves the old file to quarantine and builds the graph again from the markdown.",
  },
  "database.unusable": {
    what: "The graph's file cannot be opened, read or written.",
    exit: EXIT.failed,
    hint: "Move it away yourself, or correct the `database` setting; nothing was changed.",
  },
  "directory.gone": {
    what: "The folder in which a command was called does not exist any more.",
    exit: EXIT.failed,
    hint: "Change to another folder, or give absolute paths, that of --root included.",
  },
  "doctor.unknown-check": {
    what: "There is no check of that id.",
    exit: EXIT.usage,
    hint: "`amalfa doctor --list-checks` lists them.",
  },
  "document.ambiguous": {
    what: "A name fits several documents.",
    exit: EXIT.failed,
    hint: "Give more of the path.",
  },
  "document.encoding": {
    what: "A file is not text in the encoding that it claims.",
    exit: EXIT.failed,
    hint: "Save the file as UTF-8.",
  },
  "document.lines": {
    what: "A document does not have those lines.",
    exit: EXIT.usage,
    hint: "Ask for lines within the document.",
  },
  "document.outside": {
    what: "A document's file lies outside of the project root by now.",
    exit: EXIT.failed,
    hint: "Run `amalfa init` to bring the graph up to date with the files.",
  },
  "document.unknown": {
    what: "The graph has no such document.",
    exit: EXIT.failed,
  },
  "document.unreadable": {
    what: "A document's file cannot be read.",
    exit: EXIT.failed,
    hint: "Mend the file or its permissions; `amalfa validate` names all documents that cannot be read.",
  },
  "document.vanished": {
    what: "A document's file is gone.",
    exit: EXIT.failed,
    hint: "Run `amalfa init` to bring the graph up to date with the files.",
  },
  "embedding.model": {
    what: "A vector came from another model than the one that was asked.",
    exit: EXIT.failed,
    hint: "Restart amalfa's services, so that they use the configured model.",
  },
  "embedding.worker": {
    what: "A thread that runs the model has failed.",
    exit: EXIT.failed,
    hint: "Run the command again; `amalfa doctor` checks the ONNX runtime and the model's files.",
  },
  "eval.against": {
    what: "A file to compare an evaluation with cannot be read, or is something else.",
    exit: EXIT.usage,
    hint: "Give what `amalfa eval --json` has printed, or a settings file.",
  },
  "eval.questions": {
    what: "A file of questions cannot be read, or has no questions, or lines that are none.",
    exit: EXIT.usage,
    hint:
      "Write on each line a question, a tab and the path of the document that " +
      'answers it, or {"question": "…", "documents": ["…"]}.',
  },
  "file.changed": {
    what: "Another program has changed a file in the meantime.",
    exit: EXIT.failed,
    hint: "Run the command again.",
  },
  "file.kind": {
    what: "Something that has to be a file is a folder, a pipe, a socket or a device.",
    exit: EXIT.failed,
  },
  "file.read-only": {
    what: "A file to change is read-only.",
    exit: EXIT.failed,
    hint: "Make it writable first, if it is meant to be changed.",
  },
  "file.unwritable": {
    what: "A file cannot be written.",
    exit: EXIT.failed,
    hint: "Check the permissions of the file and its folder, and the free space.",
  },
  "files.denied": {
    what: "A file or folder cannot be used, because permissions keep this user out.",
    exit: EXIT.failed,
    hint: "Run `amalfa doctor --check layout.access`, which names what has to become readable or writable.",
  },
  "folder.unknown": {
    what: "No document of the graph lies in that folder.",
    exit: EXIT.failed,
  },
  "front-matter.broken": {
    what: "A document's front matter cannot be read, or is never closed, or has a key twice.",
    exit: EXIT.failed,
    hint:
      "Correct the lines between the two --- lines; if they are " +
      "no front matter, put an empty line above the first one.",
  },
  "front-matter.format": {
    what: "A document's front matter is TOML or JSON, to which no tags are added.",
    exit: EXIT.failed,
    hint: "Add them to the list `tags` in the file yourself; they are read from there.",
  },
  "front-matter.unsupported": {
    what: "A document's tags are written in a way that cannot be added to.",
    exit: EXIT.failed,
    hint: "Write them as a list, such as `tags: [one, two]`, and try again.",
  },
  "gaps.limit": {
    what: "The number of pairs asked for is out of range.",
    exit: EXIT.usage,
  },
  "gaps.threshold": {
    what: "The similarity asked for is out of range.",
    exit: EXIT.usage,
  },
  "graph.earlier": {
    what: "The graph is of an earlier schema, which does not hold what was asked for.",
    exit: EXIT.failed,
    hint: "Run `amalfa init`: it brings the graph over and computes nothing anew.",
  },
  "graph.empty": {
    what: "The graph has no chunks.",
    exit: EXIT.failed,
    hint: "Nothing was changed. Run `amalfa init` first, or empty the cache with `amalfa cache clear`.",
  },
  "graph.model": {
    what: "The graph was made with a model that is neither configured nor on this machine.",
    exit: EXIT.failed,
    hint:
      "Run `amalfa init` to embed the documents with the configured model, get the other one back with " +
      "`amalfa models`, or search with --mode lexical.",
  },
  "ingest.reader": {
    what: "The thread that reads documents has failed.",
    exit: EXIT.failed,
    hint: "Run the command again; the graph is as it was.",
  },
  "ingest.refused": {
    what: "An ingest would forget what may only be out of sight.",
    exit: EXIT.failed,
    hint:
      "If a folder is missing, bring it back or correct `sources` and run " +
      "the command again; if that is how it should be, add --allow-empty.",
  },
  internal: {
    what: "Something went wrong that amalfa did not foresee: a defect.",
    exit: EXIT.failed,
    hint: "Run the command again with --verbose to see where.",
  },
  interrupted: {
    what: "The user, or whoever acts for them, asked for the work to stop.",
    exit: EXIT.interrupted,
  },
  "lock.held": {
    what: "Another process holds the maintenance lock.",
    exit: EXIT.busy,
    hint: "Wait until it is done and run the command again, or wait longer with --wait SECONDS.",
  },
  "lock.unavailable": {
    what: "The maintenance lock cannot be taken, for a reason of the file system.",
    exit: EXIT.failed,
    hint:
      "Nothing was changed. `amalfa doctor --check layout.access` names what " +
      "has to become writable; search, read, stats and serve work as it is.",
  },
  "model.damaged": {
    what: "A file of the model is not what its digest says.",
    exit: EXIT.failed,
    hint: REINSTALL,
  },
  "model.digest": {
    what: "A model's file, from a hub or a folder, is not what it should be.",
    exit: EXIT.failed,
    hint:
      "Nothing was installed. Where the hub has published another file meanwhile, " +
      "`amalfa models pull --force` takes it.",
  },
  "model.folder": {
    what: "The folder of models cannot be used.",
    exit: EXIT.failed,
    hint: "Set AMALFA_MODELS to a folder that may be written, with enough room on its disk.",
  },
  "model.missing": {
    what: "The files of the model were not found.",
    exit: EXIT.failed,
    hint: REINSTALL,
  },
  "model.name": {
    what: "A model cannot be called that, or there is none of that name.",
    exit: EXIT.usage,
    hint: "`amalfa models list` shows those that there are.",
  },
  "model.refused": {
    what: "A hub does not give out a model to whoever asks.",
    exit: EXIT.failed,
  },
  "model.unreachable": {
    what: "A file of a model cannot be fetched.",
    exit: EXIT.failed,
    hint:
      "Nothing was installed, and what has arrived is kept: run the command again and it goes on from there. Without " +
      "a network, copy the model's folder from another machine and run `amalfa models add`.",
  },
  "model.unusable": {
    what: "A model cannot be run as it is described.",
    exit: EXIT.failed,
    hint: "Nothing was installed.",
  },
  "model.used": {
    what: "A model is used, or comes with amalfa, and stays.",
    exit: EXIT.failed,
  },
  "note.changed": {
    what: "A note to be written is not what it was when it was read.",
    exit: EXIT.failed,
    hint: "Read it again, and write what should be there now with the etag that comes with it.",
  },
  "note.exists": {
    what: "A note to be written is there already.",
    exit: EXIT.failed,
    hint: "Read it and give the etag that comes with it to replace it, append to it, or choose another path.",
  },
  "note.instructions": {
    what: "A note would be a file that tells agents how to work, such as CLAUDE.md or AGENTS.md.",
    exit: EXIT.failed,
    hint: "Write it under another name; what agents are told is for people to write.",
  },
  "note.name": {
    what: "A note cannot have a name like that: it is too long, or has characters that are not seen.",
    exit: EXIT.failed,
    hint: "Give a shorter path of letters, digits and spaces.",
  },
  "note.place": {
    what: "A note would not lie inside the sources, or a symbolic link leads there.",
    exit: EXIT.failed,
  },
  "note.text": {
    what: "A text cannot be a note.",
    exit: EXIT.failed,
    hint: "Write text in whole characters, a million of them at most.",
  },
  "output.failed": {
    what: "The result could not be written to stdout.",
    exit: EXIT.failed,
  },
  "path.missing": {
    what: "There is no such file.",
    exit: EXIT.failed,
    hint: "Give a path relative to the project root; `amalfa search` finds documents by what they say.",
  },
  "path.not-markdown": {
    what: "A path does not name a markdown file.",
    exit: EXIT.usage,
  },
  "path.outside": {
    what: "A path leads out of the project root.",
    exit: EXIT.usage,
    hint: "Give a path relative to the project root, such as docs/guides, or none for the root itself.",
  },
  "path.unreadable": {
    what: "A path cannot be looked at.",
    exit: EXIT.failed,
  },
  "pidfile.lock": {
    what: "The PID files cannot be locked.",
    exit: EXIT.failed,
  },
  "projects.inside": {
    what: "The list of the user's projects would be kept in a project.",
    exit: EXIT.usage,
    hint: "Nothing was changed. Let XDG_STATE_HOME be a folder outside of the project.",
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
  "projects.unwritable": {
    what: "The list of the user's projects cannot be written.",
    exit: EXIT.failed,
    hint: "Make its folder writable for you alone, or name another folder for the state of programs by XDG_STATE_HOME.",
  },
  "remote.fault": {
    what: "The remote vector cache does not do what it was asked for.",
    exit: EXIT.failed,
    hint: "`amalfa doctor --check cache.remote` says more. Everything else works without it.",
  },
  "remote.live": {
    what: "Packs are neither fetched from a server that is asked row by row, nor put there.",
    exit: EXIT.usage,
    hint: "An ingest asks it by itself, and gives it what was computed: run `amalfa init`.",
  },
  "remote.mismatch": {
    what: "Vectors of the cache say something else than the model, and were not put to the remote vector cache.",
    exit: EXIT.failed,
    hint: "Nothing was changed. `amalfa cache verify` names them, and `amalfa rebuild --no-cache` replaces them.",
  },
  "remote.mode": {
    what: "The remote vector cache is used for reading alone.",
    exit: EXIT.usage,
    hint: "Nothing was changed there. Set AMALFA_CACHE_REMOTE_MODE=readwrite, where its server allows that.",
  },
  "remote.none": {
    what: "There is no remote vector cache, or it is not used.",
    exit: EXIT.usage,
    hint: "Set AMALFA_CACHE_REMOTE_URL, or name one in the settings; see `docs/cache.md`.",
  },
  "reset.busy": {
    what: "A process has something open that a reset would delete.",
    exit: EXIT.busy,
    hint: "Run `amalfa servers` to see this project's services; end what is in the way and run the command again.",
  },
  "reset.failed": {
    what: "A reset could not begin.",
    exit: EXIT.failed,
    hint: "Check the permissions of the project root; run `amalfa reset` again to finish.",
  },
  "reset.incomplete": {
    what: "A reset could not delete everything.",
    exit: EXIT.failed,
    hint: "Check its permissions and run `amalfa reset` again to finish.",
  },
  "reset.refused": {
    what: "What a reset would delete is not recognised as amalfa's.",
    exit: EXIT.failed,
    hint:
      "Reset deletes one real .amalfa directory and nothing else; " +
      "look at what is there, and remove it yourself if it may go.",
  },
  "reset.unconfirmed": {
    what: "A reset was not confirmed.",
    exit: EXIT.usage,
    hint: "Look at `amalfa reset --dry-run` first; add --yes to answer the question beforehand.",
  },
  "resource.unknown": {
    what: "There is no such MCP resource.",
    exit: EXIT.failed,
  },
  "root.invalid": {
    what: "The project root is no folder, or cannot be reached.",
    exit: EXIT.failed,
  },
  "search.empty": {
    what: "The query is empty, or has nothing but marks.",
    exit: EXIT.usage,
  },
  "search.filter": {
    what: "A filter of a search can never be met.",
    exit: EXIT.usage,
  },
  "search.limit": {
    what: "The number of results asked for is out of range.",
    exit: EXIT.usage,
  },
  "search.mode": {
    what: "There is no such search mode.",
    exit: EXIT.usage,
  },
  "server.address": {
    what: "The address that a server is to listen on cannot be had.",
    exit: EXIT.failed,
    hint: "Name another one with --http HOST:PORT, or leave the port out for any that is free.",
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
    what: "A service was not ready in time, and goes on in the background.",
    exit: EXIT.failed,
  },
  "service.unknown": {
    what: "It cannot be told whether a process is this project's service.",
    exit: EXIT.failed,
    hint: "Look at the process; if it is not amalfa's, delete the PID file and run the command again.",
  },
  "setup.broken": {
    what: "The settings file of an MCP client cannot be read.",
    exit: EXIT.failed,
    hint: "Run the command without --write and paste what it prints.",
  },
  "setup.client": {
    what: "A client has to be named.",
    exit: EXIT.usage,
  },
  "setup.name": {
    what: "The name of an MCP server has characters that clients refuse.",
    exit: EXIT.usage,
    hint: "Use letters, digits, - and _, up to 64 characters.",
  },
  "setup.outside": {
    what: "A client's settings file in the project is a link to something that is none in the project.",
    exit: EXIT.failed,
    hint: "Put a file or folder in the place of the link, or paste what the command prints without --write.",
  },
  "setup.taken": {
    what: "The client has another server of that name.",
    exit: EXIT.failed,
    hint: "Choose another name with --name, or remove that entry first.",
  },
  "setup.unsupported": {
    what: "The settings file of an MCP client cannot be merged into.",
    exit: EXIT.failed,
    hint: "Run the command without --write and paste what it prints.",
  },
  "setup.unwritable": {
    what: "The settings file of an MCP client cannot be written.",
    exit: EXIT.failed,
    hint: "Run the command without --write and paste what it prints.",
  },
  "since.unknown": {
    what: "A revision to compare with is not known to git there, or there is no git.",
    exit: EXIT.usage,
    hint:
      "Give a commit, branch or tag that `git rev-parse` knows " +
      "there; where a clone is shallow, fetch more of its history.",
  },
  "tags.invalid": {
    what: "A tag cannot be written in front matter.",
    exit: EXIT.usage,
  },
  "token.unknown": {
    what: "There is no token of that id or name.",
    exit: EXIT.usage,
    hint: "`amalfa serve token list` shows those that there are.",
  },
  "token.unwritable": {
    what: "The folder of a user's tokens cannot be written.",
    exit: EXIT.failed,
    hint: "Make it writable for you alone, or name another folder for the state of programs by XDG_STATE_HOME.",
  },
  "trust.inside": {
    what: "Consents would be kept in the project itself.",
    exit: EXIT.usage,
    hint: "Nothing was changed. Let XDG_STATE_HOME be a folder outside of the project.",
  },
  "trust.unwritable": {
    what: "Consents cannot be kept.",
    exit: EXIT.failed,
    hint: "Make it writable for you alone, or name another folder for the state of programs by XDG_STATE_HOME.",
  },
  usage: {
    what: "The command, an option or an argument is wrong.",
    exit: EXIT.usage,
    hint: "Leave one of them out.",
  },
  "watcher.disabled": {
    what: "The settings switch the watcher off.",
    exit: EXIT.usage,
    hint: "Set `watch.enabled` to true in the settings file.",
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCode = keyof typeof ERRORS;

/** Whether a text that comes from elsewhere, such as another thread, is the code of an error. */
export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
