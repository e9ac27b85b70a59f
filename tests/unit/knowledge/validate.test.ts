import { Database } from "bun:sqlite";
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { amalfa, amalfaJson } from "../../helpers/amalfa.ts";
import { useMadeUpModel } from "../../helpers/made-up-model.ts";
import { notesFolder } from "../../helpers/notes.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

useMadeUpModel();

setDefaultTimeout(300_000);

interface ValidateDocument {
  readonly ok: boolean;
  readonly documents: number;
  readonly graph: string;
  readonly links: { readonly unresolved: number; readonly elsewhere: number };
  readonly summary: { readonly errors: number; readonly warnings: number };
  readonly problems: readonly {
    readonly severity: string;
    readonly code: string;
    readonly path: string | null;
    readonly line: number | null;
    readonly message: string;
  }[];
}

async function validated(folder: TempFolder, ...flags: string[]) {
  const { status, document } = await amalfaJson<ValidateDocument>(["validate", ...flags], {
    cwd: folder.path,
  });
  const places = document.problems.map(
    ({ severity, code, path, line }) => `${severity} ${code} ${path}:${line}`,
  );
  return { status, document, places };
}

describe("validate", () => {
  test("sound markdown passes, without a graph, and leaves nothing behind", async () => {
    using folder = new TempFolder();
    folder.write({
      "a.md":
        "# A\n\n[b](b.md#part-one) [[b]] [[b#Part one]] <https://example.org/x.md> ![x](x.png) [top](#a)\n",
      "x.png": "",
      "b.md":
        '# B\n\n## Part one\n\n<a id="Spot"></a>\n\n> ### In a quote\n\n[a](a.md) [c](#spot) [d](b.md#in-a-quote)\n',
    });
    const { status, document } = await validated(folder);
    expect(document).toMatchObject({
      ok: true,
      documents: 2,
      graph: "none",
      summary: { errors: 0, warnings: 0 },
      problems: [],
    });
    expect(status).toBe(0);
    expect(existsSync(folder.join(".amalfa"))).toBe(false);
  });

  test("what is wrong with front matter has one line and one name, whoever is asked", async () => {
    using folder = new TempFolder();
    folder.write({
      "bracket.md": "---\na: 1\ntitle: [open\nb: 2\n---\n# bracket\n",
      "quote.md": '---\ntitle: "The talk\ndate: 2024-01-01\ntags: [a]\n---\n# quote\n',
      "toml.md": "+++\ntitle = 'T'\ndate =\n+++\n# toml\n",
      "twice.md": "---\ntitle: A\ntags: [a]\ntitle: B\n---\n# twice\n",
      "unclosed.md": "---\ntitle: T\n\n# unclosed\n",
    });
    const lines = {
      "bracket.md": 3,
      "quote.md": 2,
      "toml.md": 3,
      "twice.md": 4,
      "unclosed.md": 1,
    };
    const { places, document } = await validated(folder);
    expect(places).toEqual(
      Object.entries(lines).map(([path, line]) => `error front-matter.unreadable ${path}:${line}`),
    );
    const init = await amalfaJson<{ readonly frontMatter: { path: string; line: number; error: string }[] }>(
      ["init"],
      { cwd: folder.path },
    );
    expect(init.document.frontMatter.map(({ path, line }) => [path, line])).toEqual(Object.entries(lines));
    for (const { path, line, error } of init.document.frontMatter) {
      expect(document.problems.find((problem) => problem.path === path)?.message).toEndWith(`: ${error}`);
      const before = readFileSync(folder.join(path), "utf8");
      const refused = await amalfaJson<{ readonly error: { readonly message: string } }>(
        ["inject-tags", path, "new"],
        { cwd: folder.path },
      );
      expect(refused.status).toBe(1);
      expect(refused.document.error.message).toContain(`cannot be read: ${error} (line ${line}).`);
      expect(readFileSync(folder.join(path), "utf8")).toBe(before);
    }
  });

  test("a date that searches by date do not understand is a warning, but for a template", async () => {
    const note = (fields: string) => `---\n${fields}\n---\n# Note\n\nText.\n`;
    using folder = new TempFolder().write({
      "either.md": note("title: Either\ndate: 05/06/2026"),
      "made.md": note("title: Made\nCreated: soon"),
      "right.md": note("title: Right\ndate: 5. Mai 2026\ncreated: 2026/05/05"),
      "year.md": note("title: Year\ndate: 2024\ncreated:"),
      "templates/day.md": note('title: Day\ndate: "{{date}}"'),
    });
    const { places, document } = await validated(folder);
    expect(places).toEqual(["warning front-matter.date either.md:3", "warning front-matter.date made.md:3"]);
    expect(document.problems[0]?.message).toBe(
      'the date "05/06/2026" is not understood by searches by date: write it as 2024-03-05',
    );
  });

  test("each line of front matter that loses its value is an error, and one that loses none a warning", async () => {
    using folder = new TempFolder().write({
      "both.md": "---\ntitle: Part two: the middle\ndate: 2024\ntags: [a, b\nowner: 'me\n---\n# Both\n",
      "kept.md": "---\ntitle: Part one: the start\ntags: [a]\n---\n# Kept\n",
      "list.md": "---\ntitle: List\ntags: [a, b], c\n---\n# List\n",
    });
    const { places, document } = await validated(folder);
    expect(places).toEqual([
      "error front-matter.unreadable both.md:4",
      "error front-matter.unreadable both.md:5",
      "error front-matter.unreadable list.md:3",
      "warning front-matter.unquoted both.md:2",
      "warning front-matter.unquoted kept.md:2",
    ]);
    const messages = document.problems.map(({ message }) => message);
    expect(messages[0]).toBe(
      "a value of the front matter is lost: a bracket is opened here and never closed by ]",
    );
    expect(messages[4]).toBe(
      'the value of "title" is no YAML and was read as plain text: put the value in quotes',
    );
    type Init = { readonly frontMatter: readonly { readonly path: string; readonly line: number }[] };
    const init = await amalfaJson<Init>(["init"], { cwd: folder.path });
    const named = init.document.frontMatter.map(({ path, line }) => `${path}:${line}`);
    expect(named).toEqual(["both.md:4", "both.md:5", "list.md:3"]);
  });

  test("each kind of error is printed with its place, and ends with status 1", async () => {
    using folder = new TempFolder();
    folder.write({
      "links.md": "# Links\n\n[gone](gone.md)\n\n[[nobody]]\n\n<!-- tags: [DEPENDS_ON: nothing.md] -->\n",
      "latin.md": new Uint8Array([0x23, 0x20, 0xe9]),
      "matter.md": "---\ntitle: [open\n---\n# Matter\n",
      "amalfa.settings.json": JSON.stringify({ sources: [".", "missing"] }),
    });
    const { status, places, document } = await validated(folder);
    expect(status).toBe(1);
    expect(document.ok).toBe(false);
    expect(places).toEqual([
      "error document.failed latin.md:null",
      "error link.unresolved links.md:3",
      "error link.unresolved links.md:7",
      "error front-matter.unreadable matter.md:2",
      "error source.missing missing:null",
      "warning link.unwritten links.md:5",
    ]);
    const { stdout, status: text } = await amalfa(["validate"], { cwd: folder.path });
    expect(text).toBe(1);
    expect(stdout).toContain('links.md:3  error  link to "gone.md" leads nowhere');
    expect(stdout).toContain("5 errors, 1 warning in 3 documents");
  });

  test("warnings do not fail, unless --strict", async () => {
    using folder = new TempFolder();
    folder.write({
      "a.md": "---\naliases: [Same]\n---\n# Title\n\n[b](b.md#nowhere)\n",
      "b.md": "---\naliases: [same]\n---\n# Title\n",
      "empty.md": "",
    });
    const { status, places, document } = await validated(folder);
    expect(status).toBe(0);
    expect(places).toEqual([
      "warning alias.duplicate a.md:null",
      "warning title.duplicate a.md:null",
      "warning link.anchor a.md:6",
      "warning document.empty empty.md:null",
    ]);
    // Names are compared without regard to case, and shown as they are written.
    const messages = document.problems.map(({ message }) => message);
    expect(messages).toContain('the alias "Same" is also that of b.md');
    expect(messages).toContain('the title "Title" is also that of b.md');
    const strict = await validated(folder, "--strict");
    expect(strict.status).toBe(1);
    expect(strict.document.ok).toBe(false);
  });

  test("the unresolved links are those that an ingest counts, and each of them is a problem or leads elsewhere", async () => {
    using folder = new TempFolder();
    folder.write({
      "mkdocs.yml": "",
      "docs/a.md":
        "---\nrelated: [gone.md, some words]\n---\n# A\n\n[[New note]] [[New note]] [[2024-01-01]] [[^block]] ![[gone]]\n" +
        "[x](gone.md) [x](gone.md) [y](/gone/) [z](folder/) [w](../LICENSE) [v](./out.md) ![p](gone.png)\n",
      "docs/folder/data.csv": "",
      "docs/b.md":
        "# B\n\n[x](gone.md)\n\n[x](gone.md#there) [a](a.md#gone) <!-- tags: [NEEDS: nothing] -->\n",
      "docs/out.md": "# Out\n",
      ".gitignore": "out.md\n",
    });
    const { document: before } = await validated(folder);
    const { document: ingest } = await amalfaJson<{ graph: { unresolvedLinks: number } }>(["init"], {
      cwd: folder.path,
    });
    const { document } = await validated(folder);
    expect(before.links).toEqual(document.links);
    expect(document.links.unresolved).toBe(ingest.graph.unresolvedLinks);
    const stats = await amalfaJson<{ unresolvedLinks: number }>(["stats"], { cwd: folder.path });
    expect(document.links.unresolved).toBe(stats.document.unresolvedLinks);
    const notLinks = /^(?:attachment|link\.anchor)/;
    const wrong = document.problems.filter(({ code }) => !notLinks.test(code));
    expect(wrong.length + document.links.elsewhere).toBe(document.links.unresolved);
    expect(document.links.elsewhere).toBe(2);
    const { stdout } = await amalfa(["validate"], { cwd: folder.path });
    expect(stdout.replace(/\s+/g, " ")).toContain(
      `${document.links.unresolved} unresolved links in all documents, as init and stats count them; 2 of them lead`,
    );
  });

  test("translations of one page may have one title, and templates the names of what is made from them", async () => {
    using folder = new TempFolder();
    folder.write({
      "en/a.md": "---\ntitle: Start\naliases: [s]\n---\nWords.\n",
      "ja/a.md": "---\ntitle: Start\naliases: [s]\n---\nWords.\n",
      "Vorlagen/day.md": "---\ntitle: Day\naliases: [d]\n---\nAbout <% tp.date.now() %>.\n",
      "Vorlagen/week.md": "---\ntitle: Day\naliases: [d]\n---\nAbout a week.\n",
      "_templates/{{title}}.md": "# {{title}}\n\n## Who\n",
      "_templates/b.md": "# {{title}}\n\n## What\n",
      ".obsidian/plugins/templater-obsidian/data.json": '{ "templates_folder": "Vorlagen" }',
    });
    expect((await validated(folder)).places).toEqual([]);
    folder.write({ "en/b.md": "---\ntitle: Start\n---\nOther words.\n" });
    const { document } = await validated(folder);
    const messages = document.problems.map(({ message }) => message);
    expect(messages).toEqual(['the title "Start" is also that of en/b.md']);
  });

  test("a link to a file that is no document leads somewhere, and one out of the project does not", async () => {
    using folder = new TempFolder();
    folder.write({
      "notes/a.md":
        "[hidden](../.github/CONTRIBUTING.md)\n[ignored](<../drafts/my%20draft.md>)\n[out](../../x.md)\n",
      ".github/CONTRIBUTING.md": "# How to\n",
      "drafts/my draft.md": "# Draft\n",
      ".gitignore": "drafts/\n",
    });
    const { status, places } = await validated(folder);
    expect(status).toBe(1);
    expect(places).toEqual([
      "error link.unresolved notes/a.md:3",
      "warning link.excluded notes/a.md:1",
      "warning link.excluded notes/a.md:2",
    ]);
  });

  test("links within a document lead to its headings and anchors", async () => {
    using folder = new TempFolder();
    folder.write({
      "a.md":
        "# The top\n\n[none](#nope) and [[#Nope]] and ![[#gone|x]]\n\n[top](#the-top), [[#The top]], [[#^block]], [[^block]]\n\nText ^block\n",
    });
    expect((await validated(folder)).places).toEqual([
      "warning link.anchor a.md:3",
      "warning link.anchor a.md:3",
      "warning link.anchor a.md:3",
    ]);
  });

  test("anchors as forges and site generators make them", async () => {
    using folder = new TempFolder();
    const headings = [
      "## First steps { #start }",
      "## Options {: .note #opts }",
      "## Twice",
      "## Twice",
      "## Twice-1",
      "## Using `{}`",
      "- item\n\n  ## In a list",
      "> In a quote\n> ----------",
      "<h3 align=center>Of <b>HTML</b></h3>",
    ];
    const anchors =
      "start opts options twice twice-1 twice-1-1 in-a-list in-a-quote of-html user-content-opts first-steps using-".split(
        " ",
      );
    folder.write({
      "a.md": `${headings.join("\n\n")}\n\n${anchors.map((anchor) => `[x](#${anchor})`).join(" ")}\n`,
    });
    const { document } = await validated(folder);
    expect(document.problems.map(({ message }) => message)).toEqual([]);
  });

  test("a link to a document that cannot be read is not at fault as well", async () => {
    using folder = new TempFolder();
    folder.write({
      "a.md": "[there](latin.md) and [its end](latin.md#end)\n",
      "latin.md": new Uint8Array([0x23, 0x20, 0xe9, 0x0a]),
    });
    expect((await validated(folder)).places).toEqual(["error document.failed latin.md:null"]);
  });

  test("no document at all is an error: a gate that looks at nothing passes nothing", async () => {
    using folder = new TempFolder();
    const { status, places } = await validated(folder);
    expect(status).toBe(1);
    expect(places).toEqual(["error source.empty null:null"]);
  });

  test("a graph is compared with the files, and a damaged one is an error", async () => {
    using folder = notesFolder();
    expect((await amalfa(["init"], { cwd: folder.path })).status).toBe(0);
    expect((await validated(folder)).document.graph).toBe("compared");
    folder.write({ "new.md": "# New\n" });
    expect((await validated(folder)).places).toContain("warning graph.drift null:null");
    using db = new Database(folder.join(".amalfa/resonance.db"));
    db.run("PRAGMA user_version = 99");
    const { status, document } = await validated(folder);
    expect(status).toBe(1);
    expect(document.graph).toBe("unreadable");
    expect(document.problems[0]).toMatchObject({ severity: "error" });
    expect(document.problems.map(({ message }) => message).join()).toContain("`amalfa rebuild`");
  });
});
