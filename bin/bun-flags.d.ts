export const BUN_FLAGS: readonly string[];
