/** What is said where a document has no links, or none of the type that was asked for. */
interface LinksAsked {
  readonly relation?: string | undefined;
  /** Those that there are, where there is none of the relation. */
  readonly types?: readonly string[] | undefined;
}

/** @param shown makes a name fit to be shown in a line */
export function noLinksLine({ relation, types = [] }: LinksAsked, shown: (name: string) => string): string {
  if (relation === undefined) return "No links lead from here or to here.";
  const none = `No links of type ${shown(relation)}`;
  if (types.length === 0) return `${none}, nor of any other type.`;
  return `${none}; there are those of type ${types.map(shown).join(", ")}.`;
}
