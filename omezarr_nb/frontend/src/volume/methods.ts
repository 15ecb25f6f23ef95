/** What is drawn of the values along a ray. */
export const METHODS = ["maximum", "minimum", "mean", "additive", "surface", "attenuated"] as const;
export type Method = (typeof METHODS)[number];
