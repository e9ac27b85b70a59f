/** What a query asks for, and the expressions by which each part of it is found. */
export { type AskedDay, dayAsked } from "./asked-days.ts";
export { namesAskedFor, withoutMarks } from "./asked-names.ts";
export { byDigits } from "./day-spellings.ts";
export { inNotesOf, minusLine } from "./excluded.ts";
export { asksForSomething, parseQuery, type Query } from "./query.ts";
export { asPhrase, literalOf, type Sought, wordSought } from "./sought.ts";
export { withHyphen } from "./sought-names.ts";
