/**
 * What is written together with marks that end a word for the full-text index. Beside each note that has it there are
 * notes with its letters and digits only; in both modes the one that has it is first, however it is spaced.
 */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { gluedIn } from "../../../src/graph/search/terms/glued.ts";
import { openFixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

/** What is asked, the text that is meant, and what has the same letters and digits. */
type Case = readonly [query: string, text: string, ...others: string[]];

const KINDS: Readonly<Record<string, readonly Case[]>> = {
  "marks alone, and marks between words": [
    ["$_", "Print $_ now.", "Print it, $ or _ and $x."],
    ["- [ ]", "- [ ] Open, to be done.", "- [x] Done, to be closed."],
    ["[x]", "Done [x] there.", "x x x"],
    ["(c)", "Point (c) says.", "c c c"],
    ["[^12]", "As said[^12] there.", "12 12 12"],
    ["™", "Oakwood™ chairs.", "TM tm TM, tm"],
    ["℠", "Beechwood ℠ tables.", "SM sm SM, sm"],
    ["4️⃣", "Step 4️⃣ is the last.", "4 4 4 5️⃣"],
    ["#️⃣", "Press #️⃣ then.", "*️⃣ 3️⃣"],
    ["rock & roll", "It was rock & roll then.", "Roll a rock, rock or roll the rock."],
    ["O(n log n)", "Takes O(n log n) time.", "O n n log, log O(n) n"],
    ["merge(left, 7)", "Call merge(left, 7) there.", "merge 7 left, left merge 7 7"],
    ["src/**/*.vue", "All of src/**/*.vue files.", "src vue src vue files"],
    ["39 5 * * 6", "Runs at 39 5 * * 6 then.", "39 5 6 39 5 6, 39 6 5"],
    ["\\frac{1}{62}", "Write \\frac{1}{62} there.", "frac 62 1 frac 62"],
    ["Art. 63 GG", "Nach Art. 63 GG gilt das.", "63 GG Art, GG 63 Art"],
    ["p. 64", "See p. 64 of it.", "64 p or p of 64, 64 p"],
    ["Chapter XIV", "As in Chapter XIV then.", "XIV chapter, chapter or XIV"],
    ["XY 1265", "Take XY1265 then.", "1265 XY, XY or 1265"],
  ],
  "units and degrees": [
    ["24°C", "The room had 24°C at noon.", "Room 24 is C wing, 24 of C.", "It was 25°C and 24 people."],
    ["31 °C", "The room had 31°C today.", "Room 31 has C. 31 31 of C."],
    ["32°C", "The room had 32 °C today.", "Room 32 has C. 32 32 of C."],
    ["33°C", "It was 33℃ here.", "33 and C 33, 34°C"],
    ["-15°C", "It fell to -15°C.", "15 and C 15 15"],
    ["98.6°F", "He had 98.6°F.", "98.6 and F", "98 6 °F"],
    ["90°", "Turn by 90° left.", "Turn by 90 left. 45° 90"],
    ["10µm", "Layers of 10 μm.", "Layers of 10, 20 μm"],
    ["7 kΩ", "A 7kΩ resistor.", "7 or Ω 8kΩ"],
    ["80 m²", "A flat of 80m² here.", "A flat of 70 m² here. 80 80"],
    ["12 GB", "Needs 12GB of space.", "Needs 12 or GB of 20GB 12"],
    ["13GB", "Needs 13 GB of space.", "Needs 13 and of 20GB 13"],
    ["2.5 l", "Nimm 2,5 l Milch.", "2 5 l 5,2"],
    ["500ms", "It takes 500ms then.", "It takes 500 of ms 500"],
    ["90s", "In the 90s then.", "90 of them 90"],
  ],
  "signs before numbers": [
    ["±0.7", "A tolerance of ±0.7 mm.", "A tolerance of 0.7 mm.", "0.7 ± 1"],
    ["55%", "About 55% came.", "About 55 came. 60% left.", "55 55 55"],
    ["56 %", "About 56% came.", "About 56 came. 60% left.", "56 56 56"],
    ["§ 12", "Nach § 12 gilt das.", "Seite 12 gilt. § 13 auch.", "12 12 12"],
    ["§14", "Nach § 14 gilt das.", "Seite 14 gilt. § 13 auch.", "14 14 14"],
    ["§ 15a", "Nach §§ 15a, 16 gilt das.", "Seite 15a gilt. § 13 auch.", "15a 15a"],
    ["№5", "Chanel №5 smells.", "Chanel 5 smells. №6", "5 5 5 chanel"],
    ["№ 41", "Chanel Nº 41 smells.", "Chanel 41 smells. №6 41"],
    ["No. 42", "Chanel № 42 smells.", "Chanel 42 smells. №6 42"],
    ["€20", "It costs €20 today.", "It costs 20 today. €30", "20 20 20"],
    ["€ 21", "It costs 21€ today.", "It costs 21 today. €30", "21 21 21"],
    ["22 €", "It costs €22 today.", "It costs 22 today. €30", "22 22 22"],
    ["£1,234.50", "It costs £1234.50 today.", "It costs 1234.50, 1234 50 £"],
    ["≥18", "Only ≥18 may.", "Only 18 may.", "≥ 21 18"],
    [">=19", "Only >=19 may.", "Only 19 may.", ">= 21 19"],
    ["~27", "About ~27 of them.", "About 27 of them 27."],
    ["1½", "Take 1½ cups.", "Take 1 cup ½ 1"],
    ["28–29", "About 28-29 people.", "28 or 29, 29–28"],
  ],
  "sizes, formulas, music": [
    ["3×4", "A 3×4 grid.", "A 4×3 grid, 3 and 4", "3 4 3 4"],
    ["5x6", "A 5×6 grid.", "A 6×5 grid, 5 and 6"],
    ["1920×1080", "A 1920x1080 screen.", "1080x1920, 1920 1080"],
    ["H₂O", "Water is H2O here.", "H 2 O, h and o", "O2H"],
    ["x²", "Then x² grows.", "Then x grows, 2x", "x 2 x 2"],
    ["y^3", "Then y^3 grows.", "Then y grows, 3y", "y 3 y 3"],
    ["C♯", "A scale in C♯ minor.", "C C C minor F♯"],
    ["B♭", "A scale in B♭ major.", "B B B major E♭"],
    ["Na⁺", "The Na⁺ ion.", "Na na na"],
    ["p < 0.05", "With p<0.05 we reject.", "p and 0.05 0 05 p"],
    ["A→B", "Map A→B there.", "a b a b B→A"],
    ["★★★", "Rated ★★★ then.", "rated ★ rated"],
    ["48°08′N", "At 48°08′N it lies.", "48 08 N 48 08"],
  ],
  "names with a mark": [
    ["#my-tag", "Filed under #my-tag today.", "my tag my-tag my-tag"],
    ["@ann_lee", "Ask @ann_lee now.", "ann lee ann_lee ann_lee"],
    ["a/b", "An a/b test.", "a b b/a", "b a b a"],
    ["R&D", "Our R&D team.", "R and D, D&R", "R D R D"],
    ["I/O", "Slow I/O again.", "I and O, O/I", "i o i o"],
    ["1st", "The 1st of May.", "The 2nd of May, 1 st 1"],
    ["F16", "An F-16 flew.", "F 15, a 16"],
    ["COVID19", "COVID-19 came.", "COVID 20, 19 19"],
    ["win-win", "A winwin it is.", "no win here"],
    ["iOS 17", "On iOS 17 it works.", "iOS 16, 17 17 iOS"],
    [
      "7 May 2013",
      "On 7 May 2013 it rained.",
      "On May 7, 2012 and 27 May. 2013: 7 May 7 May",
      "March 7, 2013",
    ],
    [
      "May 12, 2004",
      "On May 12, 2004 it rained.",
      "On 2004-12-25, May 12.",
      "12 May, 2005",
      "March 12, 2004",
    ],
    ["4 May", "Marked with a blue dot on 4 May.", "4 4 4 of them may.", "In May, 44 of them.", "4 they may"],
    ["May 6", "Marked with a red dot on May 6.", "6 6 6 of them may.", "In May, 66 of them.", "6 6 they may"],
    ["May 8", "Marked with a green dot on 8 May.", "8 8 8 of them may.", "8 8 they may"],
    ["May 2026", "Begun in May 2026 it was.", "In 2026 2026 they may.", "In May of 2025."],
    ["june 17 1997", "On June 17, 1997 it rained.", "June 17, 2022. June 1997", "17 17 June June"],
    ["Q1 1999", "In Q1 1999 it rained.", "Q1 1966, Q1 2003", "Q2 1999, 1999, Q1"],
    ["1143dcb8", "At 1143dcb88da75e37ae152ec44e4f4e26d71e56aa it stands.", "1143 dcb8 of 1143"],
    ["chapter 4.2", "In chapter 4.2 it is said.", "chapter 4.3, not 4.2 of chapter"],
  ],
  code: [
    ["f(x)", "Let f(x) be.", "f x x f f x"],
    ["a[i]", "Read a[i] then.", "a i i a a i"],
    ["Vec<T>", "A Vec<T> grows.", "vec t vec t"],
    ["<div>", "Use <div> there.", "div div div"],
    ["{{date}}", "Insert {{date}} there.", "date date date"],
    ["%{host}", "Insert %{host} there.", "host host host"],
    [":root", "Use :root there.", "root root root"],
    ["!important", "Set !important there.", "important important important"],
    ["&amp;", "Write &amp; now.", "amp amp amp"],
    ["[[Oak]]", "See [[Oak]] there.", "oak oak oak"],
  ],
};

using folder = new TempFolder();
const cases = Object.values(KINDS).flat();
const db = openFixtureGraph(folder.join("graph.db"));
const decoy = unitVector("decoy");
writeFixture(db, [
  ...cases.flatMap(([, text, ...others], at) => [
    { id: `right/${at}.md`, title: "Note", texts: [text] },
    ...others.map((other, which) => ({ id: `other/${at}-${which}.md`, title: "Note", texts: [other] })),
  ]),
  { id: "decoy.md", title: "Decoy", texts: ["Near in meaning."], vectors: [decoy] },
]);
const index = new SemanticIndex(db);

describe.each(Object.entries(KINDS))("%s", (_, kind) => {
  test.each(kind.map(([query, text]) => [query, text] as const))("%s in “%s”", (query, text) => {
    const right = `right/${cases.findIndex((each) => each[0] === query && each[1] === text)}.md`;
    for (const mode of ["lexical", "hybrid"] as const) {
      const vector = mode === "hybrid" ? decoy : undefined;
      const [first] = searchGraph(db, index, { query, mode, limit: 3, vector });
      expect([mode, first?.id]).toEqual([mode, right]);
    }
  });
});

test("a sign that letters are written for is those where no note has it", () => {
  using other = new TempFolder();
  using small = openFixtureGraph(other.join("graph.db"));
  writeFixture(small, [
    { id: "sign.md", title: "Note", texts: ["Kinds of № in print."] },
    { id: "word.md", title: "No", texts: ["No, no, there is no such thing."] },
    { id: "letters.md", title: "Note", texts: ["Mind the TM there."] },
    { id: "decoy.md", title: "Decoy", texts: ["Near in meaning."], vectors: [decoy] },
  ]);
  const inSmall = new SemanticIndex(small);
  for (const mode of ["lexical", "hybrid"] as const) {
    const first = (query: string): string | undefined =>
      searchGraph(small, inSmall, { query, mode, limit: 3, vector: decoy })[0]?.id;
    expect([mode, first("№"), first(" ™ ")]).toEqual([mode, "sign.md", "letters.md"]);
  }
});

test("ordinary prose has nothing of the kind, dates and paths neither", () => {
  const prose =
    "On 2024-03-05 we (all of us) ate at 19:30; it's well-known: see [the menu](docs/menu.md#top), e.g. 3.";
  expect(gluedIn(prose).map(({ text }) => text)).toEqual([]);
});
