/**
 * What amalfa keeps: the graph, the vector cache and its exports, models, the lock, and all of it together. In the
 * order of their codes.
 */
import { type ErrorEntry, EXIT, REINSTALL } from "./error-entry.ts";

export const DATA = {
  "archive.exists": {
    what: "The file to export to is there already.",
    exit: EXIT.usage,
    hint: "Add --force to replace that export, or choose another name.",
  },
  "archive.invalid": {
    what: "The file to import is not a usable export of a vector cache.",
    exit: EXIT.failed,
    hint: "Nothing was changed. Export it again with `amalfa cache export` where it came from.",
  },
  "archive.models": {
    what: "The export only has vectors of models that the project does not use.",
    exit: EXIT.failed,
    hint:
      "Nothing was changed. Add --any-model to import them anyway, or set the model that they " +
      "belong to.",
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
    hint: "Nothing was changed. Name a file that is there and may be read.",
  },
  "cache.busy": {
    what: "Another process is writing to the vector cache.",
    exit: EXIT.busy,
    hint: "Run the command again in a moment.",
  },
  "cache.damaged": {
    what: "The vector cache's file is damaged, or is not a vector cache.",
    exit: EXIT.failed,
    hint:
      "Run `amalfa doctor --fix`, which moves it to quarantine. Then run `amalfa rebuild`, which " +
      "fills a new one from the graph.",
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
      "Run `amalfa init`. If there is a graph already, `amalfa rebuild` fills a cache from it and " +
      "computes nothing.",
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
    what: "Another project may use the same vector cache.",
    exit: EXIT.usage,
    hint: "Nothing was changed. Prune a shared cache by age instead: amalfa cache prune --older-than 90d",
  },
  "cache.unconfirmed": {
    what: "Nobody confirmed that vectors are to be removed.",
    exit: EXIT.usage,
    hint: "Nothing was removed. Add --yes to confirm without being asked.",
  },
  "cache.unusable": {
    what: "The file of the vector cache cannot be opened or used.",
    exit: EXIT.failed,
    hint: "Move it away, or correct the `cache.path` setting.",
  },
  "code.grammar": {
    what: "The sources name code, and the grammar of its language cannot be loaded.",
    exit: EXIT.failed,
    hint: REINSTALL,
  },
  "data.link": {
    what:
      "A symbolic link is in the place of `.amalfa`, or of its folder of locks, of logs or of the quarantine; or one " +
      "in the place of a database leads to an empty or missing file that has no database's name.",
    exit: EXIT.failed,
    hint:
      "Remove the link, or replace it by a real folder; to keep the graph or the vectors elsewhere, set `database` " +
      "or `cache.path`.",
  },
  "database.busy": {
    what: "Another process is writing to the graph.",
    exit: EXIT.busy,
    hint: "Try again in a moment; `amalfa doctor --check db.lock` names the process.",
  },
  "database.changed": {
    what: "Another process changed the graph while an ingest prepared its own change.",
    exit: EXIT.busy,
    hint: "Run the command again. Vectors that were computed are in the vector cache.",
  },
  "database.damaged": {
    what: "The graph's file is damaged, or is not a database.",
    exit: EXIT.failed,
    hint: "Run `amalfa rebuild`: it moves the file to quarantine and builds the graph again from the markdown.",
  },
  "database.foreign": {
    what: "The file where the graph should be is not one of amalfa's.",
    exit: EXIT.failed,
    hint:
      "Check the `database` setting: name a file that ends in .db, or delete this one if nobody " +
      "needs it.",
  },
  "database.full": {
    what: "There is no space left to write the graph.",
    exit: EXIT.failed,
    hint: "Free some space and run the command again; the graph is as it was before.",
  },
  "database.in-use": {
    what: "The graph's file has to be replaced, and another process has it open.",
    exit: EXIT.busy,
    hint: "End that process; where none is named, install lsof, which can name it. Then run the command again.",
  },
  "database.missing": {
    what: "There is no graph yet.",
    exit: EXIT.failed,
    hint:
      "Run `amalfa init` to build it from the markdown. If an `init` is running already, words can " +
      "be searched within seconds.",
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
  "embedding.full": {
    what: "There is no space left to keep vectors, so no more are computed.",
    exit: EXIT.failed,
    hint:
      "Free some space and run the command again: it goes on with the vectors that are kept. What is in the graph " +
      "can be searched meanwhile, and passages without a vector are found by their words.",
  },
  "embedding.model": {
    what: "A vector came from another model than the one that was asked for.",
    exit: EXIT.failed,
    hint: "Restart amalfa's services, so that they use the configured model.",
  },
  "embedding.worker": {
    what: "A thread that runs the model has failed.",
    exit: EXIT.failed,
    hint: "Run the command again; `amalfa doctor` checks the ONNX runtime and the model's files.",
  },
  "graph.earlier": {
    what: "The graph has an earlier schema, which does not hold what was asked for.",
    exit: EXIT.failed,
    hint: "Run `amalfa init`: it upgrades the graph and computes no vector again.",
  },
  "graph.empty": {
    what: "The graph has no passages, so every vector of the cache would count as one that nobody needs.",
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
    what: "An ingest would remove documents whose files may only be out of reach.",
    exit: EXIT.failed,
    hint:
      "If a folder is missing, bring it back or correct `sources`, and run the command again. If " +
      "the documents are really gone, add --allow-empty.",
  },
  "lock.held": {
    what: "Another process holds the maintenance lock.",
    exit: EXIT.busy,
    hint: "Wait until it is done and run the command again, or wait longer with --wait SECONDS.",
  },
  "lock.unavailable": {
    what: "The file system does not let amalfa take the maintenance lock.",
    exit: EXIT.failed,
    hint:
      "Nothing was changed. `amalfa doctor --check layout.access` names what has to become " +
      "writable. Until then search, read, stats and serve work, if they may read it.",
  },
  "model.damaged": {
    what: "A file of the model does not have the digest that it should have.",
    exit: EXIT.failed,
    hint: REINSTALL,
  },
  "model.digest": {
    what: "A model's file, from a hub or a folder, does not have the digest that it should have.",
    exit: EXIT.failed,
    hint:
      "Nothing was installed. If the hub has published a new version of the file, `amalfa models " +
      "pull --force` accepts it.",
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
    what: "There is no model of that name, or no model can have it.",
    exit: EXIT.usage,
    hint: "`amalfa models list` shows all models.",
  },
  "model.others": {
    what: "What would be replaced, removed or copied among the models is not amalfa's.",
    exit: EXIT.failed,
    hint:
      "Nothing was changed. Give the model another name with `--name`, set AMALFA_MODELS to another folder, " +
      "or move what is yours elsewhere first.",
  },
  "model.refused": {
    what: "A hub does not give a model to everybody.",
    exit: EXIT.failed,
    hint: "Ask its owner for access and set HF_TOKEN, or choose another one: `amalfa models list`.",
  },
  "model.unreachable": {
    what: "A file of a model cannot be fetched.",
    exit: EXIT.failed,
    hint:
      "Nothing was installed. What has arrived is kept, and the next run goes on from there. " +
      "Without a network, copy the model's folder from another machine and run `amalfa models add`.",
  },
  "model.unusable": {
    what: "A model does not run with the description that it was given.",
    exit: EXIT.failed,
    hint:
      "Nothing was installed. Correct the description, or choose another model with `amalfa models " +
      "list`.",
  },
  "model.used": {
    what: "A model to be removed is in use, or comes with amalfa.",
    exit: EXIT.failed,
    hint:
      "Nothing was removed. If the model is in use, choose another one first with `amalfa models " + "use`.",
  },
  "pidfile.lock": {
    what: "The PID files cannot be locked.",
    exit: EXIT.failed,
    hint: "Run `amalfa doctor --check layout.access`; it names the folder or file whose permissions or type are wrong.",
  },
  "remote.fault": {
    what: "The remote vector cache cannot be used.",
    exit: EXIT.failed,
    hint: "`amalfa doctor --check cache.remote` says why. Everything else works without it.",
  },
  "remote.live": {
    what: "A Redis or Valkey server has no packs to fetch: it is asked for single vectors.",
    exit: EXIT.usage,
    hint: "Run `amalfa init`: it fetches from there the vectors that this project lacks.",
  },
  "remote.mismatch": {
    what:
      "Cached vectors differ from what the model computes, and were not sent to the remote vector " +
      "cache.",
    exit: EXIT.failed,
    hint: "Nothing was changed. `amalfa cache verify` names them, and `amalfa rebuild --no-cache` replaces them.",
  },
  "remote.mode": {
    what: "This project only reads from the remote vector cache.",
    exit: EXIT.usage,
    hint:
      "Nothing was changed there. Set AMALFA_CACHE_REMOTE_MODE=readwrite, if its server lets you " + "write.",
  },
  "remote.none": {
    what: "No remote vector cache is set, or it is not in use.",
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
      "Put right what the message names. Reset deletes one real .amalfa directory and nothing else; " +
      "look at what is there, and remove it yourself if it may go.",
  },
  "reset.unconfirmed": {
    what: "Nobody confirmed the reset.",
    exit: EXIT.usage,
    hint:
      "`amalfa reset --dry-run` shows what it would delete. Add --yes to confirm without being " + "asked.",
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
