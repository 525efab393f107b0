/** The dashboard's words are English, and so are its numbers and times, in whichever language a browser is. */
export const locale = "en-US";
