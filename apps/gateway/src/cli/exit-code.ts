/** Exit codes of the program, fixed by its public contract. */
export const EXIT = {
  /** Stopped cleanly, or the command did what it was asked. */
  ok: 0,
  /** Could not start, crashed, or the command found what it was asked to look for. */
  failed: 1,
  /** Wrong command line (`EX_USAGE` of sysexits.h). */
  usage: 64,
  /** Configuration refused (`EX_CONFIG` of sysexits.h). */
  configuration: 78,
} as const;
