"use strict";
// What each plot draws and what stands in the table behind it. Text from data reaches the page as text only.

const data = JSON.parse(document.getElementById("data").textContent);
const shown = new Set(data.arms.keys());
let chosenRun = 0;

const palette = ["#4269d0", "#d08c00", "#e0543f", "#3ba99c", "#3a9143", "#d9609a", "#9458e8", "#6f9be8", "#9c6b4e", "#8a919c", "#b8a200", "#17b3c7", "#b0306a", "#7f8c2d"];
// More bands than this hide one another.
const mostBands = 5;
const phaseColours = ["#c4a35a", "#e0543f", "#7fb2e5", "#4269d0", "#d08c00", "#9458e8", "#3ba99c", "#7a5c43"];
/** Pairs of name and colour; the last is what no phase was charged with. */
const phases = data.phases.map((phase, at) => [phase, at === data.phases.length - 1 ? "#9aa0a8" : phaseColours[at % phaseColours.length]]);

// Full data in the colour of the text; a method in its own; a control in that of the method it is matched to, broken.
const styles = (() => {
    const methods = data.arms.filter(arm => arm.kind === "method");
    const own = arm => {
        const at = methods.indexOf(arm);
        return { stroke: palette[at % palette.length], dash: at >= palette.length ? "10 3 2 3" : null, width: 1.8 };
    };
    return data.arms.map(arm => {
        if (arm.kind === "full") return { stroke: "currentColor", dash: null, width: 2.2 };
        if (arm.kind === "method") return own(arm);
        const matched = methods.find(method => arm.name.slice(arm.name.indexOf("@") + 1).replace(/\*lr$/, "") === method.name);
        return { stroke: matched ? own(matched).stroke : "currentColor", dash: arm.kind === "shortened" ? "7 4" : "2 3", width: 1.8 };
    });
})();

const number = (value, digits = 4) => value === null || value === undefined ? "" : Number(value.toPrecision(digits)).toLocaleString("en", { maximumFractionDigits: 8 });
const percent = (value, digits = 2) => value === null || value === undefined ? "" : `${(100 * value).toFixed(digits)} %`;
// The metric that decides: of a share, such as an accuracy, values are in percent and differences in points.
const metric = data.metric;
const judged = metric.isShare ? percent : value => number(value);
const scale = metric.isShare ? 100 : 1;
const unit = metric.isShare ? " points" : "";
const differences = metric.isShare ? "points to" : `${metric.words} less that of`;
const points = value => `${value > 0 ? "+" : ""}${metric.isShare ? (100 * value).toFixed(2) : number(value)}`;
const interval = d => d.low === null ? points(d.mean) : `${points(d.mean)} [${points(d.low)}, ${points(d.high)}]`;
const visible = () => data.arms.map((arm, index) => ({ ...arm, index, style: styles[index] })).filter(arm => shown.has(arm.index));
const mean = values => values.reduce((sum, value) => sum + value, 0) / values.length;
const shorter = (text, width) => text.length * 6.2 <= width ? text : `${text.slice(0, Math.max(3, Math.floor(width / 6.2) - 1))}…`;

/** The means over seeds of two columns of each arm that is shown, epoch by epoch. */
function curves(x, y) {
    return visible().map(arm => {
        const runs = data.runs.filter(run => run.arm === arm.index);
        const found = [];
        for (let k = 0; k < Math.max(0, ...runs.map(run => run.epoch.length)); k++) {
            const values = runs.filter(run => k < run.epoch.length && run[x][k] !== null && run[y][k] !== null);
            if (values.length === 0) continue;
            const ys = values.map(run => run[y][k]);
            found.push({ arm: arm.name, epoch: values[0].epoch[k], x: mean(values.map(run => run[x][k])), y: mean(ys), low: Math.min(...ys), high: Math.max(...ys), seeds: values.length });
        }
        return { name: arm.name, style: arm.style, points: found };
    }).filter(series => series.points.length > 0);
}

/** A picture of lines: hovering shows the nearest point's title. */
function lines(width, series, { x, y, xLabel = "epoch", yLabel, yFormat, xFormat, title, extra = [], domain, log }) {
    const all = series.flatMap(one => one.points.filter(point => point.y !== null).map(point => ({ ...point, stroke: one.style.stroke, title: title(point, one) })));
    if (all.length === 0) return null;
    const svg = Plot.plot({
        width, height: width < 480 ? 270 : 320, marginLeft: 56, marginRight: 12, marginBottom: 38,
        x: { label: xLabel, tickFormat: xFormat, ticks: Math.max(3, Math.floor(width / 90)), nice: false },
        y: { label: yLabel, tickFormat: yFormat, grid: true, nice: !domain && !log, domain, type: log ? "log" : "linear" },
        marks: [
            ...(series.length > mostBands ? [] : series).filter(one => one.points.some(point => point.low < point.high))
                .map(one => Plot.areaY(one.points, { x: "x", y1: "low", y2: "high", fill: one.style.stroke, fillOpacity: 0.13, clip: true })),
            ...extra,
            ...series.map(one => Plot.line(one.points, { x: "x", y: "y", stroke: one.style.stroke, strokeDasharray: one.style.dash, strokeWidth: one.style.width, clip: true })),
            ...series.filter(one => one.points.length === 1).map(one => Plot.dot(one.points, { x: "x", y: "y", fill: one.style.stroke, r: 3 })),
            ...hover(all),
        ],
    });
    return key(svg, series.map(one => [one.name, one.style]));
}

/** The dot and the tip at the point nearest to the pointer. */
function hover(all) {
    return [Plot.dot(all, Plot.pointer({ x: "x", y: "y", stroke: "stroke", r: 4 })), Plot.tip(all, Plot.pointer({ x: "x", y: "y", title: "title", lineWidth: 34, pointerSize: 8 }))];
}

/** Says below the picture, and inside its file, which line is which; too many are told by the page's own legend only. */
function key(svg, entries) {
    if (entries.length < 2 || entries.length > 14) return svg;
    const make = (name, attributes, text) => {
        const element = document.createElementNS("http://www.w3.org/2000/svg", name);
        for (const [attribute, value] of Object.entries(attributes)) if (value !== null) element.setAttribute(attribute, value);
        if (text !== undefined) element.textContent = text;
        return element;
    };
    const width = Number(svg.getAttribute("width"));
    const height = Number(svg.getAttribute("height"));
    const group = make("g", { "aria-label": "key", "font-size": 11 });
    let [x, y] = [8, height + 8];
    for (const [name, style] of entries) {
        const label = shorter(name, width - 60);
        const size = 34 + label.length * 6.2;
        if (x > 8 && x + size > width) [x, y] = [8, y + 17];
        group.append(
            make("line", { x1: x, x2: x + 20, y1: y, y2: y, stroke: style.stroke, "stroke-width": style.block ? 10 : 2.2, "stroke-dasharray": style.dash }),
            make("text", { x: x + 25, y, dy: "0.35em", fill: "currentColor", "text-anchor": "start" }, label));
        x += size + 8;
    }
    svg.append(group);
    svg.setAttribute("height", y + 14);
    svg.setAttribute("viewBox", `0 0 ${width} ${y + 14}`);
    return svg;
}

/** The y axis of arms: a band each, their names cut to a third of the width. */
function bands(width, names) {
    const room = Math.min(width * 0.36, 16 + 6.2 * Math.max(...names.map(name => name.length)));
    return { marginLeft: room, height: 50 + 24 * names.length, y: { label: null, domain: names, tickFormat: name => shorter(name, room - 8), tickSize: 0 } };
}

function accuracyAgainst(x, xLabel, xFormat) {
    const series = () => curves(x, "judged");
    return {
        draw: width => {
            const all = series();
            if (all.length === 0) return null;
            // The first epochs lie far below the rest; the picture begins where the second half of each run plays.
            const late = all.flatMap(one => one.points.slice(Math.floor(one.points.length / 2)));
            const every = all.flatMap(one => one.points);
            const top = Math.max(...(metric.higherIsBetter ? every : late).map(point => point.high));
            const bottom = Math.min(...(metric.higherIsBetter ? late : every).map(point => point.low));
            const room = Math.max(metric.isShare ? 0.005 : 1e-9, 0.15 * (top - bottom));
            return lines(width, all, {
                xLabel, xFormat, yLabel: `test ${metric.words}`, yFormat: value => metric.isShare ? percent(value, top - bottom < 0.08 ? 1 : 0) : number(value),
                domain: metric.isShare ? [Math.max(0, bottom - room), Math.min(1, top + room / 3)] : [bottom - room, top + room],
                title: (point, one) => `${one.name}\nepoch ${point.epoch}: ${judged(point.y)}${point.seeds > 1 ? ` (${judged(point.low)} to ${judged(point.high)}, ${point.seeds} seeds)` : ""}\n${xLabel}: ${number(point.x)}`,
            });
        },
        table: () => ({ head: ["arm", "epoch", xLabel, `test ${metric.words}`, "lowest seed", "highest seed", "seeds"], rows: series().flatMap(one => one.points.map(p => [p.arm, p.epoch, p.x, p.y, p.low, p.high, p.seeds])) }),
    };
}

function savedOverEpochs() {
    const asked = name => data.arms.find(arm => arm.name === name).asked;
    const series = () => curves("epoch", "saved").filter(one => data.arms.find(arm => arm.name === one.name).kind === "method");
    return {
        draw: width => {
            const wanted = [...new Set(series().map(one => asked(one.name)).filter(value => value !== null))];
            return lines(width, series(), {
                yLabel: "visits saved so far", yFormat: value => percent(value, 0), extra: [Plot.ruleY(wanted, { strokeDasharray: "5 4", strokeOpacity: 0.7 })],
                title: (point, one) => `${one.name}\nepoch ${point.epoch}: saved ${percent(point.y)}${asked(one.name) === null ? "" : `, ${percent(asked(one.name), 1)} asked`}`,
            });
        },
        table: () => ({ head: ["arm", "epoch", "saved so far", "asked"], rows: series().flatMap(one => one.points.map(p => [p.arm, p.epoch, p.y, asked(one.name)])) }),
    };
}

function densityOverEpochs() {
    const series = () => curves("epoch", "density");
    return {
        draw: width => lines(width, series(), { yLabel: "weights left", yFormat: value => percent(value, 0), title: (point, one) => `${one.name}\nepoch ${point.epoch}: ${percent(point.y)} of the weights are left` }),
        table: () => ({ head: ["arm", "epoch", "weights left"], rows: series().flatMap(one => one.points.map(p => [p.arm, p.epoch, p.y])) }),
    };
}

function pareto() {
    const rows = () => visible().filter(arm => arm.kind !== "full" && arm.toFull && arm.saved !== null).sort((a, b) => a.saved - b.saved);
    return {
        draw: width => {
            const all = rows();
            if (all.length === 0) return null;
            const beat = [{ x: 0, y: 0, low: 0, high: 0 }, ...all.filter(arm => arm.kind === "shortened").map(arm => ({ x: arm.saved, y: arm.toFull.mean, low: arm.toFull.low ?? arm.toFull.mean, high: arm.toFull.high ?? arm.toFull.mean }))];
            const right = Math.max(0.05, ...all.map(arm => arm.saved)) * 1.25;
            const pixel = right / (width - 70);
            // Arms that saved nearly the same are set side by side.
            const dots = all.filter(arm => arm.kind !== "shortened").map(arm => ({ ...arm, x: arm.saved, y: arm.toFull.mean, stroke: arm.style.stroke, title: `${arm.name}\nsaved ${percent(arm.saved, 1)}, ${interval(arm.toFull)}${unit} to full data` }));
            for (let from = 0, to; from < dots.length; from = to) {
                for (to = from + 1; to < dots.length && dots[to].saved - dots[to - 1].saved < 9 * pixel; to++);
                const step = Math.min(9, (width * 0.4) / (to - from));
                for (let k = from; k < to; k++) dots[k].x = dots[k].saved + (k - from - (to - from - 1) / 2 + (to - from > 1 ? 0.5 : 0)) * step * pixel;
            }
            const svg = Plot.plot({
                width, height: width < 480 ? 300 : 340, marginLeft: 56, marginRight: 14, marginBottom: 38,
                x: { label: "visits saved", domain: [0, Math.max(right, ...dots.map(dot => dot.x + 6 * pixel))], tickFormat: value => percent(value, 0), ticks: Math.floor(width / 80) },
                y: { label: `${differences} full data`, grid: true, tickFormat: points },
                marks: [
                    Plot.ruleY([0], { strokeOpacity: 0.6 }),
                    Plot.areaY(beat, { x: "x", y1: "low", y2: "high", fill: "currentColor", fillOpacity: 0.08 }),
                    Plot.line(beat, { x: "x", y: "y", strokeDasharray: "7 4", strokeWidth: 2 }),
                    Plot.ruleX(dots.filter(dot => dot.toFull.low !== null), { x: "x", y1: dot => dot.toFull.low, y2: dot => dot.toFull.high, stroke: "stroke", strokeWidth: 1.6 }),
                    Plot.dot(dots, { x: "x", y: "y", fill: dot => dot.kind === "method" ? dot.stroke : "var(--plot-background, white)", stroke: "stroke", r: 4 }),
                    ...hover([...dots, ...all.filter(arm => arm.kind === "shortened").map(arm => ({ x: arm.saved, y: arm.toFull.mean, stroke: "currentColor", title: `${arm.about}\n${interval(arm.toFull)}${unit} to full data` }))]),
                ],
            });
            return key(svg, [...beat.length > 1 ? [["the line to beat", { stroke: "currentColor", dash: "7 4" }]] : [], ...dots.map(dot => [dot.name, { stroke: dot.stroke }])]);
        },
        table: () => ({ head: ["arm", "visits saved", `${differences} full`, "from", "to"], rows: rows().map(arm => [arm.name, arm.saved, scale * arm.toFull.mean, ...ends(arm.toFull)]) }),
    };
}

const ends = difference => [difference.low, difference.high].map(end => end === null ? null : scale * end);

function toShortened() {
    const rows = () => visible().filter(arm => arm.toShortened);
    return {
        draw: width => {
            const all = rows().map(arm => ({ ...arm, x: arm.toShortened.mean, y: arm.name, stroke: arm.style.stroke, title: `${arm.name}\n${interval(arm.toShortened)}${unit} to the shortened schedule` }));
            return all.length === 0 ? null : Plot.plot({
                width, marginBottom: 38, ...bands(width, all.map(arm => arm.name)),
                x: { label: `${differences} the shortened schedule`, grid: true, tickFormat: points, ticks: Math.floor(width / 110) },
                marks: [
                    Plot.ruleX([0], { strokeDasharray: "7 4", strokeWidth: 1.6 }),
                    Plot.ruleY(all.filter(arm => arm.toShortened.low !== null), { y: "y", x1: arm => arm.toShortened.low, x2: arm => arm.toShortened.high, stroke: "stroke", strokeWidth: 1.8 }),
                    Plot.dot(all, { x: "x", y: "y", fill: "stroke", r: 4 }),
                    ...hover(all),
                ],
            });
        },
        table: () => ({ head: ["arm", `${differences} shortened`, "from", "to"], rows: rows().map(arm => [arm.name, scale * arm.toShortened.mean, ...ends(arm.toShortened)]) }),
    };
}

/** Networks by what they cost: those that were cut, their widths from scratch, and the line of dense ones. */
function networksAgainst(cost, xLabel, xFormat) {
    const rows = () => visible().filter(arm => arm.network && arm.network[cost] !== null).map(arm => ({ ...arm.network, name: arm.name, about: arm.about, x: arm.network[cost], y: arm.network.judged, stroke: arm.style.stroke }));
    const text = row => `${row.about}\n${judged(row.y)}${row.low < row.high ? ` (${judged(row.low)} to ${judged(row.high)})` : ""}\n${xLabel}: ${xFormat(row.x)}`;
    return {
        draw: width => {
            const all = rows().map(row => ({ ...row, title: text(row) }));
            if (all.length === 0) return null;
            const line = all.filter(row => row.kind === "dense" || row.kind === "width").sort((a, b) => a.x - b.x);
            const svg = Plot.plot({
                width, height: width < 480 ? 300 : 340, marginLeft: 56, marginRight: 14, marginBottom: 38,
                x: { label: xLabel, domain: [0, 1.05 * Math.max(...all.map(row => row.x))], tickFormat: xFormat, ticks: Math.floor(width / 90) },
                y: { label: `test ${metric.words}`, grid: true, nice: true, tickFormat: value => metric.isShare ? percent(value, 1) : number(value) },
                marks: [
                    Plot.line(line, { x: "x", y: "y", strokeDasharray: "7 4", strokeWidth: 2 }),
                    Plot.ruleX(all.filter(row => row.low < row.high), { x: "x", y1: "low", y2: "high", stroke: "stroke", strokeWidth: 1.4 }),
                    Plot.dot(all, { x: "x", y: "y", fill: row => row.kind === "pruned" || row.kind === "dense" ? row.stroke : "var(--plot-background, white)", stroke: "stroke", r: 4 }),
                    ...hover(all),
                ],
            });
            return key(svg, [...line.length > 1 ? [["dense, the line to beat", { stroke: "currentColor", dash: "7 4" }]] : [], ...all.filter(row => row.kind === "pruned").map(row => [row.name, { stroke: row.stroke }])]);
        },
        table: () => ({ head: ["network", xLabel, `test ${metric.words}`, "lowest seed", "highest seed"], rows: rows().map(row => [row.name, row.x, row.y, row.low, row.high]) }),
    };
}

/** Rows of blocks one after another, such as seconds by phase. */
function stacked(width, names, blocks, xLabel) {
    return key(Plot.plot({
        width, marginBottom: 38, ...bands(width, names), x: { label: xLabel, grid: true, ticks: Math.floor(width / 90) },
        marks: [Plot.barX(blocks, { x1: "x1", x2: "x2", y: "y", fill: "stroke" }), Plot.ruleX([0]), ...hover(blocks.map(block => ({ ...block, x: (block.x1 + block.x2) / 2 })))],
    }), phases.filter(([phase]) => blocks.some(block => block.phase === phase)).map(([phase, stroke]) => [phase, { stroke, block: true }]));
}

function timeOfArms() {
    const rows = () => visible().filter(arm => arm.seconds.some(spent => spent > 0));
    return {
        draw: width => {
            const blocks = rows().flatMap(arm => {
                let at = 0;
                return phases.map(([phase, stroke], p) => ({ x1: at, x2: at += arm.seconds[p], y: arm.name, stroke, phase, title: `${arm.name}\n${phase}: ${number(arm.seconds[p])} s` })).filter(block => block.x2 > block.x1);
            });
            return blocks.length === 0 ? null : stacked(width, rows().map(arm => arm.name), blocks, "seconds of a run");
        },
        table: () => ({ head: ["arm", ...phases.map(([phase]) => `${phase} (s)`)], rows: rows().map(arm => [arm.name, ...arm.seconds]) }),
    };
}

function overhead() {
    const rows = () => visible().filter(arm => arm.kind === "method" && arm.overhead !== null);
    return {
        draw: width => {
            const all = rows().map(arm => ({ y: arm.name, x: arm.overhead, stroke: arm.style.stroke, title: `${arm.name}\n${percent(arm.overhead, 3)} of the run` }));
            return all.length === 0 ? null : Plot.plot({
                width, marginBottom: 38, ...bands(width, all.map(arm => arm.y)), x: { label: "share of the run", grid: true, tickFormat: value => percent(value, 2), ticks: Math.floor(width / 110) },
                marks: [Plot.barX(all, { x1: 0, x2: "x", y: "y", fill: "stroke" }), Plot.ruleX([0]), ...hover(all)],
            });
        },
        table: () => ({ head: ["arm", "share of the run"], rows: rows().map(arm => [arm.name, arm.overhead]) }),
    };
}

function byClass(column, label) {
    const rows = () => visible().filter(arm => arm[column].length > 0);
    return {
        draw: width => {
            const all = rows();
            if (all.length === 0) return null;
            const cells = all.flatMap(arm => arm[column].map((value, c) => ({ x: data.classes[c], y: arm.name, value, title: `${arm.name}\n${data.classes[c]}: ${percent(value, 1)} ${label}` }))).filter(cell => cell.value !== null);
            const band = bands(width, all.map(arm => arm.name));
            const wide = (width - band.marginLeft) / data.classes.length;
            return Plot.plot({
                width, ...band, marginBottom: 70, height: band.height + 40, padding: 0.03,
                x: { label: null, domain: data.classes, tickRotate: -40, tickFormat: name => shorter(name, 80), tickSize: 0, ticks: wide < 9 ? [] : undefined },
                color: { type: "linear", scheme: "YlGnBu" },
                marks: [
                    Plot.cell(cells, { x: "x", y: "y", fill: "value" }),
                    ...wide < 22 ? [] : [Plot.text(cells, { x: "x", y: "y", text: cell => (100 * cell.value).toFixed(wide < 34 ? 0 : 1), fill: cell => pale(cells, cell.value) ? "#111" : "#fff", fontSize: wide < 30 ? 9 : 10 })],
                    Plot.tip(cells, Plot.pointer({ x: "x", y: "y", title: "title", lineWidth: 34 })),
                ],
            });
        },
        table: () => ({ head: ["arm", ...data.classes], rows: rows().map(arm => [arm.name, ...arm[column]]) }),
    };
}

const pale = (cells, value) => {
    const values = cells.map(cell => cell.value);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return high === low || (value - low) / (high - low) < 0.55;
};

/** Columns of the chosen run as lines over its epochs. */
function runLines(columns, options) {
    const run = () => data.runs[chosenRun];
    const used = () => columns.filter(column => run()[column.key].some(value => value !== null));
    const format = options.format ?? number;
    return {
        draw: width => lines(width, used().map((column, k) => ({
            name: column.name, style: { stroke: palette[k], width: 1.8, dash: column.dash ?? null },
            points: run().epoch.map((epoch, at) => ({ x: epoch, y: run()[column.key][at], epoch })),
        })), { yLabel: options.label, yFormat: options.tick, log: options.log && used().every(column => run()[column.key].every(value => value === null || value > 0)), title: (point, one) => `${one.name}\nepoch ${point.epoch}: ${format(point.y)}` }),
        table: () => ({ head: ["epoch", ...used().map(column => column.name)], rows: run().epoch.map((epoch, at) => [epoch, ...used().map(column => run()[column.key][at])]) }),
    };
}

function runTime() {
    const run = () => data.runs[chosenRun];
    return {
        draw: width => {
            const blocks = run().epoch.flatMap((epoch, at) => {
                let top = 0;
                return phases.map(([phase, stroke], p) => ({ epoch, y1: top, y2: top += run().seconds[p][at] ?? 0, stroke, phase, title: `epoch ${epoch}\n${phase}: ${number(run().seconds[p][at])} s` })).filter(block => block.y2 > block.y1);
            });
            if (blocks.length === 0) return null;
            return key(Plot.plot({
                width, height: width < 480 ? 270 : 320, marginLeft: 56, marginRight: 12, marginBottom: 38, x: { label: "epoch", ticks: Math.floor(width / 90) }, y: { label: "seconds", grid: true },
                marks: [Plot.rect(blocks, { x1: block => block.epoch - 0.45, x2: block => block.epoch + 0.45, y1: "y1", y2: "y2", fill: "stroke" }), Plot.ruleY([0]), ...hover(blocks.map(block => ({ ...block, x: block.epoch, y: (block.y1 + block.y2) / 2 })))],
            }), phases.filter(([phase]) => blocks.some(block => block.phase === phase)).map(([phase, stroke]) => [phase, { stroke, block: true }]));
        },
        table: () => ({ head: ["epoch", ...phases.map(([phase]) => `${phase} (s)`)], rows: run().epoch.map((epoch, at) => [epoch, ...phases.map((_, p) => run().seconds[p][at])]) }),
    };
}

/** Epochs against losses, a cell a bin. */
function runBins(value, { format, scheme, domain, what, average }) {
    const run = () => data.runs[chosenRun];
    const last = data.binEdges.length - 1;
    const cells = () => run().epoch.flatMap((epoch, at) => (run().counts[at] ?? []).map((count, bin) => ({
        epoch, bin, count, from: data.binEdges[bin], to: bin === last ? null : data.binEdges[bin + 1], value: count === 0 ? null : value(run(), at, bin),
        y1: bin === 0 ? data.binEdges[1] / Math.SQRT2 : data.binEdges[bin], y2: bin === last ? data.binEdges[bin] * Math.SQRT2 : data.binEdges[bin + 1],
    }))).filter(cell => cell.count > 0);
    return {
        draw: width => {
            const all = cells();
            if (all.length === 0) return null;
            const tips = all.map(cell => ({ x: cell.epoch, y: Math.sqrt(cell.y1 * cell.y2), stroke: "currentColor", title: `epoch ${cell.epoch}, loss ${number(cell.from, 3)} to ${cell.to === null ? "any" : number(cell.to, 3)}\n${format(cell.value)} ${what}${average ? "" : `, of ${number(cell.count, 8)} samples`}` }));
            const means = run().epoch.map((epoch, at) => ({ x: epoch, y: run().storedLoss[at] })).filter(point => point.y > 0);
            return Plot.plot({
                width, height: width < 480 ? 290 : 340, marginLeft: 56, marginRight: 12, marginBottom: 38,
                x: { label: "epoch", ticks: Math.floor(width / 90) }, y: { label: "last known loss", type: "log", tickFormat: tick => number(tick, 2), ticks: 6 }, color: { type: "linear", scheme, domain },
                marks: [
                    Plot.rect(all, { x1: cell => cell.epoch - 0.5, x2: cell => cell.epoch + 0.5, y1: "y1", y2: "y2", fill: "value", inset: 0.25 }),
                    Plot.line(means, { x: "x", y: "y", stroke: "#e0543f", strokeWidth: 2 }),
                    Plot.tip(tips, Plot.pointer({ x: "x", y: "y", title: "title", lineWidth: 34 })),
                ],
            });
        },
        table: () => ({ head: ["epoch", "loss from", "loss to", "samples", what], rows: cells().map(cell => [cell.epoch, cell.from, cell.to, cell.count, cell.value]) }),
    };
}

const figures = {
    "network-time": networksAgainst("milliseconds", "milliseconds", value => number(value, 3)),
    "network-macs": networksAgainst("macs", "multiplications left", value => percent(value, 0)),
    "accuracy-time": accuracyAgainst("time", "seconds of training"),
    "accuracy-samples": accuracyAgainst("samples", "samples visited", value => value.toLocaleString("en", { notation: "compact" })),
    "accuracy-compute": accuracyAgainst("compute", "compute (full epochs)"),
    "pareto": pareto(),
    "to-shortened": toShortened(),
    "saved": savedOverEpochs(),
    "density": densityOverEpochs(),
    "time": timeOfArms(),
    "overhead": overhead(),
    "class-accuracy": byClass("classAccuracy", "right"),
    "class-keep": byClass("classKeep", "kept"),
    "run-loss": runLines([{ key: "visitedLoss", name: "visited" }, { key: "weightedLoss", name: "weighted", dash: "7 4" }, { key: "storedLoss", name: "last known" }, { key: "testLoss", name: "test" }], { label: "loss", log: true, tick: value => number(value, 2) }),
    "run-accuracy": runLines([{ key: "judged", name: `test ${metric.words}` }], { label: `test ${metric.words}`, tick: metric.isShare ? value => percent(value, 0) : value => number(value), format: judged }),
    "run-kept": runLines([{ key: "kept", name: "visited in this epoch" }, { key: "saved", name: "saved so far" }], { label: "share of the training set", tick: value => percent(value, 0), format: percent }),
    "run-rate": runLines([{ key: "rate", name: "learning rate" }], { label: "learning rate" }),
    "run-time": runTime(),
    "run-losses": runBins((run, at, bin) => run.counts[at][bin] / run.counts[at].reduce((sum, count) => sum + count), { format: value => percent(value, 1), scheme: "blues", what: "of the samples", average: true }),
    "run-cut": runBins((run, at, bin) => run.visited[at][bin] / run.counts[at][bin], { format: value => percent(value, 1), scheme: "YlGnBu", domain: [0, 1], what: "visited" }),
};
