/**
 * What a program of amalfa gets to see of the folder in which it starts: where its imports lead, and which variables
 * it has.
 */
const PACKAGES = ["onnxruntime-node", "commander"];
const VARIABLES = [
  "BUN_OPTIONS",
  "NODE_OPTIONS",
  "NODE_PATH",
  "LD_PRELOAD",
  "VECTOR_PORT",
  "AMALFA_MODELS",
  "AMALFA_LAUNCHER",
];

const leads = PACKAGES.map((name) => import.meta.resolve(name));
const env = Object.fromEntries(
  VARIABLES.flatMap((name) => (process.env[name] === undefined ? [] : [[name, process.env[name]]])),
);
process.stdout.write(
  JSON.stringify({ leads, env, state: process.env.XDG_STATE_HOME, home: process.env.HOME }),
);
