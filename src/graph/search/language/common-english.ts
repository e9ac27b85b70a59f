/**
 * Words of English that everybody knows, besides its function words. One that stands in no note is no slip of another
 * word: `here` is not `heure`. Many of them may be what is meant, so that they are looked for as any word is.
 */
const LIST = `
  above across after again against ago ahead alike almost alone along already although always among another
  anybody anyone anything anyway anywhere apart around aside away back before behind below beneath beside besides
  best better beyond both bring came certain come daily day days down during each early easy either else enough
  even ever every everybody everyone everything everywhere except far few find fine first follow found full
  further gave get give given goes going gone good great half happen hard hardly hello help hence here herself
  high himself hour hours however inside instead itself keep kept kind know known large last late later latest
  least leave left less like likely little live lives long look looked lots made make makes making many mean means
  meant more morning most mostly much myself near nearly need needs neither never new next night nobody none
  nothing now nowhere often once one ones only onto open other others otherwise ought ours ourselves outside over
  own part past people perhaps place please put quick quite rather ready really recent right same saw say says
  seem seems seen several short show shown shows since small somebody someone something sometimes somewhere soon
  start started still stop stopped sure take taken talk tell thank thanks themselves therefore thing things think
  though thought three through throughout thus till time times today together told tomorrow tonight took toward
  towards tried true try turn twice two under unless unlike upon use used useful user uses using usual usually
  various want wanted wants way ways week weeks well went whatever whenever whether whichever whoever whole within
  without work worked works worse worst wrong wrote year years yes yesterday yet yours yourself
`;

let words: ReadonlySet<string> | undefined;

/** @param word folded */
export function isCommonEnglish(word: string): boolean {
  words ??= new Set(LIST.trim().split(/\s+/));
  return words.has(word);
}
