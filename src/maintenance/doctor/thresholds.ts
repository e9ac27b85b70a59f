/**
 * Every number by which the doctor judges, in one place. The table in docs/doctor.md names each of them, and a test
 * keeps the two in step.
 *
 * Sizes are in bytes, times in milliseconds.
 */
import { LOG_LIMIT_BYTES } from "../../project/index.ts";
import { LEAST_COSINE_OF_ONE_TEXT } from "../../system/index.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const SECOND = 1_000;
const MINUTE = 60 * SECOND;

export const THRESHOLDS = {
  /** How long one check may take, from when it runs, before it is given up. */
  checkDeadline: 20 * SECOND,
  /** The same with `--deep`. */
  deepCheckDeadline: 60 * SECOND,
  /** How long a statement of a check waits for another process's lock. */
  lockWait: 200,
  /** How long a writer's lock must be held without a pause before it is a finding. */
  writerWait: 1_200,
  /** How long the process of a check may take to begin with it, however busy the machine is. */
  checkStart: 60 * SECOND,
  /** How long a health endpoint may take to answer. */
  healthProbe: 8 * SECOND,
  /** Free space under which an ingest may fail. */
  freeDisk: 256 * MIB,
  /** Size from which the write-ahead log is a finding. */
  writeAheadLog: 16 * MIB,
  /** How long `--fix` tries to bring a checkpoint to its end. */
  checkpointPatience: 3 * SECOND,
  /** Age from which a temporary file counts as left behind. */
  leftoverAge: 10 * MINUTE,
  /** Size from which a log is rotated; services do it at the same size. */
  logSize: LOG_LIMIT_BYTES,
  /** Rows of the vector cache that are read completely without `--deep`. */
  cacheSample: 500,
  /** Chunks that `--deep` embeds again. */
  embeddingSample: 16,
  /** How long `--deep` goes on reading files to compare them with their rows. */
  comparisonTime: 30 * SECOND,
  /** What the cosine of a vector and its repetition is at least. */
  leastCosine: LEAST_COSINE_OF_ONE_TEXT,
  /** Findings of one kind that are listed before the rest is counted. */
  listedFindings: 5,
} as const;
