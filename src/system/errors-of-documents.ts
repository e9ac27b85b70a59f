/** What people write and ask for: documents, notes, other files, searches, evaluations. In the order of their codes. */
import { type ErrorEntry, EXIT } from "./error-entry.ts";

export const DOCUMENTS = {
  "arguments.invalid": {
    what: "The arguments of an MCP tool do not fit its input schema.",
    exit: EXIT.failed,
    hint: "Call the tool again with arguments that fit its input schema.",
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
  "document.ambiguous": {
    what: "A name fits several documents.",
    exit: EXIT.failed,
    hint: "Give more of the path.",
  },
  "document.encoding": {
    what: "A file is not text in the encoding that it claims.",
    exit: EXIT.failed,
    hint: "Save the file as UTF-8; from Windows-1252, for one: `iconv -f WINDOWS-1252 -t UTF-8 OLD.md > NEW.md`.",
  },
  "document.heading": {
    what: "A document has no such heading.",
    exit: EXIT.usage,
    hint: "Give one of its headings, or read the document as a whole.",
  },
  "document.lines": {
    what: "A document does not have those lines.",
    exit: EXIT.usage,
    hint: "Ask for lines within the document.",
  },
  "document.outside": {
    what: "A document's file now lies outside the project root.",
    exit: EXIT.failed,
    hint: "Run `amalfa init` to bring the graph up to date with the files.",
  },
  "document.unknown": {
    what: "The graph has no such document.",
    exit: EXIT.failed,
    hint: "`amalfa search` finds documents by what they say, `amalfa list-sources` says where they come from.",
  },
  "document.unreadable": {
    what: "A document's file cannot be read.",
    exit: EXIT.failed,
    hint: "Mend the file or its permissions; `amalfa validate` names all documents that cannot be read.",
  },
  "document.vanished": {
    what: "A document's file is gone, or no source contains it any more.",
    exit: EXIT.failed,
    hint: "Run `amalfa init` to bring the graph up to date with the files.",
  },
  "eval.against": {
    what:
      "The file to compare with cannot be read, or is neither a report of `amalfa eval` nor " + "settings.",
    exit: EXIT.usage,
    hint: "Give what `amalfa eval --json` has printed, or a settings file.",
  },
  "eval.questions": {
    what: "A file of questions cannot be read, has no questions, or has lines of another form.",
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
    what: "A folder, a pipe, a socket, a device or a hard link of another file is where a file should be.",
    exit: EXIT.failed,
    hint: "Name a file, or put one in its place.",
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
    what: "Permissions keep this user out of a file or folder.",
    exit: EXIT.failed,
    hint: "Run `amalfa doctor --check layout.access`, which names what has to become readable or writable.",
  },
  "files.faulty": {
    what: "A disk did not read or write what it was asked to.",
    exit: EXIT.failed,
    hint: "Look at the disk first; `amalfa doctor` then says whether anything is damaged.",
  },
  "files.full": {
    what: "A disk, a quota or a limit of the system has no room for what a command had to write.",
    exit: EXIT.failed,
    hint: "Free some space, then run the command again; `amalfa doctor --check layout.access` names the place.",
  },
  "files.read-only": {
    what: "A command had to write where nothing can be written.",
    exit: EXIT.failed,
    hint: "Make the file system writable; `amalfa doctor --check layout.access` names the place.",
  },
  "files.too-many": {
    what: "The process, or the machine, has as many files open as are allowed.",
    exit: EXIT.failed,
    hint: "Close some programs, or raise the limit (`ulimit -n`), and run the command again.",
  },
  "files.vanished": {
    what: "A file or folder was moved or deleted while a command worked with it.",
    exit: EXIT.failed,
    hint: "Run the command again, where the project is now; `amalfa doctor` tells what is missing there.",
  },
  "folder.unknown": {
    what: "No document of the graph lies in that folder.",
    exit: EXIT.failed,
    hint: "Give a folder relative to the project root, or leave it out to see which there are.",
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
    hint: "Give a whole number from 1 to 1000.",
  },
  "gaps.threshold": {
    what: "The similarity asked for is out of range.",
    exit: EXIT.usage,
    hint: "Give a number from 0 to 1.",
  },
  "note.changed": {
    what: "A note has changed since it was read.",
    exit: EXIT.failed,
    hint: "Read it again, and write with the etag that comes with it.",
  },
  "note.exists": {
    what: "There is a note of that path already.",
    exit: EXIT.failed,
    hint:
      "To replace it, read it and give the etag that comes with it. Otherwise append to it, or " +
      "choose another path.",
  },
  "note.instructions": {
    what: "A note would become a file that instructs agents, such as CLAUDE.md or AGENTS.md.",
    exit: EXIT.failed,
    hint: "Write it under another name. Only people write the instructions of agents.",
  },
  "note.name": {
    what: "The path of a note is too long, or has characters that nobody can see.",
    exit: EXIT.failed,
    hint: "Give a shorter path of letters, digits and spaces.",
  },
  "note.place": {
    what: "The path of a note lies outside the sources, or leads through a symbolic link.",
    exit: EXIT.failed,
    hint: "Choose a path that an ingest would find; `amalfa list-sources` names the sources.",
  },
  "note.text": {
    what: "A text cannot be stored as a note.",
    exit: EXIT.failed,
    hint: "Write valid Unicode, at most a million characters.",
  },
  "path.encoding": {
    what: "A path cannot be told from another one: in it, or where a link leads, is a name that is not valid UTF-8.",
    exit: EXIT.usage,
    hint: "Rename that file or folder: `ls -b` shows the bytes of names. Then run the command again.",
  },
  "path.missing": {
    what: "There is no such file.",
    exit: EXIT.failed,
    hint: "Give a path relative to the project root; `amalfa search` finds documents by what they say.",
  },
  "path.not-markdown": {
    what: "A path does not name a markdown file.",
    exit: EXIT.usage,
    hint: "Name a file that ends in .md, .markdown or .mdx.",
  },
  "path.outside": {
    what: "A path leads out of the project root.",
    exit: EXIT.usage,
    hint: "Give a path relative to the project root, such as docs/guides/setup.md.",
  },
  "path.unreadable": {
    what: "A path cannot be examined.",
    exit: EXIT.failed,
    hint: "Check that it exists, and that you may read it and the folders above it.",
  },
  "resource.unknown": {
    what: "There is no such MCP resource.",
    exit: EXIT.failed,
    hint: "List the resources, or find a document with `search_documents`: it is amalfa://document/ and its id.",
  },
  "search.empty": {
    what: "The query is empty, or has nothing but marks.",
    exit: EXIT.usage,
    hint: "Ask for a word, a number or a sign, such as backups.",
  },
  "search.filter": {
    what: "No document can ever match a filter of the search.",
    exit: EXIT.usage,
    hint: "Correct the filter; `amalfa search --help` says what each one takes.",
  },
  "search.limit": {
    what: "The number of results asked for is out of range.",
    exit: EXIT.usage,
    hint: "Give a whole number from 1 to 1000.",
  },
  "search.mode": {
    what: "There is no such search mode.",
    exit: EXIT.usage,
    hint: "Use hybrid, lexical or semantic.",
  },
  "since.unknown": {
    what: "Git does not know the revision to compare with, or there is no git.",
    exit: EXIT.usage,
    hint:
      "Give a commit, branch or tag that `git rev-parse` knows there. In a shallow clone, fetch " +
      "more of the history.",
  },
  "tags.invalid": {
    what: "A tag cannot be written in front matter.",
    exit: EXIT.usage,
    hint: "Use letters, digits and _, with - / . : + between them, up to 100 characters.",
  },
} as const satisfies Readonly<Record<string, ErrorEntry>>;
