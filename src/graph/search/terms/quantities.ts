/**
 * Numbers with a sign or a unit: `24°C`, `±0.5`, `50%`, `§ 12`, `№5`, `3×4`, `€20`, `10 GB`. With a space in it and
 * without it is the same, and so is an amount with its currency before or after it.
 */
import { matchesOf } from "./matches.ts";

export interface Quantity {
  /** As it is written. */
  readonly text: string;
  readonly at: number;
  /** The ways in which it is found, the whole first; of letters and digits alone, or with marks. */
  readonly spellings: readonly string[];
}

const WORD = String.raw`[\p{L}\p{N}\p{M}]`;
/** Letters that are a unit after a number and a space; without the space, any are. */
const UNITS =
  `km cm mm nm μm m kg mg μg g l ml cl dl s ms μs ns min h kb mb gb tb pb kib mib gib tib hz khz mhz ghz v
 mv kv w mw kw gw kwh wh a ma mah px pt em rem vh vw dpi ppi fps bpm rpm db am pm mph km/h m/s ft lb lbs oz mol pa kpa
 hpa bar j kj kcal cal n k`
    .split(/\s+/)
    .join("|");

const NUMBERS = new RegExp(
  [
    String.raw`(?<![\p{L}\p{N}]|\p{N}[.,:/])(?<number>\p{N}+(?:[.,:/]\p{N}+)*)`,
    String.raw`(?<unit> ?(?:[%‰]|°\p{L}(?!${WORD})|[°′″]|\p{Sc}|[kmgμ]?[Ωå](?!${WORD})|(?:${UNITS})[23]?(?!${WORD}))`,
    String.raw`|\p{L}{1,5}\p{N}?(?!${WORD}))?`,
  ].join(""),
  "giu",
);
/** What stands before a number and belongs to it. */
const SIGN = new RegExp(
  [
    String.raw`(?<mark>§{1,2}|[¶±≥≤≈]|\p{Sc}|(?<![\p{L}\p{N}])N[or]\.) ?$`,
    String.raw`(?<![\p{L}\p{N}\p{Sm}_.,:;/)\]%-])(?<glued>[<>]=?|[-+~])$`,
  ].join("|"),
  "iu",
);
/** Longer than any of them. */
const SIGN_LENGTH = 5;

const MANY_DIGITS = 7;

const SIZES = /(?<![\p{L}\p{N}.,])\p{N}+(?:[.,]\p{N}+)?(?: ?[×x] ?\p{N}+(?:[.,]\p{N}+)?)+(?![\p{L}\p{N}])/giu;

/** As `1½`, once it is composed. */
const MIXED = /(?<![\p{L}\p{N}.,:/])\p{N}+ \p{N}{1,2}\/\p{N}{1,2}(?![\p{L}\p{N}./])/gu;

/** @param text composed */
export function quantitiesIn(text: string): Quantity[] {
  const found = matchesOf(SIZES, text).map(({ 0: size, index: at }): Quantity => {
    const spelling = size.replace(/ /g, "").replaceAll("×", "x").toLowerCase();
    return { text: size, at, spellings: [spelling] };
  });
  for (const { 0: mixed, index: at } of matchesOf(MIXED, text))
    found.push({ text: mixed, at, spellings: [mixed.replace(" ", "+")] });
  for (const match of matchesOf(NUMBERS, text)) {
    const { number = "", unit = "" } = match.groups ?? {};
    const before = SIGN.exec(text.slice(Math.max(0, match.index - SIGN_LENGTH), match.index));
    if (unit === "" && before === null) continue;
    // With a plus it is a telephone number, which has spellings of its own.
    if (before?.[0] === "+" && number.length >= MANY_DIGITS) continue;
    const sign = before?.groups?.mark ?? before?.groups?.glued ?? "";
    const at = match.index - (before?.[0].length ?? 0);
    const spellings = spellingsOf(signOf(sign), canonical(number), unit.trim().toLowerCase());
    found.push({ text: text.slice(at, match.index + match[0].length), at, spellings });
  }
  return found;
}

function signOf(sign: string): string {
  if (/^N[or]\.$/i.test(sign)) return "№";
  return sign.replace("§§", "§");
}

function spellingsOf(sign: string, number: string, unit: string): string[] {
  // A currency before the amount or after it.
  if (/^\p{Sc}$/u.test(unit)) return [unit + number];
  if (sign === "" || unit === "") return [sign + number + unit];
  return [sign + number + unit, sign + number];
}

/** Thousands without marks between them, and a point before decimals. */
function canonical(number: string): string {
  if (/^\p{N}{1,3}(?:,\p{N}{3})+(?:\.\p{N}+)?$/u.test(number)) return number.replaceAll(",", "");
  if (/^\p{N}{1,3}(?:\.\p{N}{3})+,\p{N}+$/u.test(number)) return number.replaceAll(".", "").replace(",", ".");
  return /^\p{N}+,\p{N}{1,2}$/u.test(number) ? number.replace(",", ".") : number;
}
