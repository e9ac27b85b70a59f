/** Settings: what they may say, and what is said of those that cannot be used. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { loadProject } from "../../../src/project/load.ts";
import { DEFAULT_MODEL, DEFAULT_SETTINGS } from "../../../src/project/settings.ts";
import { amalfa } from "../../helpers/amalfa.ts";
import { agreeTo } from "../../helpers/consent.ts";
import { configFailure, useSettingsProject } from "../../helpers/settings-project.ts";

const { load, place, problemsOf, write } = useSettingsProject();

describe("settings", () => {
  test("none are needed", async () => {
    const project = await load();
    expect(project.settings).toEqual(DEFAULT_SETTINGS);
    expect(project.settings.sources).toEqual(["."]);
    expect(project.settingsFile).toBeUndefined();
    expect(project.paths.database).toBe(join(place.root, ".amalfa", "resonance.db"));
  });

  test("every field is read", async () => {
    const file = write(
      "amalfa.settings.json",
      JSON.stringify({
        $schema: "./schema.json",
        sources: ["./docs/", "notes/**/*.md", "docs", "a/../README.md", join(place.root, "inside")],
        excludePatterns: ["drafts/"],
        database: "data/graph.db",
        registry: false,
        embeddings: { model: DEFAULT_MODEL, dimensions: 384 },
        watch: { enabled: false, debounce: 250, notifications: true },
        cache: { maxBytes: "64MiB", maxAge: "90d", path: "~/vectors.sqlite" },
        search: { refresh: false },
        links: { roots: { "/docs": "./website/docs/", "/": [".", "static"] } },
        validate: { rules: { "link.unwritten": "error", "title.duplicate": "off" } },
      }),
    );
    const project = await load();
    expect(project.settingsFile).toBe(file);
    expect(project.settings).toEqual({
      sources: ["docs", "notes/**/*.md", "README.md", "inside"],
      excludePatterns: ["drafts/"],
      database: join(place.root, "data/graph.db"),
      registry: false,
      model: DEFAULT_MODEL,
      dimensions: 384,
      watch: { enabled: false, debounceMs: 250 },
      cache: {
        maxBytes: 64 * 1024 * 1024,
        maxAgeMs: 90 * 86_400_000,
        path: join(homedir(), "vectors.sqlite"),
      },
      search: { refresh: false },
      links: {
        roots: [
          { prefix: "/docs/", folder: "website/docs/" },
          { prefix: "/", folder: "" },
          { prefix: "/", folder: "static/" },
        ],
      },
      validate: { rules: { "link.unwritten": "error", "title.duplicate": "off" } },
    });
    expect(project.paths.database).toBe(join(place.root, "data/graph.db"));
    expect(project.paths.vectorCache).toBe(join(homedir(), "vectors.sqlite"));
  });

  test.each([
    ["amalfa.config.ts", 'const sources: string[] = ["here"];\nexport default { sources };'],
    ["amalfa.config.js", 'module.exports = { sources: ["here"] };'],
    ["amalfa.config.json", '\uFEFF{"sources": ["here"]}'],
  ])("%s is read", async (name, contents) => {
    const file = write(name, contents);
    if (!name.endsWith(".json")) await agreeTo(file);
    expect((await load()).settings.sources).toEqual(["here"]);
  });

  test("the first of the known names wins", async () => {
    write("amalfa.config.json", '{"sources": ["last"]}');
    await agreeTo(write("amalfa.config.ts", 'export default { sources: ["second"] };'));
    expect((await load()).settings.sources).toEqual(["second"]);
    write("amalfa.settings.json", '{"sources": ["first"]}');
    expect((await load()).settings.sources).toEqual(["first"]);
  });
});

describe("settings that cannot be used", () => {
  test("every problem is listed with its key and what was expected", async () => {
    const problems = await problemsOf({
      sources: ["docs", 3],
      excludePatterns: "drafts",
      databse: "x.db",
      embeddings: { model: 5, dimensions: 1.5 },
      watch: { debounc: 10, debounce: -1, enabled: "yes" },
      cache: { maxBytes: "64M", maxAge: "90" },
    });
    expect(problems["sources[1]"]).toBe("expected a path or a glob, found 3");
    expect(problems.excludePatterns).toBe('expected a list of patterns in gitignore syntax, found "drafts"');
    expect(problems.databse).toContain("unknown key; expected one of sources");
    expect(problems["embeddings.model"]).toBe("expected the name of a model, found 5");
    expect(problems["embeddings.dimensions"]).toBe("expected a positive whole number, found 1.5");
    expect(problems["watch.debounc"]).toStartWith("unknown key; expected one of enabled, debounce");
    expect(problems["watch.debounce"]).toContain("found -1");
    expect(problems["watch.enabled"]).toBe('expected true or false, found "yes"');
    expect(problems["cache.maxBytes"]).toContain('found "64M"');
    expect(problems["cache.maxAge"]).toContain('found "90"');
    expect(Object.keys(problems)).toHaveLength(10);
  });

  test("of thousands of problems the first are listed and the others counted", async () => {
    const unknown = Object.fromEntries(Array.from({ length: 20_000 }, (_, at) => [`watchr${at}`, at]));
    const sources = Array.from({ length: 20_000 }, (_, at) => at);
    write("amalfa.settings.json", JSON.stringify({ sources, ["watch".repeat(20_000)]: 1, ...unknown }));
    const started = process.cpuUsage();
    const { problems, message } = await configFailure(load());
    expect(process.cpuUsage(started).user / 1_000).toBeLessThan(20_000);
    expect(problems).toHaveLength(40_001);
    const lines = message.split("\n");
    expect(lines[0]).toEndWith("has 40,001 problems:");
    expect(lines).toHaveLength(22);
    expect(lines.at(-1)).toBe("  39,981 other problems are not listed");
    const { stdout } = await amalfa(["doctor"], { cwd: place.root });
    expect(stdout.replace(/\s+/g, " ")).toContain("39,981 other problems are not listed.");
    expect(stdout.split("\n").length).toBeLessThan(200);
  }, 300_000);

  test("where one of several shapes is there, what is wrong in it is said", async () => {
    const inside = "expected a folder inside the project, relative to the root, found";
    expect(await problemsOf({ links: { roots: ["docs", "/etc"] } })).toEqual({
      "links.roots[1]": `${inside} "/etc"`,
    });
    expect(await problemsOf({ links: { roots: { a: 5, b: ["../c"] } } })).toEqual({
      "links.roots.a": `${inside} 5`,
      "links.roots.b[0]": `${inside} "../c"`,
    });
    expect((await problemsOf({ links: { roots: "docs" } }))["links.roots"]).toContain(
      "a list of folders, or an object",
    );
  });

  test("what only a closer look shows is listed in the same round", async () => {
    const settings = {
      sources: ["../outside", 3, "docs"],
      source: 4,
      database: ".amalfa/logs/graph.db",
      embeddings: { model: "word2vec", dimension: 3 },
      cache: { maxAge: "90", path: ".amalfa/logs/vectors.sqlite" },
      onStart: 1,
    };
    write("amalfa.settings.json", JSON.stringify(settings));
    const error = await configFailure(
      loadProject({ root: place.root, cwd: place.base, models: [{ name: "known", dimensions: 1 }] }),
    );
    const keys = error.problems.map(({ key }) => key).sort();
    expect(keys).toEqual([
      "cache.maxAge",
      "cache.path",
      "database",
      "embeddings.dimension",
      "embeddings.model",
      "onStart",
      "source",
      "sources[0]",
      "sources[1]",
    ]);
  });

  test("the message names the file", async () => {
    const file = write("amalfa.settings.json", '{"colour": 1, "watch": 2}');
    const error = await configFailure(load());
    expect(error.message).toStartWith(`${file} has 2 problems:\n`);
    expect(error.message).toContain("watch: expected an object, found 2");
    expect(error.hint).not.toBeUndefined();
  });

  test("an empty list of sources and an empty pattern are problems", async () => {
    expect(await problemsOf({ sources: [] })).toHaveProperty("sources");
    expect(await problemsOf({ sources: [" "] })).toHaveProperty(["sources[0]"]);
  });

  test.each([
    ['{\n  "sources": ["a"]\n  "watch": {}\n}', "line 3, column 3"],
    ['{"sources": ["a",]}', "line 1, column 18"],
    ["{\n  // why\n}", "line 2, column 3"],
    ["", "line 1, column 1"],
    ['{"sources": ["a\n"]}', "line 1, column 14"],
  ])("broken JSON %j is located", async (contents, place) => {
    write("amalfa.settings.json", contents);
    expect((await configFailure(load())).message).toContain(`is not valid JSON at ${place}`);
  });

  test("JSON that is no object, or no UTF-8, is refused", async () => {
    write("amalfa.settings.json", "[]");
    expect((await configFailure(load())).message).toContain("expected an object, found an empty list");
    writeFileSync(join(place.root, "amalfa.settings.json"), new Uint8Array([0x7b, 0xff, 0x7d]));
    expect((await configFailure(load())).message).toContain("is not valid UTF-8");
  });

  test.if(process.platform !== "win32")(
    "a named pipe in the place of the file is not waited for",
    async () => {
      Bun.spawnSync(["mkfifo", join(place.root, "amalfa.settings.json")]);
      expect((await configFailure(load())).message).toContain("cannot be read: it is not a file");
    },
  );

  test("a folder in the place of the file is refused, not passed by", async () => {
    mkdirSync(join(place.root, "amalfa.settings.json"));
    expect((await configFailure(load())).message).toContain("cannot be read");
  });

  test.each([
    ["throw new Error('no luck today');", "no luck today"],
    ["export const sources = ['a'];", "expected an object as the default export, found nothing"],
    ["export default () => ({});", "found a function"],
    ["export default {\n  sources: [,\n", "cannot be run"],
    ["import './missing.ts';\nexport default {};", "missing.ts"],
    ["process.exit(0);", "it calls process.exit(0)"],
    ["export default { get sources() { throw 5; } };", "cannot be looked at: 5"],
  ])("a module such as %j is reported", async (contents, message) => {
    const file = write("amalfa.config.ts", contents);
    await agreeTo(file);
    const error = await configFailure(load());
    expect(error.message).toContain(file);
    expect(error.message).toContain(message);
  });

  test.each(["..", "../other", "docs/../../other", "/", "{..,docs}/*.md", "../**/*.md"])(
    "source %j outside the project root is refused and --root suggested",
    async (source) => {
      write("amalfa.settings.json", JSON.stringify({ sources: ["docs", source] }));
      const error = await configFailure(load());
      expect(error.problems).toHaveLength(1);
      expect(error.problems[0]?.key).toBe("sources[1]");
      expect(error.hint).toContain("--root");
    },
  );

  test("a source in a folder that is never ingested is refused", async () => {
    expect(await problemsOf({ sources: ["node_modules/pkg/docs"] })).toHaveProperty(["sources[0]"]);
  });
});

describe("a key that there is not", () => {
  test.each([
    [{ srouces: ["."] }, "sources"],
    [{ exclude: [] }, "excludePatterns"],
    [{ Database: "a.db" }, "database"],
    [{ debounce: 5 }, "watch.debounce"],
    [{ cache: { maxbytes: 5 } }, "cache.maxBytes"],
    [{ search: { debounce: 5 } }, "watch.debounce"],
    [{ validate: { rules: { "link.unresolvd": "off" } } }, "validate.rules.link.unresolved"],
  ])("is told what it is most like: %j", async (settings, meant) => {
    const [message] = Object.values(await problemsOf(settings));
    expect(message).toStartWith("unknown key; expected one of ");
    expect(message).toEndWith(`; did you mean "${meant}"?`);
  });

  test("and like nothing is told nothing", async () => {
    expect(Object.values(await problemsOf({ zebra: 1, sonarr: 1 })).join()).not.toContain("did you mean");
  });
});

describe("settings of earlier versions", () => {
  test("with globs, which the old tool never expanded, are sources as they are", async () => {
    const sources = ["./*.md", "./src/**/*.md", "./docs/"];
    write("amalfa.config.json", JSON.stringify({ sources, excludePatterns: ["node_modules", ".git"] }));
    expect((await load()).settings.sources).toEqual(["*.md", "src/**/*.md", "docs"]);
  });

  test("are accepted, and only the model is worth a warning", async () => {
    const settings = {
      source: "./notes",
      database: ".amalfa/runtime/resonance.db",
      embeddings: { model: "BAAI/bge-small-en-v1.5", dimensions: 384 },
      watch: { enabled: true, debounce: 1500, notifications: false },
      sonar: { enabled: true },
      ember: {},
      langExtract: null,
      graph: [],
      fixtures: 1,
      scratchpad: "x",
    };
    write("amalfa.settings.json", JSON.stringify(settings));
    const project = await load();
    expect(project.settings.sources).toEqual(["notes"]);
    expect(project.settings.model).toBe(DEFAULT_MODEL);
    expect(project.paths.database).toBe(join(place.root, ".amalfa/runtime/resonance.db"));
    expect(project.warnings).toHaveLength(1);
    expect(project.warnings[0]).toContain("BAAI/bge-small-en-v1.5");
  });

  test("source beside sources is refused when it would be lost", async () => {
    expect(await problemsOf({ source: "a", sources: ["b"] })).toHaveProperty("source");
  });
});

describe("the configured model", () => {
  const models = [{ name: DEFAULT_MODEL, dimensions: 384 }];
  const loadWith = () => loadProject({ root: place.root, cwd: place.base, models });

  test("may be one of the catalogue", async () => {
    expect((await loadWith()).settings.model).toBe(DEFAULT_MODEL);
  });

  test.each([
    [{ model: "word2vec" }, "embeddings.model", DEFAULT_MODEL],
    [{ dimensions: 768 }, "embeddings.dimensions", "384"],
  ])("cannot be %j", async (embeddings, key, expected) => {
    const file = write("amalfa.settings.json", JSON.stringify({ embeddings }));
    const error = await configFailure(loadWith());
    expect(error).toMatchObject({ code: "config.invalid", exit: 2 });
    expect(error.message).toStartWith(`${file}: ${key}:`);
    expect(error.message).toContain(expected);
    // Whoever computes no vectors can do without.
    expect((await load()).root).toBe(place.root);
  });
});
