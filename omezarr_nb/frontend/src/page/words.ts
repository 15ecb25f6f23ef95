/** What a page without a kernel says. */
export const pageWords = {
  live: (where: string) => `Live: this page reads ${where} itself.`,
  loading: (where: string) => `A still picture; reading ${where} …`,
  still: (why: string) => `A still picture. ${why}`,
  tryAgain: "try again",
  needsKernel: "This needs a kernel: open the notebook and run it.",
  noLabels: "These labels were not shown when the page was saved.",
  noURL: "The image does not lie at a public URL.",
  unreachable: "The server did not answer, or does not let pages of other places read from it (CORS).",
  silent: (seconds: number) => `The server has said nothing for ${seconds} s.`,
  /** An error of the store or of a codec, in words. */
  failed: (error: unknown): string => {
    if (error instanceof TypeError && /fetch|network|load/i.test(error.message)) return pageWords.unreachable;
    const text = error instanceof Error ? error.message : String(error);
    return text.length <= 300 ? text : `${text.slice(0, 299)}…`;
  },
};
