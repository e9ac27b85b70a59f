/**
 * What is written together is found whole and first; quotes, exclusion and long queries; scripts without spaces and
 * spellings.
 */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { parseQuery } from "../../../src/graph/search/query/query.ts";
import { foundIn, notes } from "../../helpers/found-in.ts";
import { type FixtureDocument, fixtureGraph, unitVector } from "../../helpers/graph-fixture.ts";

const days = Array.from({ length: 60 }, (_, day) => {
  const date = new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10);
  return { id: `daily/${day}.md`, title: "Day", texts: [`On ${date} I wrote a report.`] };
});

describe("what is written together is first", () => {
  const many = notes({
    host: "The server is 10.0.12.7 and answers.",
    other: "The server is 12.7.10.0 and 7.12.0.10 answer.",
    version: "Since v1.12.2 the importer works.",
    beta: "Released foo@2.11.0-beta.11 for bar>=11.1.",
    v2: "Released foo@2.2.0-beta.2 for bar>=2.1.",
    near: "Versions 11.2.1, 2.12.1 and 1.2.12 fail.",
    hash: "Mended in a3f9c21 for good.",
    setting: "Set OTEL_PROPAGATORS to b3.",
    parts: "The otel propagators pass context on.",
    flag: "Call it with --dry-run at first.",
    dry: "A dry run in the rain, dry as a bone.",
    cpp: "Bindings for C++ are there.",
    csharp: "Bindings for C# are there.",
    c: "Bindings for C are there, in C, by C.",
    dotnet: "It runs on .NET too.",
    net: "The net was torn, a net with holes.",
    path: "See src/store/search.ts:42 for more.",
    store: "The store has a search for shoes.",
    phone: "Call +49 30 123 4567 at noon.",
    time: "We met at 14:35 and left.",
    clock: "Rooms 35 and 14, 35 chairs.",
    mail: "Write to ann@example.org about it.",
    red: "Budget 🔴 not approved.",
    done: "Travel ✅ approved.",
  });
  test.each([
    ["2024-02-03", "daily/33.md"],
    ["what did I do on 2024-02-03", "daily/33.md"],
    ["10.0.12.7", "host.md"],
    ["1.12.2", "version.md"],
    ["release v1.12.2", "version.md"],
    ["v2.11.0", "beta.md"],
    ["a3f9c21", "hash.md"],
    ["OTEL_PROPAGATORS", "setting.md"],
    ["how do I use otel_propagators here", "setting.md"],
    ["--dry-run", "flag.md"],
    ["C++", "cpp.md"],
    ["C#", "csharp.md"],
    [".NET", "dotnet.md"],
    ["search.ts", "path.md"],
    ["src/store/search.ts", "path.md"],
    ["030 +49 30 123 4567", "phone.md"],
    ["14:35", "time.md"],
    ["ann@example.org", "mail.md"],
    ["🔴", "red.md"],
    ["✅", "done.md"],
  ])("%s", (query, expected) => {
    for (const mode of ["hybrid", "lexical"] as const) {
      expect([mode, foundIn([...days, ...many], query, mode)[0]]).toEqual([mode, expected]);
    }
  });

  test.each([
    ["the same word three thousand times", `${"answers ".repeat(3_000)}zebrafish`],
    ["twenty thousand letters without a gap", `${"a".repeat(20_000)} zebrafish`],
    ["a long log", `${"at Object.next (/usr/lib/next.js:812:77)\n".repeat(2_000)}zebrafish`],
  ])("the word that matters behind %s", (_, query) => {
    const documents = [...days, ...many, ...notes({ fish: "The zebrafish swims." })];
    expect(foundIn(documents, query, "lexical")[0]).toBe("fish.md");
  });

  test("a word that one note alone has, although others are nearer in meaning", () => {
    const documents = [...days, ...notes({ fish: "The zebrafish swims." })];
    expect(foundIn(documents, "zebrafish", "hybrid")[0]).toBe("fish.md");
  });

  test("parts of a name that only its case takes apart, and other spellings of it", () => {
    const documents = notes({
      camel: "The function getCheckoutSession is slow.",
      snake: "The function get_checkout_session is slow.",
    });
    expect(foundIn(documents, "checkout", "lexical").sort()).toEqual(["camel.md", "snake.md"]);
    expect(foundIn(documents, "getCheckoutSession", "lexical")).toEqual(["camel.md", "snake.md"]);
    expect(foundIn(documents, "get_checkout_session", "lexical")).toEqual(["snake.md", "camel.md"]);
  });
});

describe("quotes and exclusion", () => {
  const documents = notes({
    phrase: "The blue running shoes are new.",
    stems: "A blue run shoe is new.",
    apart: "Shoes are running, blue ones.",
  });
  test("what is in quotes is a phrase, and its very words come first", () => {
    expect(foundIn(documents, '"running shoes"', "lexical")).toEqual(["phrase.md", "stems.md"]);
    expect(foundIn(documents, '"running shoes"', "hybrid")[0]).toBe("phrase.md");
  });
  test("a single hyphen after a space and before a letter or a quote excludes, in every mode", () => {
    expect(foundIn(documents, "shoes -running", "lexical")).toEqual([]);
    expect(foundIn(documents, 'shoes -"running shoes"', "lexical")).toEqual(["apart.md"]);
    expect(foundIn(documents, "shoes -running", "hybrid")).toEqual(["decoy.md"]);
  });
  test.each([
    "-shoes",
    "shoes - running",
    "blue-running shoes",
    "shoes --running",
    "5 -7 shoes",
    '12" shoes',
    "run -r shoes",
  ])("%s excludes nothing", (query) => {
    expect(foundIn(documents, query, "lexical").length).toBe(3);
  });
});

test("the word that matters is found after any number of words that do not", () => {
  const documents = [...days, ...notes({ needle: "The zyzzyva incident was resolved." })];
  const words = Array.from({ length: 300 }, (_, at) => `frob${at} report`).join(" ");
  for (const mode of ["hybrid", "lexical"] as const) {
    expect(foundIn(documents, `${words} zyzzyva`, mode)[0]).toBe("needle.md");
  }
});

describe("scripts and spellings", () => {
  const documents = notes({
    thai: "การประชุมประจำสัปดาห์เรื่องงบประมาณ",
    lao: "ການປະຊຸມປະຈຳອາທິດ",
    khmer: "កិច្ចប្រជុំប្រចាំសប្តាហ៍",
    burmese: "အစည်းအဝေးမှတ်တမ်း",
    korean: "오늘 회의록을 공유했다. Docker를 쓴다.",
    decomposed: "район и чай".normalize("NFD"),
    hindi: "हिन्दी में टिप्पणी",
    german: "Die Straße ist lang.",
    ligature: "The oﬃce is ﬁne.",
    wide: "ＡＢＣ　１２３ＸＹ",
    hyphen: "Die Daten\u00adbank ist da.",
    greek: "Το σπίτι του Οδυσσέας.",
    turkish: "İstanbul güzel.",
  });
  test.each([
    ["งบประมาณ", "thai"],
    ["ປະຊຸມ", "lao"],
    ["ប្រជុំ", "khmer"],
    ["အစည်းအဝေး", "burmese"],
    ["회의록", "korean"],
    ["회의록이", "korean"],
    ["docker", "korean"],
    ["район", "decomposed"],
    ["टिप्पणी", "hindi"],
    ["STRASSE", "german"],
    ["straße", "german"],
    ["office", "ligature"],
    ["abc", "wide"],
    ["Datenbank", "hyphen"],
    ["ΣΠΙΤΙ", "greek"],
    ["istanbul", "turkish"],
  ])("%s", (query, expected) => {
    expect(foundIn(documents, query, "lexical")[0]).toBe(`${expected}.md`);
  });

  test("a name in a text of many letters does not count for more than in one of many words", () => {
    const long = "スタジオの設定を変えると、すべての画面が新しくなります。".repeat(8);
    const english =
      "The studio option of astro changes how every page is built and rendered in the end. ".repeat(2);
    const found = foundIn(notes({ en: english, ja: `astro ${long}` }), "astro studio option", "lexical");
    expect(found[0]).toBe("en.md");
  });
});

test("words are found by their stem in the language of the passage, their own form first", () => {
  const documents = notes({
    plural: "Die Häuser sind alt, und die Dächer sind rot, aber nicht alle von ihnen.",
    single: "Das Haus ist alt, und das Dach ist rot, aber nicht sehr, wie man sieht.",
    spanish: "Las canciones que ella canta no son de su país, pero le gustan mucho.",
  });
  expect(foundIn(documents, "Häuser", "lexical")).toEqual(["plural.md", "single.md"]);
  expect(foundIn(documents, "alten Dach", "lexical")[0]).toBe("single.md");
  // An English word in a German chunk counts as in any other.
  const english = notes({
    de: `roof ${"Die Häuser sind alt und nicht sehr groß, aber für alle da. ".repeat(2)}`,
    en: "roof",
  });
  expect(foundIn(english, "roof", "lexical")[0]).toBe("en.md");
  expect(foundIn(documents, "canción", "lexical")).toEqual(["spanish.md"]);
  // What a word finds, it excludes.
  expect(foundIn(documents, "alt -Häuser", "lexical")).toEqual([]);
});

describe("what is said of a result", () => {
  const [a, b, c] = ["alpha one", "alpha two", "gamma"].map((text) => unitVector(text));
  const documents: FixtureDocument[] = [
    {
      id: "long.md",
      title: "Long",
      texts: [
        "The alpha stands here.",
        "the ALPHA  stands here.",
        "Another alpha, further down.",
        "Nothing.",
      ],
      vectors: [a!, a!, b!, c!],
    },
    ...days,
  ];
  const search = (mode: "hybrid" | "lexical" | "semantic", query: string, vector: Float32Array) => {
    using db = fixtureGraph(documents);
    return searchGraph(db, new SemanticIndex(db), { query, mode, limit: 3, vector, explain: true });
  };

  test("further passages of its document, none that says the same as the one shown", () => {
    const [first] = search("lexical", "alpha", a!);
    expect(first!.id).toBe("long.md");
    expect(first!.passages.map(({ lines }) => lines)).toEqual([[21, 29]]);
  });

  test("a confidence from 0 to 1 in every mode, high for what has it all and low for what has nothing", () => {
    for (const mode of ["hybrid", "lexical", "semantic"] as const) {
      const found = search(mode, "alpha", a!);
      expect(found[0]!.confidence).toBeGreaterThan(0.4);
      for (const { confidence } of found) {
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
      }
    }
    const [far] = search("hybrid", "nowhere", unitVector("quite another thing"));
    expect(far!.confidence).toBeLessThan(0.3);
  });

  test("a rare word is no answer to a question of which no passage has the rest", () => {
    const sure = (query: string) => search("lexical", query, a!)[0]!.confidence;
    expect(sure("alpha")).toBeGreaterThan(0.4);
    expect(sure("alpha unicorns zanzibar quaggas")).toBeLessThan(0.4);
    expect(sure("alpha unicorns zanzibar quaggas")).toBeLessThan(sure("alpha unicorns"));
  });

  test("scores and confidence say something in a graph of a few documents, where every word is a common one", () => {
    using db = fixtureGraph(notes({ a: "Anchors for the sailing boat.", b: "The boat is blue." }));
    for (const mode of ["hybrid", "lexical"] as const) {
      const found = searchGraph(db, new SemanticIndex(db), { query: "boat", mode, limit: 3, vector: a! });
      expect(found.length).toBe(2);
      for (const { score, confidence } of found) {
        expect(score).toBeGreaterThan(0.05);
        expect(confidence).toBeGreaterThan(0.05);
      }
    }
  });

  test("both scores, the words it has and its passage, where an explanation is asked for", () => {
    const [first] = search("hybrid", "alpha nowhere", a!);
    expect(first!.explain).toMatchObject({
      matched: ["alpha"],
      meaning: 1,
      passage: { lines: first!.lines },
    });
    expect(first!.explain!.words).toBeGreaterThan(0);
    expect(search("semantic", "alpha", a!)[0]!.explain).toMatchObject({ words: null, matched: [] });
  });
});

test("symbols of several code points are found whole, as they are written", () => {
  const written = notes({
    work: "Party 👩‍💻 tonight",
    pride: "with 🏳️‍🌈 today",
    line: "The line Ⓜ️ runs",
    plain: "Nothing here",
  });
  for (const [symbol, id] of [
    ["👩‍💻", "work.md"],
    ["🏳️‍🌈", "pride.md"],
  ] as const) {
    expect(foundIn(written, symbol, "lexical")[0]).toBe(id);
    expect(foundIn(written, symbol, "hybrid")[0]).toBe(id);
  }
});

describe("the start of a hash finds it where nothing else is exactly that", () => {
  const many = notes({
    long: "Mended in e83c5163316f89bfbde7d9ab23ca2e25604af290 for good.",
    number: "There are 8033100 rows.",
    other: "Nothing of it.",
  });
  test.each([["e83c5"], ["e83c51"], ["e83c516"], ["E83C5"]])("%s", (query) => {
    expect(foundIn(many, query, "lexical")).toEqual(["long.md"]);
    expect(foundIn(many, query, "hybrid")[0]).toBe("long.md");
    const exact = [...many, ...notes({ exact: `The part ${query} is here.` })];
    expect(foundIn(exact, query, "lexical")).toEqual(["exact.md"]);
  });

  test("fewer digits, or a few without a letter, begin nothing", () => {
    expect(foundIn(many, "e83c", "lexical")).toEqual([]);
    expect(foundIn(many, "80331", "lexical")).toEqual([]);
  });
});

describe("what prose has beside its words is not sought", () => {
  const parsed = (query: string) => parseQuery(query, []).sought;
  test.each([
    ["group theory, e.g. of lattices", ["group", "theory", "lattices"]],
    ["I'm sure it doesn't and don’t know", ["sure", "know"]],
    ["the student's essay", ["student", "essay"]],
    ["points (1) and (2) of that list", ["points", "1", "2", "list"]],
  ])("%s", (query, words) => {
    expect(parsed(query).map(({ text }) => text)).toEqual(words);
  });

  test("initials and plurals of abbreviations have no letters as parts", () => {
    expect(parsed("R.J. Lipton")[0]?.parts).toEqual([]);
    expect(parsed("URLs")[0]?.parts).toEqual([]);
  });

  test("a long quotation that stands nowhere to the letter is found by its words, a short one is not", () => {
    const title = {
      id: "backus.md",
      texts: ["Can programming be freed from von Neumann's style: an algebra."],
    };
    const long = '"Can programming be liberated from the von Neumann style? An algebra"';
    expect(foundIn([title], long, "lexical")).toEqual(["backus.md"]);
    expect(foundIn([title], '"programming liberated"', "lexical")).toEqual([]);
  });
});
