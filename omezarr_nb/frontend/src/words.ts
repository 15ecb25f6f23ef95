/** All words that people read, in one place. Those of the loader stand apart: each saved view has it. */
export const loaderWords = {
  loading: "Loading ",
  noKernel: "There is no kernel to view the image with. Run the cell to have one.",
  silent: "The kernel is not answering: it sent no viewer within 15 s.",
  tryAgain: "try again",
};

export const words = {
  kernelSilent: "The kernel is not answering; what was loaded stays. It may be busy with a cell.",
  kernelGone: "The kernel is not answering; what was loaded stays. Run the cell again to go on.",
  tileLeftOut: "The kernel left this part out of its answer.",
  noSuchChannel: "No channel has that in its name.",
  moreChannels: (rows: number, found: number) =>
    `${rows} of ${found} are listed: look for the others by name.`,
  noChannels: "No channels are visible.",
  noWebGL:
    "This browser shows no WebGL 2, which the viewer draws with. Turn on hardware acceleration or try another browser.",
  contextLost: "The browser has put this picture away to save graphics memory.",
  labelsFailed: (name: string, count: number, why: string) =>
    `${count === 1 ? "One part" : `${count} parts`} of the labels “${name}” could not be read: ${why}`,
  labelIsNumber: "A label is a whole number.",
  searching: "Searching …",
  notFound: (id: string) => `Label ${id} is not in the image.`,
  howToSelect: "Click a label to select it.",
  showVolume: "show the volume (v)",
  planesAgain: "show planes again (v)",
  volumeComes: "Getting what draws volumes …",
  volumeFailed: (why: string) => `What draws volumes could not be had: ${why}`,
  volumeNeedsKernel: "Volumes need a kernel: open the notebook and run it.",
  onPlanes: "Planes alone are drawn on: end the volume first (v).",
  noClipboard: "The browser does not let the picture onto the clipboard; save it as a file instead.",
  tryAgain: "try again",
  hide: "hide",
  difference: (left: string, right: string) =>
    `${left} minus ${right}: orange where it is more, blue where it is less, in full colour at`,
  layersFailed: (name: string, count: number, why: string) =>
    `${count === 1 ? "One part" : `${count} parts`} of the image “${name}” could not be read: ${why}`,
  hidden: (texts: string[], more: number) =>
    `not shown: ${texts.join(", ")}${more > 0 ? ` and ${more} more` : ""}`,
  noField: (well: string) => `${well}: no field there`,
  showAll: "show all channels",
  tooMany: (shown: number, all: number) =>
    `The view needs ${all} tiles of this level; the ${shown} nearest the centre are shown. Zoom in for the rest.`,
  failed: (count: number, why: string) =>
    `${count === 1 ? "One part" : `${count} parts`} of the picture could not be read: ${why}`,
  allFailed: (why: string) => `The picture could not be read: ${why}`,
};

/** The shortcuts, as the help lists them. */
export const shortcuts: [keys: string, effect: string][] = [
  ["drag, arrow keys", "move"],
  ["wheel, pinch, + and −", "zoom"],
  ["double click", "zoom in (with shift: out)"],
  ["click a label", "select it (with shift or ctrl: more)"],
  ["double click a well", "go there"],
  ["f", "fit the image"],
  ["0", "one image pixel to one screen pixel"],
  ["1 to 9", "show or hide a channel"],
  ["page up and down", "step along z"],
  ["space", "play or stop"],
  ["shift + wheel", "step along z"],
  ["alt + wheel", "step along t"],
  ["double click on a contrast handle", "reset the contrast"],
  ["?", "this help"],
];
