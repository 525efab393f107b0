/** Told apart by people who see few colours, too (Okabe and Ito's), and each used in one sense. */
export const colours = {
  millrace: "#0072b2",
  millraceLight: "#7fb8d8",
  other: "#e69f00",
  otherLight: "#f2cf80",
  neutral: "#767676",
  /** What takes part and does not count. */
  uncounted: "#c8c8c8",
  goal: "#c0392b",
  ink: "#1f2328",
  paper: "#ffffff",
} as const;

/** Of each kind of process, the same in every plot. */
export const processColours: Readonly<Record<string, string>> = {
  postgres: "#0072b2",
  fetcher: "#e69f00",
  nats: "#009e73",
  chunker: "#cc79a7",
  "sync-api": "#56b4e9",
  janitor: "#d55e00",
  simulator: colours.uncounted,
};
