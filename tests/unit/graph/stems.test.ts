/** Forms of a word have one stem, in every language whose words are stemmed by a library. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { STEMMED_LANGUAGES, stemOf } from "../../../src/graph/search/language/languages.ts";
import { PROPERTY } from "../../properties/arbitrary.ts";

const FORMS: Readonly<Record<string, readonly (readonly string[])[]>> = {
  ar: [["كتاب", "الكتاب"]],
  // Endings that are cut off, and endings that are replaced by letters of the word.
  bg: [
    ["книга", "книги", "книгата"],
    ["архив", "архиви", "архивите"],
    ["градове", "градовете"],
    ["ученик", "ученици"],
    ["учители", "учителите"],
  ],
  da: [["mappe", "mapper", "mapperne"]],
  de: [["ordner", "ordners"]],
  el: [["αρχειο", "αρχεια"]],
  es: [["archivo", "archivos"]],
  fi: [["kansio", "kansion", "kansiossa"]],
  fr: [["dossier", "dossiers"]],
  hu: [["mappa", "mappak"]],
  id: [["simpan", "menyimpan"]],
  it: [["cartella", "cartelle"]],
  lt: [["failas", "failai"]],
  nl: [["bestand", "bestanden"]],
  no: [["mappe", "mapper"]],
  pt: [["pasta", "pastas"]],
  ro: [["dosar", "dosare"]],
  ru: [["папка", "папки", "папку"]],
  sr: [["датотека", "датотеке"]],
  sv: [["mapp", "mappar"]],
  tr: [["dosya", "dosyalar"]],
  uk: [["файл", "файли"]],
};

describe("the stem of a word", () => {
  test("there are forms of every language", () => {
    expect(Object.keys(FORMS).sort()).toEqual([...STEMMED_LANGUAGES].sort());
  });

  test.each(
    Object.entries(FORMS).flatMap(([language, words]) => words.map((forms) => ({ language, forms }))),
  )("is that of its forms: $language $forms", ({ language, forms }) => {
    expect(new Set(forms.map((form) => stemOf(form, language))).size).toBe(1);
  });

  test("is there for any text that passes for a word", () => {
    const letters =
      "абвгдежзийклмнопрстуфхцчшщъьюяіїєґђјљњћџыэё αβγδεικλμνοπρστως ابتثجحخدسشعكلمنهوي açğıöşüßñéèåæø aeiou";
    const word = fc.oneof(fc.string({ unit: fc.constantFrom(...letters) }), fc.string({ unit: "grapheme" }));
    fc.assert(
      fc.property(word, fc.constantFrom(...STEMMED_LANGUAGES), (text, language) => {
        expect(stemOf(text, language)).toBeTypeOf("string");
      }),
      PROPERTY,
    );
  });
});
