// Builds the pages' script, style, font and icons into ../static. Run with `npm run build`.
import { build } from "esbuild";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, "..", "static");

/** The dark tokens, once more for readers who left the choice to their system. */
const systemTheme = {
  name: "system-theme",
  setup(bundler) {
    bundler.onLoad({ filter: /tokens\.css$/ }, ({ path }) => {
      const text = readFileSync(path, "utf8");
      const dark = /\[data-theme="dark"\]\s*\{([^}]*)\}/.exec(text);
      if (!dark) throw new Error(`${path} has no dark tokens`);
      const rule = `@media (prefers-color-scheme: dark) { [data-theme="system"] {${dark[1]}} }`;
      return { contents: `${text}\n${rule}\n`, loader: "css" };
    });
  },
};

function icons() {
  const names = JSON.parse(readFileSync(join(here, "icons.json"), "utf8"));
  const drawn = {};
  for (const name of names) {
    const svg = readFileSync(join(here, "node_modules", "lucide-static", "icons", `${name}.svg`), "utf8");
    drawn[name] = /<svg[^>]*>([\s\S]*)<\/svg>/.exec(svg)[1].replace(/\s+/g, " ").replace(/> </g, "><").trim();
  }
  return drawn;
}

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

const result = await build({
  absWorkingDir: here,
  entryPoints: { omzet: "src/main.ts", explore: "src/explore.ts", app: "css/app.css" },
  outdir: target,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["es2022", "chrome120", "firefox121", "safari17"],
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  loader: { ".woff2": "file" },
  legalComments: "none",
  metafile: true,
  plugins: [systemTheme],
});

const manifest = {};
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  const name = basename(relative(target, join(here, path)));
  if (output.entryPoint) manifest[output.entryPoint.endsWith(".css") ? "app.css" : `${basename(output.entryPoint, ".ts").replace("main", "omzet")}.js`] = name;
  else if (name.startsWith("inter-latin-opsz")) manifest["font"] = name;
}
cpSync(join(here, "public"), target, { recursive: true });
writeFileSync(join(target, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
writeFileSync(join(target, "icons.json"), `${JSON.stringify(icons())}\n`);
for (const [name, file] of Object.entries(manifest)) {
  console.log(name.padEnd(10), file, `${(readFileSync(join(target, file)).length / 1024).toFixed(1)} kB`);
}
