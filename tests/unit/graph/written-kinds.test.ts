/**
 * Kinds of things that people write in notes, each asked for as somebody else writes it. In every case the note that
 * has it is first, in both modes, among notes that have the parts of it or what looks like it.
 */
import { describe, expect, test } from "bun:test";
import { SemanticIndex, searchGraph } from "../../../src/graph/search/index.ts";
import { openFixtureGraph, unitVector, writeFixture } from "../../helpers/graph-fixture.ts";
import { TempFolder } from "../../helpers/temp-folder.ts";

/** What is asked, and the text of the note that is meant. */
type Case = readonly [query: string, text: string];

const KINDS: Readonly<Record<string, readonly Case[]>> = {
  "numbers with and without separators": [
    ["1000000", "The prize is 1,000,000 in all."],
    ["2,500,000", "There are 2500000 rows."],
    ["3_000_000", "A limit of 3,000,000 was set."],
    ["4000000", "We set 4_000_000 here."],
    ["5 000 000", "About 5000000 people came."],
    ["6000000", "Rund 6.000.000 Menschen waren da."],
    ["7000000", "Environ 7\u202f000\u202f000 de personnes."],
    ["+493012345678", "Call +49 30 1234 5678 at noon."],
    ["+49 40 8765 4321", "Call +494087654321 at noon."],
    ["555-867-5309", "Ring (555) 867 5309 now."],
    ["5558675310", "Ring 555-867-5310 now."],
    ["DE89370400440532013000", "IBAN DE89 3704 0044 0532 0130 00 is ours."],
    ["4111 1111 1111 1111", "The card 4111111111111111 is a test."],
  ],
  "telephone numbers as others dial them": [
    ["08912345678", "Call +49 (0)89 1234-5678 at noon."],
    ["089 22345678", "Call +49 (0)89 2234-5678 at noon."],
    ["+498932345678", "Call +49 (0)89 3234-5678 at noon."],
    ["0049 89 42345678", "Call +49 (0)89 4234-5678 at noon."],
    ["+49 (0)89 52345678", "Call +498952345678 at noon."],
    ["089/62345678", "Call 0049 89 62345678 at noon."],
    ["+49 89 72345678", "Call 089 7234-5678 at noon."],
    ["+498982345678", "Call (089) 8234 5678 at noon."],
    ["+442079460123", "Call 020 7946 0123 at noon."],
    ["(555) 867-5311", "Call +1 555 867 5311 at noon."],
    ["8 495 123-45-67", "Call +7 495 1234567 at noon."],
    ["21 123 45 67", "Call +351 21 123 4567 at noon."],
  ],
  "what belongs to code": [
    ["C++", "Bindings for C++ are there."],
    ["C#", "Bindings for C# are there."],
    ["F#", "Bindings for F# are there."],
    [".NET", "It runs on .NET too."],
    ["node.js", "It runs on Node.js too."],
    ["@scope/pkg", "Install @scope/pkg for it."],
    ["--dry-run", "Call it with --dry-run at first."],
    ["-Wall", "gcc -Wall finds much."],
    ["$HOME_DIR", "Set $HOME_DIR before."],
    ["%APPDATA%", "It lies in %APPDATA% there."],
    ["foo::bar", "Use foo::bar for that."],
    ["ptr->next", "Follow ptr->next to the end."],
    ["obj?.name", "Read obj?.name safely."],
    ["std::vector<int>", "A std::vector<int> grows."],
    ["array[0]", "The array[0] is first."],
    ["get_user()", "Then get_user() is called."],
    ["getUserName", "Then getUserName is called."],
    ["user-name-field", "The user-name-field is red."],
    ["\\alpha", "Write \\alpha in formulas."],
    ["\\begin{align}", "Write \\begin{align} first."],
    ["E0502", "The error E0502 came up."],
    ["utf-8", "Saved as UTF-8 again."],
    ["iphone", "The iPhone 15 is new."],
    ["tsconfig.json", "Edit tsconfig.json by hand."],
    ["a/b/c.txt", "It lies in a/b/c.txt now."],
    ["C:\\Users\\ann", "It lies in C:\\Users\\ann there."],
  ],
  "addresses, ids and dates": [
    ["https://example.org/a/b?x=1&y=2#top", "See https://example.org/a/b?x=1&y=2#top for more."],
    ["example.org/a/b", "See https://example.org/a/b for all."],
    ["ann.lee+news@example.org", "Write to ann.lee+news@example.org soon."],
    ["00:1A:2B:3C:4D:5E", "The card is 00:1a:2b:3c:4d:5e there."],
    ["00-1A-2B-3C-4D-5F", "The card is 00-1A-2B-3C-4D-5F there."],
    ["00-1A-2B-3C-4D-60", "The card is 00:1a:2b:3c:4d:60 there."],
    ["001a2b3c4d61", "The card is 00:1A:2B:3C:4D:61 there."],
    ["00:1a:2b:3c:4d:62", "The card is 001a.2b3c.4d62 there."],
    ["550e8400e29b41d4a716446655440001", "The id 550e8400-e29b-41d4-a716-446655440001 is it."],
    ["sha256:6f88b1acd82a", `Its digest is sha256:6f88b1acd82a${"9c0e".repeat(13)} there.`],
    ["2024W06", "In 2024-W06 we met."],
    ["2001:db8::8a2e:370:7334", "It answers at 2001:db8::8a2e:370:7334 now."],
    ["fe80::1", "It answers at fe80::1 now."],
    ["::1", "It answers at ::1 only."],
    ["10.0.0.0/8", "The net 10.0.0.0/8 is ours."],
    ["550e8400-e29b-41d4-a716-446655440000", "The id 550e8400-e29b-41d4-a716-446655440000 is it."],
    ["2024-W05", "In 2024-W05 we met."],
    ["2024-Q3", "In 2024-Q3 we sold."],
    ["Q4 2023", "In Q4 2023 we bought."],
    ["#ff8800", "The colour is #ff8800 there."],
    ["#house-plan", "Today #house-plan came up."],
    ["v2.0.0-rc.1", "Notes of v2.0.0-rc.1 follow."],
    ["14:35:07", "At 14:35:07 it stopped."],
    ["2024-03-05T10:00:00Z", "Since 2024-03-05T10:00:00Z it runs."],
    ["JIRA-1234", "See JIRA-1234 for that."],
    ["RFC 9110", "As in RFC 9110 it is said."],
    ["§ 823 BGB", "Nach § 823 BGB haftet er."],
    ["50%", "About 50% came along."],
    ["€49.99", "It costs €49.99 there."],
    ["👍🏽", "Good 👍🏽 from all."],
    ["🎉", "Done 🎉 at last."],
    ["👋", "Hello 👋🏿 there."],
    ["🙏🏻", "Thanks 🙏 for it."],
  ],
  "spellings of languages": [
    ["كتاب", "قرأت الكتاب أمس"],
    ["المدرسة", "ذهبت إلى مدرسة جديدة"],
    ["احمد", "جاء أحمد اليوم"],
    ["oeuvre", "Une œuvre majeure."],
    ["cœur", "Le coeur bat."],
    ["aether", "The æther was a theory."],
    ["Malmoe", "Wir fahren nach Malmö."],
    ["smorrebrod", "Vi spiser smørrebrød her."],
    ["Lodz", "Pojechali do Łodzi i Łódź."],
    ["strasse", "Die Straße ist lang."],
    ["Mueller", "Herr Müller kam zu uns."],
    ["Schröder", "Frau Schroeder kam zu uns."],
    ["Uebung", "Die Übung ist schwer."],
    ["Datenbank", "Ein Datenbanksystem aus zwei Teilen."],
    ["Versicherungsvertrag", "Der Vertrag der Versicherung gilt."],
    ["tieng viet", "Tôi học tiếng Việt."],
    ["dong hoi", "Thành phố Đồng Hới đẹp."],
    ["ırmak", "Irmak kenarında oturduk."],
    ["DIYARBAKIR", "Diyarbakır sıcak bir şehir."],
    ["οδος", "Η οδός είναι μακριά."],
    ["ΜΟΥΣΙΚΗΣ", "Ο φίλος της μουσικής."],
    ["елка", "Вот ёлка стоит."],
    ["café", "Un cafe noir."],
    ["reused", "The part is re-used twice."],
    ["tshirt", "A T‑Shirt of cotton."],
    ["naïve", "A naive approach."],
    ["ﬁle", "Open the file again."],
    ["הספר", "קראתי את הספר הזה"],
    ["שלום", "אמר שָׁלוֹם לכולם"],
    ["हिन्दी", "यह हिन्दी में है"],
    ["தமிழ்", "இது தமிழ் மொழி"],
    ["বাংলা", "এটা বাংলা ভাষা"],
    ["ప్రపంచం", "హలో ప్రపంచం ఇక్కడ"],
    ["ကျောင်း", "ကျွန်တော်ကျောင်းသွားသည်"],
    ["សាលារៀន", "ខ្ញុំទៅសាលារៀនថ្ងៃនេះ"],
    ["ໂຮງຮຽນ", "ຂ້ອຍໄປໂຮງຮຽນມື້ນີ້"],
    ["โรงเรียน", "ฉันไปโรงเรียนวันนี้"],
    ["데이터베이스", "관계형데이터베이스를 배운다"],
    ["회의", "주간회의록을 썼다"],
    ["東京", "昨日東京都庁へ行った"],
    ["スマホ", "新しいスマホケースを買った"],
    ["ｻﾎﾟｰﾄ", "電話サポートの窓口"],
    ["机器学习", "我们学习机器学习方法"],
  ],
};

/** The same in a graph of their own, since some are spelled as others above. */
const FURTHER_KINDS: Readonly<Record<string, readonly Case[]>> = {
  "operators, which are nothing but marks": [
    ["=>", "Write x => x + 1 for it."],
    ["!==", "Compare a !== b with care."],
    ["<=>", "The <=> ship orders."],
    ["??=", "Then `a ??= b` sets it."],
    ["&&", "Run this && that."],
  ],
  "parts of names around their digits": [
    ["decoder", "The utf8Decoder reads."],
    ["certificate", "An X509Certificate is needed."],
    ["sha256", "Run sha256sum on it."],
    ["base64", "A base64Url is meant."],
  ],
  "digits of other scripts": [
    ["2567", "พ.ศ. ๒๕๖๗ นี้"],
    ["5879", "رقم ٥٨٧٩ هنا"],
    ["१९४७", "In 1947 it began."],
    ["۱۳۵۷", "In ۱۳۵۷ it began."],
  ],
  "letters and marks that some leave out or write otherwise": [
    ["जरूरी", "यह ज़रूरी काम है।"],
    ["ज़मीन", "वह जमीन बिक गई।"],
    ["كودك", "آن کودک‌ها رفتند."],
    ["یاد", "كان في ياد منه شيء."],
    ["об'єкт", "Це один обʼєкт тут."],
    ["обʼєднання", "Це об'єднання тут."],
    ["Hawaii", "We flew to Hawaiʻi then."],
    ["Ko'olau", "Koʻolau is a range."],
    ["OBrien", "Ask Ms O'Brien first."],
    ["OConnor", "Ask Mr O’Connor first."],
  ],
  "words that Hebrew glues others to": [
    ["תקציב", "דיברנו על התקציב היום."],
    ["פגישה", "הייתי שבפגישה הזאת."],
    ["המכתב", "כתבתי מכתב ארוך."],
  ],
  "forms of a word in a note of a few words": [
    ["береза", "Медведи и берёзы живы."],
    ["зустріч", "Наші зустрічі її тішать їжею."],
    ["Haus", "Die Häuser in Preußen sind groß."],
    ["canción", "¿Qué canciones niño cantaba?"],
  ],
};

/** What shares parts with many of them. */
const OTHERS = [
  "C is a language, C and F and NET are letters, node and js too.",
  "A scope, a pkg, a dry run in the rain, a wall, home and dir, appdata.",
  "foo and bar, ptr and next, obj and name, a vector of int, begin and align, alpha.",
  "The numbers 1 000 2 500 49 30 1234 and 555 867 stand here, 00 and 2024 and 50 too.",
  "Example org, ann lee, news, house and plan, top, net 10 and 8, db8 and fe80.",
  "Q3 and Q4 of some year, 2023 and 2024, week 05, RFC, JIRA, BGB.",
];

function search(
  folder: TempFolder,
  all: readonly Case[],
): (query: string, mode: "hybrid" | "lexical") => string[] {
  const db = openFixtureGraph(folder.join("graph.db"));
  const decoy = unitVector("decoy");
  writeFixture(db, [
    ...all.map(([, text], at) => ({ id: `notes/n${at}.md`, title: "Note", texts: [text] })),
    ...OTHERS.map((text, at) => ({ id: `other/o${at}.md`, title: "Other", texts: [text] })),
    { id: "decoy.md", title: "Decoy", texts: ["Near in meaning."], vectors: [decoy] },
  ]);
  const index = new SemanticIndex(db);
  return (query, mode) =>
    searchGraph(db, index, { query, mode, limit: 10, vector: mode === "hybrid" ? decoy : undefined }).map(
      ({ id }) => id,
    );
}

using folder = new TempFolder();
using furtherFolder = new TempFolder();

for (const [kinds, place] of [
  [KINDS, folder],
  [FURTHER_KINDS, furtherFolder],
] as const) {
  const all = Object.values(kinds).flat();
  const find = search(place, all);
  describe.each(Object.entries(kinds))("%s", (_, cases) => {
    test.each(cases.map(([query, text]) => [query, text] as const))("%s in “%s”", (query, text) => {
      const expected = `notes/n${all.findIndex((each) => each[0] === query && each[1] === text)}.md`;
      for (const mode of ["lexical", "hybrid"] as const) {
        expect([mode, find(query, mode)[0]]).toEqual([mode, expected]);
      }
    });
  });
}
