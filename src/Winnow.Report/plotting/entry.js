// What the report draws with; the bundler leaves out the rest.
export {
    areaY, axisX, axisY, barX, barY, cell, dot, gridX, gridY, line, link, plot, pointer, pointerX, rect, ruleX, ruleY, text, tip,
} from "@observablehq/plot";
