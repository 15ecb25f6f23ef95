// Builds static/: loader.js (the widget's _esm), viewer.js and viewer.css (what it fetches from the kernel), parts that
// the viewer fetches when it needs them, and for saved pages, which have no kernel: page.js (what reads stores on the
// web) and codecs.js, beside those of the viewer. The controls of wizards are forms.js.
//
// A part has no code twice that the viewer has: it imports that from the viewer, which runs by then.
import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const outdir = join(here, "static");
/** Built here first: whoever runs the viewer meanwhile finds the whole of one build. */
const making = join(here, "static", `.making-${process.pid}`);
/** What the viewer fetches from the kernel when it is needed: modules that export `make`. */
const parts = Object.fromEntries(
  ["painting", "regions", "volume"].map((name) => [name, `src/${name}/feature.ts`]),
);
/** What stands for the viewer in the imports of a part, until it is fetched (src/later.ts). */
const VIEWER = "omezarr-nb:viewer";
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

const options = {
  absWorkingDir: here,
  outdir: making,
  bundle: true,
  format: "esm",
  target: ["es2022", "chrome111", "firefox113", "safari16.4"],
  minify: true,
  charset: "utf8",
  legalComments: "none",
  logLevel: "warning",
};

/** The files of which the viewer is made. */
async function filesOfViewer() {
  const { metafile } = await build({
    ...options,
    entryPoints: ["src/render.ts"],
    write: false,
    metafile: true,
  });
  return new Set(Object.keys(metafile.inputs));
}

/** Leave what the viewer has out of a part; what lies in the part's own folder is its own. */
function without(files) {
  return ({ onResolve }) =>
    onResolve({ filter: /^\.\.?\// }, ({ path, importer, resolveDir }) => {
      const file = relative(here, join(resolveDir, `${path}.ts`))
        .split(sep)
        .join("/");
      const isOwn = Object.values(parts).some((entry) => file.startsWith(`${dirname(entry)}/`));
      return importer && files.has(file) && !isOwn ? { path: `${VIEWER}/${file}`, external: true } : null;
    });
}

/** Build the parts; returns what they import of the viewer: the file of each name. */
async function buildParts() {
  const plugins = [{ name: "without-the-viewer", setup: without(await filesOfViewer()) }];
  await build({ ...options, entryPoints: parts, plugins });
  const wanted = new Map();
  for (const name of Object.keys(parts)) {
    const where = join(making, `${name}.js`);
    const script = await readFile(where, "utf8");
    const imports = new RegExp(`import\\{([^}]*)\\}from"${VIEWER}/([^"]*)"`, "g");
    const joined = script.replace(imports, (_, names, file) => {
      for (const one of names.split(",").map((each) => each.split(" as ")[0])) {
        if ((wanted.get(one) ?? file) !== file)
          throw new Error(`${one} is in ${file} and ${wanted.get(one)}`);
        wanted.set(one, file);
      }
      return `import{${names}}from"${VIEWER}"`;
    });
    if (joined.includes(`${VIEWER}/`)) throw new Error(`${name}.js imports from the viewer in another way`);
    await writeFile(where, joined);
  }
  return wanted;
}

const shared = [...(await buildParts())].map(([name, file]) => `export { ${name} } from "./${file}";`);
await build({
  ...options,
  entryPoints: undefined,
  stdin: {
    contents: ['export * from "./src/render";', ...shared].join("\n"),
    resolveDir: here,
    sourcefile: "viewer.ts",
  },
  outdir: undefined,
  outfile: join(making, "viewer.js"),
});
await build({
  ...options,
  entryPoints: {
    loader: "src/loader.ts",
    page: "src/page/main.ts",
    codecs: "src/codecs/main.ts",
    forms: "src/forms/main.ts",
  },
  // zarrita would load codecs of its own, of 1.4 MB; the page gives it those beside it (page/codecs.ts).
  plugins: [{ name: "codecs-apart", setup: apart }],
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
