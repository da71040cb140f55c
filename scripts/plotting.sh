#!/usr/bin/env bash
# Makes the plotting library that reports are drawn with: src/Winnow.Report/Page/plot.js and plot-licences.txt, out of npm's Observable Plot
# as src/Winnow.Report/plotting/package-lock.json pins it. Both are committed, so that building Winnow takes no npm. The same input gives the
# same bytes.
#   scripts/plotting.sh          writes them
#   scripts/plotting.sh --check  compares them instead, and ends with 1 when they differ
# Ends with 2 where npm or what it fetches can't be had.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source=$root/src/Winnow.Report/plotting
page=$root/src/Winnow.Report/Page
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

command -v npm >/dev/null || { echo "plotting.sh: npm isn't here; install nodejs and npm" >&2; exit 2; }
cp "$source"/package.json "$source"/package-lock.json "$source"/entry.js "$work"
cd "$work"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >npm.log 2>&1 || { cat npm.log >&2; exit 2; }
node_modules/.bin/esbuild entry.js --bundle --minify --format=iife --global-name=Plot --target=es2020 --charset=ascii --legal-comments=none \
    --outfile=plot.js --metafile=meta.json --log-level=warning

# The licence of every package of which a line is in the bundle.
node - >plot-licences.txt <<'END'
const fs = require("fs");
const inputs = Object.entries(JSON.parse(fs.readFileSync("meta.json", "utf8")).outputs["plot.js"].inputs);
const names = [...new Set(inputs.filter(([, input]) => input.bytesInOutput > 0).map(([file]) => /^node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1]))];
for (const name of names.filter(Boolean).sort()) {
    const about = JSON.parse(fs.readFileSync(`node_modules/${name}/package.json`, "utf8"));
    const licence = fs.readdirSync(`node_modules/${name}`).find(file => /^licen[cs]e/i.test(file));
    console.log(`${name} ${about.version} (${about.license})\n\n${fs.readFileSync(`node_modules/${name}/${licence}`, "utf8").trim()}\n`);
}
END

if [[ ${1-} == --check ]]; then
    cmp plot.js "$page/plot.js" && cmp plot-licences.txt "$page/plot-licences.txt" || { echo "plotting.sh: what is committed isn't what package-lock.json gives" >&2; exit 1; }
else
    cp plot.js plot-licences.txt "$page"
fi
