/** A word that few notes have leads to them first, in every script, however near others are in meaning. */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { FIXTURE_DIMENSIONS, fixtureGraph } from "../../helpers/graph-fixture.ts";

/** A word, texts that have it, and texts that have none of it. */
const SCRIPTS: Readonly<Record<string, readonly [string, readonly string[], readonly string[]]>> = {
  Latin: ["quince", ["Add a quince to the apples.", "The quince bears late."], ["The weather was fine."]],
  // No dictionary has these as one word, and their letters stand in other texts as well.
  Japanese: [
    "読点",
    ["読点は一文に三つまでとします。", "この規則は読点の数を調べます。"],
    ["この点について質問がありました。", "読者から手紙が来ました。", "読者がこの点を尋ねました。"],
  ],
  Chinese: [
    "高德",
    ["高德提供地图服务。", "我们使用高德的接口。"],
    ["这座山很高。", "道德课在下午。", "山很高，道德课在下午。"],
  ],
  Korean: ["김치", ["김치는 천천히 익는다.", "겨울에 김치를 담근다."], ["날씨가 좋아서 산책을 했다."]],
  Thai: ["มะละกอ", ["เราหั่นมะละกอเป็นเส้น", "สวนหลังบ้านปลูกมะละกอ"], ["อากาศดีเราจึงออกไปเดินเล่น"]],
  Arabic: ["زعفران", ["نضيف زعفران إلى الأرز.", "يزرعون زعفران في الجبال."], ["كان الطقس جميلا."]],
  Hebrew: ["חציל", ["צולים חציל על האש.", "קנינו חציל גדול."], ["מזג האוויר היה נעים."]],
  Cyrillic: ["облепиха", ["облепиха растёт у забора.", "Созрела облепиха."], ["Погода была хорошая."]],
  Greek: ["μελιτζάνα", ["Η μελιτζάνα ψήνεται.", "Αγοράσαμε μία μελιτζάνα."], ["Ο καιρός ήταν καλός."]],
  Devanagari: ["हल्दी", ["दाल में हल्दी डालें।", "बाज़ार से हल्दी खरीदनी है।"], ["मौसम अच्छा था।"]],
};

/** At a cosine from the query, and from one another as far as may be. */
function vectorAt(cosine: number, place: number): Float32Array {
  const vector = new Float32Array(FIXTURE_DIMENSIONS);
  vector[0] = cosine;
  vector[1 + (place % (FIXTURE_DIMENSIONS - 1))] = Math.sqrt(1 - cosine * cosine);
  return vector;
}

const QUERY = vectorAt(1, 0);
/** Models that know no word of a script take all texts in it for near to one another. */
const NEAR = 0.6;

function graphOf(having: readonly string[], others: readonly string[]) {
  const english = Array.from({ length: 60 }, (_, at) => `Report ${at} of the day, with nothing of note.`);
  const texts = [
    ...having.map((text) => ({ name: "has", text, cosine: 0.2 })),
    ...Array.from({ length: 8 }, (_, at) => ({
      name: "lacks",
      text: `${others[at % others.length]}`,
      cosine: NEAR,
    })),
    ...english.map((text) => ({ name: "english", text, cosine: 0.05 })),
  ];
  return fixtureGraph(
    texts.map(({ name, text, cosine }, at) => ({
      id: `${name}-${at}.md`,
      title: `Note ${at}`,
      texts: [text],
      vectors: [vectorAt(cosine, at)],
    })),
  );
}

describe("a word that few notes have", () => {
  for (const [script, [word, having, others]] of Object.entries(SCRIPTS))
    for (const query of [word, `"${word}"`])
      test(`${script}: ${query}`, () => {
        // In five notes as well as in two.
        for (const times of [1, 2.5]) {
          const all = Array.from(
            { length: having.length * times },
            (_, at) => `${having[at % having.length]}`,
          );
          using db = graphOf(all, others);
          for (const mode of ["hybrid", "lexical"] as const) {
            const request = { query, mode, limit: 10, vector: QUERY };
            const found = searchGraph(db, new SemanticIndex(db), request).map(({ id }) => id.split("-")[0]);
            expect([mode, found.slice(0, all.length)]).toEqual([mode, all.map(() => "has")]);
          }
        }
      });

  test("counts for little where the other words of a question are nowhere", () => {
    using db = graphOf(["The harvest was late.", "A harvest of rain."], ["The boy broke his leg."]);
    const exactness = (query: string): number => {
      const request = { query, mode: "hybrid", limit: 10, vector: QUERY, explain: true } as const;
      const found = searchGraph(db, new SemanticIndex(db), request).find(({ id }) => id.startsWith("has"));
      return found?.explain?.exactness ?? 0;
    };
    expect(exactness("harvest")).toBeGreaterThan(0.5);
    expect(exactness("which harvest did my kid fracture bones")).toBeLessThan(0.3);
  });

  test("leads to what has its letters where nothing has it as a whole", () => {
    using db = graphOf(["読者から手紙が来ました。"], ["今日は会議がありました。"]);
    const request = { query: "読点", mode: "lexical" as const, limit: 3, vector: undefined };
    expect(searchGraph(db, new SemanticIndex(db), request)[0]?.id).toStartWith("has");
  });
});
