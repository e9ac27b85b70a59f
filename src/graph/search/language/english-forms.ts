/**
 * Forms of one English word that the index keeps apart. It stems by Porter's algorithm, which cuts endings off: it
 * knows neither `wrote` for `write` nor `mice` for `mouse`, and takes `added` for another word than `add`, and `tries`
 * for another one than `try`. Who asks what somebody added asks what somebody did add.
 *
 * Forms that are mostly another word are left out: `left`, `LED`, `ground`, `lay`, `lives`, `Sat`.
 */

/** Words apart by a comma, their stems by a space, forms with the same stem by a slash. The first one is the base. */
const LIST = `
  arise arose arisen, beat beaten, become became, begin began begun, blow blew blown, break broke broken,
  bring brought, build built, burn burnt, buy bought, catch caught, choose chose chosen, come came, creep crept,
  deal dealt, dig dug, draw drew drawn, dream dreamt, drink drank drunk, drive drove driven, eat ate eaten,
  fall fell fallen, feed fed, feel felt, fight fought, find found, flee fled, forbid forbade forbidden,
  forget forgot forgotten, forgive forgave forgiven, freeze froze frozen, get got gotten, give gave given,
  grow grew grown, hang hung, hear heard, hide hidden, hold held, keep kept, know knew known, learn learnt,
  lend lent, lose lost, make made, mean meant, meet met, mislead misled, outgrow outgrew outgrown,
  overcome overcame, override overrode overridden, oversee oversaw overseen, overwrite overwrote overwritten,
  pay paid, prove proven, rebuild rebuilt, redo redid redone, repay repaid, rethink rethought,
  rewrite rewrote rewritten, ride rode ridden, ring rang rung, rise risen, run ran, say said, seek sought,
  sell sold, send sent, shake shook shaken, shine shone, show shown, shrink shrank shrunk, sing sang sung,
  sink sank sunk, sleep slept, slide slid, speak spoken, spend spent, spin spun, stand stood, steal stole stolen,
  stick stuck, strike struck, swear swore sworn, sweep swept, swim swam swum, swing swung, take took taken,
  teach taught, tear tore torn, tell told, think thought, throw threw thrown, understand understood,
  undertake undertook undertaken, undo undid undone, wake woke woken, wear wore worn, weave wove woven, win won,
  withdraw withdrew withdrawn, withhold withheld, write wrote written,

  add added/adding, boycott boycotted/boycotting, err erred/erring, purr purred/purring,
  cry cries/cried, dry dries/dried, fly flies flew flown, fry fries/fried, pry pries/pried, sky skies,
  spy spies/spied, try tries/tried, die dies/died dying, tie ties/tied tying, free freed, go goes went gone,
  embed embedded/embedding, exceed exceeded/exceeding, proceed proceeded/proceeding,
  succeed succeeded/succeeding, mimic mimicked/mimicking, panic panicked/panicking,

  alias aliases, analysis analyses, appendix appendices, axis axes, bias biases, bonus bonuses, bus buses,
  calf calves, campus campuses, canvas canvases, census censuses, child children, corpus corpora, crisis crises,
  criterion criteria, foot feet, gas gases, goose geese, half halves, hypothesis hypotheses, index indices,
  knife knives, lens lenses, loaf loaves, man men, matrix matrices, mouse mice, radius radii, scarf scarves,
  shelf shelves, status statuses, thesis theses, thief thieves, tooth teeth, vertex vertices, virus viruses,
  wife wives, wolf wolves, woman women
`;

interface Form {
  /** The forms of the word, by stems. */
  readonly word: readonly (readonly string[])[];
  /** The place of those with the same stem. */
  readonly stem: number;
}

let known: ReadonlyMap<string, Form> | undefined;

function formOf(word: string): Form | undefined {
  known ??= new Map(LIST.split(",").flatMap((line) => formsIn(line.trim())));
  return known.get(word);
}

function formsIn(line: string): [string, Form][] {
  const word = line.split(/\s+/).map((stem) => stem.split("/"));
  const listed = word.flatMap((forms, stem) => forms.map((form): [string, Form] => [form, { word, stem }]));
  const regular = regularOf(word[0]?.[0] ?? "").map((form): [string, Form] => [form, { word, stem: 0 }]);
  return [...regular, ...listed];
}

/** Of which Porter's algorithm knows that they are the same, where the list does not say otherwise. */
function regularOf(base: string): string[] {
  if (base.endsWith("s")) return [];
  const beforeIng = [base, base.replace(/e$/, ""), base + base.at(-1)];
  return [`${base}s`, `${base}es`, ...beforeIng.map((each) => `${each}ing`)];
}

/** One form for each other stem of an English word. @param word folded */
export function otherFormsOf(word: string): string[] {
  const form = formOf(word);
  return form === undefined
    ? []
    : form.word.flatMap(([first = ""], stem) => (stem === form.stem ? [] : [first]));
}

/** Whether two words, folded, are forms of one that the index keeps apart. */
export function areForms(one: string, other: string): boolean {
  const form = formOf(one);
  return form !== undefined && form.word === formOf(other)?.word;
}

/** What the singular and the plural of a word have in common: `recip` of `Recipes` and `recipe`. No word itself. */
export function numberless(word: string): string {
  return word.replace(/(?:ies|y)$/, "i").replace(/e?s?$/, "");
}
