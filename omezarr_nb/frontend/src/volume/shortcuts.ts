/** The keys of volumes, for the list of shortcuts. */

export const volumeShortcuts: [keys: string, effect: string][] = [
  ["v", "show the volume, or planes again"],
  ["drag, arrow keys on a volume", "turn it (with shift: move it)"],
  ["double click on a volume", "see it as at first"],
];
