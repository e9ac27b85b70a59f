/**
 * Amounts as somebody asks for them: a number with a unit or a currency, `1048.9 mg`, `2340 EUR`. Others write it in
 * groups, with the currency's sign or with no cents, or have the unit at the head of their table's column.
 */
import { asWholeToken } from "../language/index.ts";
import type { Glued } from "../terms/index.ts";
import { inThousands, matchesOf } from "../terms/index.ts";
import { asPhrase, inTerms, type Sought } from "./sought.ts";

/** Codes of ISO 4217 with the sign that is likeliest to mean them; `PHP` and `TRY` are likelier something else. */
const SIGNS: Readonly<Record<string, string>> = {
  eur: "€",
  usd: "$",
  gbp: "£",
  jpy: "¥",
  cny: "¥",
  inr: "₹",
  krw: "₩",
  rub: "₽",
  uah: "₴",
  ils: "₪",
};
/** Those without a sign of their own. */
const OTHERS = "aud brl cad chf czk dkk hkd huf mxn nok nzd pln sek sgd zar".split(" ");
const CODES = [...Object.keys(SIGNS), ...OTHERS].join("|");
const NUMBER = String.raw`\d{1,3}(?:[ .,'’\u00a0\u202f]\d{3})+(?:[.,]\d{1,2})?|\d+(?:[.,]\d+)?`;
const CURRENCY = String.raw`(?:\p{Sc}|${CODES})`;
const WITH_CURRENCY = new RegExp(
  [
    String.raw`(?<![\p{L}\p{N}.,])(?:${NUMBER}) ?${CURRENCY}(?![\p{L}\p{N}])`,
    String.raw`(?<![\p{L}\p{N}])${CURRENCY} ?(?:${NUMBER})(?![.,]?[\p{L}\p{N}])`,
  ].join("|"),
  "giu",
);

/** Amounts with a currency, which may have spaces in them. @param text composed */
export function amountsIn(text: string): Glued[] {
  return matchesOf(WITH_CURRENCY, text).map(({ 0: amount, index: at }) => ({ text: amount, at, tokens: [] }));
}

const AMOUNT = new RegExp(
  String.raw`^(?<before>${CURRENCY})? ?(?<number>${NUMBER}) ?(?<unit>\p{Sc}|[\p{L}°µμ%‰/]+\d?)?$`,
  "iu",
);

/** Fewer digits without their unit are anything: the top 10, page 595. And so is what may be a year. */
const FEWEST_ALONE = 4;
const YEAR = /^(?:19|20)\d\d$/;

/**
 * The same with the other ways to write it: with a currency they mean the same, and the number alone is only alike.
 * @param sought for the text of it
 */
export function amountSought(sought: Sought): Sought {
  const { before, number = "", unit } = AMOUNT.exec(sought.text)?.groups ?? {};
  const read = readNumber(number);
  if (read === undefined || (before === undefined && unit === undefined)) return sought;
  const currency = [before, unit].map((each) => currencyOf(each)).find((each) => each !== undefined);
  const digits = read.whole + read.decimals;
  const isAnything = digits.length < FEWEST_ALONE || (currency === undefined && YEAR.test(digits));
  const whole = currency === undefined ? [] : inCurrency(read, currency);
  return {
    ...sought,
    whole: whole.length === 0 ? sought.whole : [[...sought.whole.flat(), ...whole]],
    instead: [...sought.instead, ...(isAnything ? [] : inGroups(read).map(asOne))],
  };
}

interface Read {
  /** Digits before the decimals. */
  readonly whole: string;
  readonly decimals: string;
}

function readNumber(written: string): Read | undefined {
  const [, whole, decimals = ""] = /^(\d{1,3}(?:\D\d{3})+|\d+)(?:[.,](\d+))?$/.exec(written) ?? [];
  return whole === undefined ? undefined : { whole: whole.replace(/\D/g, ""), decimals };
}

interface Currency {
  readonly sign: string | undefined;
  /** The one that was asked for, or all that have the sign. */
  readonly codes: readonly string[];
}

function currencyOf(written = ""): Currency | undefined {
  const code = written.toLowerCase();
  if (code in SIGNS) return { sign: SIGNS[code], codes: [code] };
  if (OTHERS.includes(code)) return { sign: undefined, codes: [code] };
  const codes = Object.keys(SIGNS).filter((each) => SIGNS[each] === written);
  return codes.length > 0 ? { sign: written, codes } : undefined;
}

/** The number as words of the index: as it is, in groups, and without cents where there are none. */
function inGroups({ whole, decimals }: Read): string[][] {
  const ends = /^0*$/.test(decimals) ? [[], ["00"]] : [[decimals]];
  const groups = inThousands(whole);
  return [[whole], groups].flatMap((words) => ends.map((end) => [...words, ...end]));
}

function asOne(words: readonly string[]): string {
  return asPhrase([words.join(" ")]);
}

function inCurrency(read: Read, { sign, codes }: Currency): string[] {
  const words = inGroups(read);
  const withCode = codes.flatMap((code) =>
    words.flatMap((each) => [asOne([code, ...each]), asOne([...each, code])]),
  );
  const glued = codes.map((code) => asOne([`${read.whole}${code}`]));
  return [...new Set([...withCode, ...glued, ...(sign === undefined ? [] : withSign(read, sign))])];
}

/** As the index has sign and number together; of a number with spaces in it that is the first or the last group. */
function withSign({ whole, decimals }: Read, sign: string): string[] {
  const groups = inThousands(whole);
  const cents = /^0*$/.test(decimals) ? ["", ".00"] : [`.${decimals}`];
  const token = (number: string): string => inTerms(asWholeToken(sign + number));
  const [first = "", last = ""] = [groups.at(0), groups.at(-1)];
  const together = [...cents.map((end) => whole + end), groups.join(".")].map(token);
  if (groups.length < 2) return together;
  const inOrder = asOne(/^0*$/.test(decimals) ? groups : [...groups, decimals]);
  const apart = [first, ...cents.map((end) => last + end)].map(
    (number) => `(${token(number)} AND ${inOrder})`,
  );
  return [...together, ...apart];
}
