/**
 * The bounds of one stored message (I10: memory and rows are bounded by configuration, not by a message). What
 * is cut is named in the message's `defects`; content mode `raw` keeps the exact bytes whatever is cut here.
 */
export const mailLimits = {
  /** All header names and values together. A single header of 1 MB, seen in the wild, is kept whole. */
  headerCharsMax: 2 * 1024 * 1024,
  headersMax: 10_000,
  /** Of one address header; the header itself is kept whole among `headers`. */
  addressHeaderCharsMax: 512 * 1024,
  /** Of one address header. */
  addressesMax: 5_000,
  addressNameCharsMax: 1_000,
  /**
   * Message-IDs, addresses and Content-IDs are what people index: 850 UTF-16 units are at most 2,550 bytes, and
   * an entry of a Postgres B-tree holds 2,704.
   */
  indexedCharsMax: 850,
  referencesMax: 1_000,
  subjectCharsMax: 64 * 1024,
  /** Of `text` and of `html`, each. */
  bodyCharsMax: 10 * 1024 * 1024,
  attachmentsMax: 1_000,
  filenameCharsMax: 1_000,
  mimeTypeCharsMax: 255,
  labelsMax: 1_000,
  snippetCharsMax: 1_000,
  /** How deep multiparts are taken apart; what lies deeper is kept as the text that it is. */
  nestingDepthMax: 600,
  /** Of the MIME tree. */
  partsMax: 10_000,
  defectsMax: 50,
  defectCharsMax: 200,
} as const;
