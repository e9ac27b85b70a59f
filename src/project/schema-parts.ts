/** What schemas of settings are made of. Loads zod. */
import { z } from "zod";
import { AGE_FORMAT } from "./units.ts";

export const text = (expected: string) => z.string({ error: expected }).regex(/\S/, { error: expected });
export const switchable = z.boolean({ error: "true or false" });
export const ageExpected = `at least one minute, as ${AGE_FORMAT}`;

/** A value that has its own little grammar; `parse` answers `undefined` for what it does not understand. */
export function parsed(expected: string, parse: (value: unknown) => number | undefined, atLeast: number) {
  return z.unknown().transform((value, context): number => {
    const result = parse(value);
    if (result !== undefined && result >= atLeast) return result;
    context.issues.push({ code: "custom", message: expected, input: value });
    return z.NEVER;
  });
}

export const group = <Shape extends z.core.$ZodLooseShape>(shape: Shape) =>
  z.strictObject(shape, { error: "an object" });
