"use strict";
// The page's own doings: drawing when the width changes, tables that open and sort, arms and runs to choose, saving.

const element = (name, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(name), properties);
    made.append(...children);
    return made;
};

/** Makes the heads of a table sort it: numbers by value, texts by letters, what is empty last. */
function sortable(table) {
    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
        const button = element("button", { type: "button" }, ...head.childNodes);
        head.replaceChildren(button);
        if (table.tBodies[0].rows[0]?.cells[column].classList.contains("number")) head.classList.add("number");
        button.addEventListener("click", () => {
            const sign = head.ariaSort === "ascending" ? -1 : 1;
            heads.forEach(other => other.removeAttribute("aria-sort"));
            head.ariaSort = sign === 1 ? "ascending" : "descending";
            const value = row => row.cells[column].dataset.value;
            const compare = (a, b) => {
                const [left, right] = [a.cells[column].textContent, b.cells[column].textContent];
                if (left === "" || right === "") return (left === "") - (right === "");
                return sign * (value(a) !== undefined && value(b) !== undefined ? value(a) - value(b) : left.localeCompare(right, "en", { numeric: true }));
            };
            table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
        });
    });
}

function tableOf({ head, rows }) {
    const cell = (value, column) => {
        if (typeof value !== "number") return element(column === 0 ? "th" : "td", { textContent: value ?? "" });
        const made = element("td", { textContent: number(value, 6), className: "number" });
        made.dataset.value = value;
        return made;
    };
    const table = element("table", {},
        element("thead", {}, element("tr", {}, ...head.map(text => element("th", { textContent: text, scope: "col" })))),
        element("tbody", {}, ...rows.map(row => element("tr", {}, ...row.map(cell)))));
    sortable(table);
    return table;
}

const parts = id => {
    const figure = document.getElementById(id);
    return { figure, plot: figure.querySelector(".plot"), details: figure.querySelector("details"), numbers: figure.querySelector("details > div") };
};
const here = Object.keys(figures).filter(id => document.getElementById(id));

function draw(id) {
    const { plot, details, numbers } = parts(id);
    const width = Math.floor(plot.clientWidth);
    if (width === 0) return;
    const svg = figures[id].draw(width);
    plot.dataset.width = width;
    plot.replaceChildren(svg ?? element("p", { className: "empty", textContent: id.startsWith("run-") ? "This run has nothing to show here: its method keeps no losses." : "None of the arms shown has anything to show here." }));
    if (details.open) numbers.replaceChildren(tableOf(figures[id].table()));
    else numbers.replaceChildren();
}

for (const id of here) {
    const { details, numbers } = parts(id);
    details.addEventListener("toggle", () => details.open && numbers.childElementCount === 0 && numbers.append(tableOf(figures[id].table())));
}

// The picture as a file of its own: with its colours, since the page's style doesn't come along.
function standalone(svg) {
    const style = getComputedStyle(document.body);
    const copy = svg.cloneNode(true);
    const [left, top, width, height] = [-10, -10, Number(svg.getAttribute("width")) + 20, Number(svg.getAttribute("height")) + 20];
    const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    for (const [name, value] of Object.entries({ x: left, y: top, width, height, fill: style.backgroundColor })) paper.setAttribute(name, value);
    copy.prepend(paper);
    for (const [name, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `${left} ${top} ${width} ${height}` })) copy.setAttribute(name, value);
    copy.setAttribute("style", `color: ${style.color}; --plot-background: ${style.backgroundColor}; font-family: sans-serif;`);
    return { text: new XMLSerializer().serializeToString(copy), width, height };
}

function download(blob, name) {
    const link = element("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function save(id, kind) {
    const svg = parts(id).plot.querySelector("svg");
    if (!svg) return;
    const { text, width, height } = standalone(svg);
    if (kind === "svg") {
        download(new Blob([text], { type: "image/svg+xml" }), `${id}.svg`);
        return;
    }
    const image = new Image();
    image.onload = () => {
        const canvas = element("canvas", { width: 2 * width, height: 2 * height });
        canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
        canvas.toBlob(blob => download(blob, `${id}.png`));
    };
    image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
}

for (const button of document.querySelectorAll("button[data-save]")) {
    button.addEventListener("click", () => save(button.closest("figure").id, button.dataset.save));
}

function redraw(ids) {
    for (const id of ids) draw(id);
}

const legend = document.getElementById("legend");
if (legend) {
    const boxes = data.arms.map((arm, index) => {
        const box = element("input", { type: "checkbox", checked: true });
        box.addEventListener("change", () => {
            if (box.checked) shown.add(index);
            else shown.delete(index);
            redraw(here.filter(id => !id.startsWith("run-")));
        });
        const line = document.createElementNS("http://www.w3.org/2000/svg", "svg");
        line.setAttribute("width", 22);
        line.setAttribute("height", 8);
        const stroke = document.createElementNS("http://www.w3.org/2000/svg", "path");
        for (const [name, value] of Object.entries({ d: "M0 4H22", stroke: styles[index].stroke, "stroke-width": 2.2, "stroke-dasharray": styles[index].dash ?? "none" })) stroke.setAttribute(name, value);
        line.append(stroke);
        legend.append(element("label", { title: arm.about }, box, line, arm.name));
        return box;
    });
    for (const [text, checked] of [["all", true], ["none", false]]) {
        const button = element("button", { type: "button", textContent: text });
        button.addEventListener("click", () => {
            boxes.forEach((box, index) => {
                box.checked = checked;
                if (checked) shown.add(index);
                else shown.delete(index);
            });
            redraw(here.filter(id => !id.startsWith("run-")));
        });
        legend.append(button);
    }
}

const select = document.getElementById("run");
if (select) {
    // The first pruned run: full data has little to show.
    chosenRun = Math.max(0, data.runs.findIndex(run => data.arms[run.arm].kind === "method"));
    select.append(...data.runs.map((run, index) => element("option", { value: index, textContent: `${data.arms[run.arm].name}, seed ${run.seed}`, selected: index === chosenRun })));
    select.addEventListener("change", () => {
        chosenRun = Number(select.value);
        redraw(here.filter(id => id.startsWith("run-")));
    });
}

for (const table of document.querySelectorAll("table.sortable")) sortable(table);
redraw(here);
let waiting = 0;
new ResizeObserver(() => {
    clearTimeout(waiting);
    waiting = setTimeout(() => redraw(here.filter(id => Number(parts(id).plot.dataset.width) !== Math.floor(parts(id).plot.clientWidth))), 150);
}).observe(document.body);
// For whoever waits for the page: milliseconds from its beginning until everything was drawn.
document.documentElement.dataset.drawn = Math.round(performance.now());
