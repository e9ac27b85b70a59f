/**
 * Operators of programming languages, which are nothing but marks: `=>`, `!==`, `::`. The full-text index sees none of
 * them.
 *
 * Left out are those that markdown or prose has everywhere: `--`, `**`, `//`, `..`.
 */

const OPERATORS = new Set(
  `=> -> <- ~> == === != !== <=> <= >= ?? ??= ?. ?: && &&= || ||= ++ += -= *= /= %= ^= << >> >>> <<= >>= |> <| |= &=
   :: := <$> <*> =~ !~ <> $$ @@`.split(/\s+/),
);

const MARKS = "[-+*/%=<>!&|^~?:.$@]";
const RUNS = new RegExp(`${MARKS}{2,}`, "g");
const ALONE = new RegExp(String.raw`(?<=^|[\s\`"'(])${MARKS}{2,3}(?=$|[\s\`"'),.;])`, "g");

/** Those in a text, also between two names. */
export function operatorsIn(text: string): string[] {
  return (text.match(RUNS) ?? []).filter((run) => OPERATORS.has(run));
}

/** Those that somebody asks for: with nothing beside them. */
export function operatorsAlone(text: string): string[] {
  return (text.match(ALONE) ?? []).filter((run) => OPERATORS.has(run));
}
