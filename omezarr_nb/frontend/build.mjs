// Builds static/: loader.js (the widget's _esm), viewer.js and viewer.css (what it fetches from the kernel), parts that
// the viewer fetches when it needs them, and for saved pages, which have no kernel: page.js (what reads stores on the
// web) and codecs.js, beside those of the viewer. The controls of wizards are forms.js.
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "static");
/** Built here first: whoever runs the viewer meanwhile finds the whole of one build. */
const making = join(here, "static", `.making-${process.pid}`);
/** What the viewer fetches from the kernel when it is needed: modules that export `make`. */
const parts = { painting: "src/painting/feature.ts", regions: "src/regions/feature.ts" };
const outputs = [
  "loader.js",
  "viewer.js",
  "viewer.css",
  ...Object.keys(parts).map((name) => `${name}.js`),
  "page.js",
  "codecs.js",
  "forms.js",
];

function apart({ onResolve }) {
  onResolve({ filter: /^numcodecs\// }, ({ kind, path }) =>
    kind === "dynamic-import" ? { path, external: true } : null,
  );
}

await build({
  absWorkingDir: here,
  entryPoints: {
    loader: "src/loader.ts",
    viewer: "src/render.ts",
    ...parts,
    page: "src/page/main.ts",
    codecs: "src/codecs/main.ts",
    forms: "src/forms/main.ts",
  },
  // zarrita would load codecs of its own, of 1.4 MB; the page gives it those beside it (page/codecs.ts).
  plugins: [{ name: "codecs-apart", setup: apart }],
  outdir: making,
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
});
await build({
  absWorkingDir: here,
  entryPoints: { viewer: "src/viewer.css" },
  outdir: making,
  bundle: true,
  minify: true,
  // light-dark() and container queries are meant as they are written.
  target: ["chrome123", "firefox120", "safari17.5"],
  logLevel: "warning",
});
await mkdir(outdir, { recursive: true });
for (const name of outputs) await rename(join(making, name), join(outdir, name));
await rm(making, { recursive: true });
for (const name of outputs) console.log(`${name} ${(await stat(join(outdir, name))).size} bytes`);
