// One list of steps, a position in it, and numbers that are recomputed when an input changes.

const graph = JSON.parse(document.getElementById("graph-data").textContent);
const { nodes, steps } = graph;
const root = nodes.length - 1;
const UNKNOWN = "–";
const ROOM = 9; // characters of a number that fit into a box of the picture

// ---- numbers ------------------------------------------------------------------------------------

// Six significant digits, as Python's f"{x:.6g}"; a tie goes to the even digit.
function shown(x) {
    if (!Number.isFinite(x)) return String(x).replace("NaN", "nan").replace("Infinity", "inf");
    const sign = x < 0 || Object.is(x, -0) ? "-" : "";
    const exact = Math.abs(x).toExponential(100);
    let [digits, exponent] = Math.abs(x).toExponential(5).split("e");
    if (/^\d\.\d{5}50*e/.test(exact) && Number(digits.at(-1)) % 2) {
        [digits, exponent] = [exact.slice(0, 7), exact.split("e")[1]];
    }
    const power = Number(exponent);
    if (power < -4 || power >= 6) {
        const padded = String(Math.abs(power)).padStart(2, "0");
        return `${sign}${trimmed(digits)}e${power < 0 ? "-" : "+"}${padded}`;
    }
    const all = digits.replace(".", "");
    if (power < 0) return `${sign}${trimmed(`0.${"0".repeat(-power - 1)}${all}`)}`;
    return `${sign}${trimmed(`${all.slice(0, power + 1)}.${all.slice(power + 1)}`)}`;
}

function trimmed(digits) {
    return digits.includes(".") ? digits.replace(/\.?0*$/, "") : digits;
}

// A number as a factor in text: in brackets if it has a sign; 0 for -0.
function factor(x) {
    return x < 0 ? `(${shown(x)})` : shown(x + 0);
}

// A number in MathML; 1.5e-07 as 1.5 × 10^−7.
function number(x, inBrackets = false) {
    const [, sign, digits, power] = /^(-?)([^e]+)(?:e(.*))?$/.exec(shown(x));
    let text = digits === "inf" ? "<mi>∞</mi>" : `<mn>${digits}</mn>`;
    if (power !== undefined) {
        const raised = `<mn>${Math.abs(power)}</mn>`;
        text += `<mo>×</mo><msup><mn>10</mn>${power < 0 ? row(`<mo>−</mo>${raised}`) : raised}</msup>`;
    }
    text = row(sign ? `<mo>−</mo>${text}` : text);
    const isBracketed = inBrackets && (sign || power !== undefined);
    return isBracketed ? row(`${bracket("(")}${text}${bracket(")")}`) : text;
}

function bracket(sign) {
    return `<mo stretchy="false">${sign}</mo>`;
}

function row(text) {
    return `<mrow>${text}</mrow>`;
}

// ---- the two passes -----------------------------------------------------------------------------

class DomainError extends Error {}

// What was recorded when the page was made.
function recorded() {
    return {
        values: nodes.map((node) => Number(node.value)),
        derivatives: nodes.map((node) => (node.derivatives ?? []).map(Number)),
    };
}

// The forward pass for other inputs: the rules of the operations, once more.
function computed(inputs) {
    const values = [];
    const derivatives = [];
    nodes.forEach((node, i) => {
        if (!node.operation) {
            values.push(inputs.get(i));
            derivatives.push([]);
            return;
        }
        const operands = node.operands.map((x) => (Array.isArray(x) ? values[x[0]] : Number(x)));
        const d = [];
        const rule = RULES[node.operation];
        values.push(node.variadic ? rule(operands, operands.length, d) : rule(...operands, d));
        derivatives.push(d.filter((_, place) => Array.isArray(node.operands[place])));
        if (!Number.isFinite(values[i])) checkDomain(node, operands);
    });
    return { values, derivatives };
}

// A value that is not finite, of operands that are: say what Python says.
function checkDomain(node, operands) {
    if (!operands.every(Number.isFinite)) return;
    const places = [...new Set(node.operands.filter(Array.isArray).map(([place]) => place))];
    const here = places.slice(0, 6).map((place) => {
        const x = operands[node.operands.findIndex((y) => Array.isArray(y) && y[0] === place)];
        return `${nodes[place].name} = ${shown(x)}`;
    });
    const failed = DOMAINS[node.operation].findIndex((holds) => !holds(...operands));
    const what = failed < 0 ? "is too large for a float" : `is defined for ${node.domain[failed]}`;
    throw new DomainError(`${node.text} ${what}; here ${here.join(", ")}`);
}

// The backward pass: what every step sends, and what its receiver has from then on.
function backward({ derivatives }) {
    const gradients = nodes.map(() => 0);
    return steps.map(([node, sender, operand]) => {
        if (sender === undefined) return null;
        const upstream = sender < 0 ? Number(graph.seed) : gradients[sender];
        const local = sender < 0 ? 1 : derivatives[sender][operand];
        const before = gradients[node];
        const contribution = upstream * local + 0; // 0, not -0
        gradients[node] = sender < 0 ? upstream : before + contribution;
        return { upstream, local, before, contribution, gradient: gradients[node] };
    });
}

let pass = recorded();
let sent = backward(pass);
let position = 0;

// ---- a step in words and formulas ---------------------------------------------------------------

function filled(parts, node, write) {
    return parts.map((part) => {
        if (typeof part === "string") return part;
        const [place] = node.operands[[part].flat()[0]];
        return write(pass.values[place], Array.isArray(part));
    }).join("");
}

// dL/dx as a fraction; ∂h/∂x for a local derivative.
function ratio(sign, above, below) {
    const d = sign === "d" ? '<mi mathvariant="normal">d</mi>' : "<mo>∂</mo>";
    return `<mfrac>${row(d + nodes[above].symbol)}${row(d + nodes[below].symbol)}</mfrac>`;
}

function equation(...sides) {
    return `<math>${row(sides.join("<mo>=</mo>"))}</math>`;
}

function forwardStep(i) {
    const node = nodes[i];
    const value = shown(pass.values[i]);
    if (!node.operation) {
        return {
            title: `Forward: ${node.name} is given`,
            lines: [["value", equation(node.symbol, number(pass.values[i]))]],
            said: `${node.name} = ${value}, given`,
        };
    }
    const text = filled(node.text_with_gaps, node, (x, inBrackets) => inBrackets ? factor(x) : shown(x));
    return {
        title: `Forward: the value of ${node.name}`,
        lines: [
            ["formula", equation(node.symbol, node.formula)],
            ["with numbers", equation(filled(node.formula_with_gaps, node, number))],
            ["value", equation(node.symbol, number(pass.values[i]))],
        ],
        said: `${node.name} = ${node.text} = ${text} = ${value}`,
    };
}

function backwardStep(place) {
    const [i, sender, operand] = steps[place];
    const { upstream, local, before, contribution, gradient } = sent[place];
    const target = `d${nodes[root].name}/d${nodes[i].name}`;
    if (sender < 0) {
        return {
            title: `Backward: the pass starts at ${nodes[i].name}`,
            lines: [["gradient", equation(ratio("d", root, i), number(gradient))]],
            said: `${target} = ${shown(gradient)}`,
        };
    }
    const formula = nodes[sender].local[operand];
    const from = `d${nodes[root].name}/d${nodes[sender].name}`;
    const edge = `∂${nodes[sender].name}/∂${nodes[i].name}`;
    return {
        title: `Backward: ${nodes[i].name} receives from ${nodes[sender].name}`,
        lines: [
            ["local derivative", equation(
                ratio("∂", sender, i),
                ...(formula.text === shown(local) ? [] : [formula.formula]),
                number(local))],
            ["contribution", equation(
                `${ratio("d", root, sender)}<mo>⋅</mo>${ratio("∂", sender, i)}`,
                `${number(upstream)}<mo>⋅</mo>${number(local + 0, true)}`,
                number(contribution))],
            ["gradient so far", equation(
                ratio("d", root, i),
                `${number(before)}<mo>+</mo>${number(contribution, true)}`,
                number(gradient))],
        ],
        said: `${target} += ${from} * ${edge} = ${factor(upstream)} * ${factor(local)} = `
            + `${shown(contribution)}; ${target} is ${shown(gradient)} now`,
    };
}

function startStep() {
    const count = `${nodes.length} nodes, ${steps.length} steps`;
    return {
        title: "Before the first step",
        lines: [["", `<p>${count}: forward, each value from its operands; then backward, each edge
            sends upstream gradient ⋅ local derivative.</p>`]],
        said: `Before the first step. ${count}`,
    };
}

// ---- showing ------------------------------------------------------------------------------------

const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
const slider = one("#position");
const boxes = nodes.map((_, i) => one(`.picture [data-node="${i}"]`));
const rows = nodes.map((_, i) => one(`tr[data-node="${i}"]`));
const arrows = nodes.map(() => []); // operations, arrows and their labels, by the node they lead to
for (const part of all(".picture [data-edge], .picture [data-operation]")) {
    arrows[parseInt(part.dataset.edge ?? part.dataset.operation, 10)].push(part);
}
const edges = new Map(nodes.flatMap((node, i) => (node.derivatives ?? []).map((_, k) =>
    [`${i}.${k}`, {
        picture: one(`.picture .derivative[data-edge="${i}.${k}"] tspan`),
        table: one(`li[data-edge="${i}.${k}"] .number`),
    }])));

function go(to) {
    position = Math.max(0, Math.min(steps.length, to));
    show();
    const box = boxes[steps[Math.max(0, position - 1)][0]];
    if (box) bringIntoSight(box);
}

// Scroll the picture, and not the page, to where a box is in the middle.
function bringIntoSight(box) {
    const picture = one(".picture");
    const inner = box.getBoundingClientRect();
    const outer = picture.getBoundingClientRect();
    picture.scrollBy({
        left: inner.left + inner.width / 2 - outer.left - outer.width / 2,
        top: inner.top + inner.height / 2 - outer.top - outer.height / 2,
        behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "instant" : "smooth",
    });
}

function show() {
    const [node, sender] = steps[position - 1] ?? [];
    const isForward = sender === undefined;
    document.body.dataset.phase = isForward ? "forward" : "backward";
    const step = position === 0 ? startStep()
        : isForward ? forwardStep(node) : backwardStep(position - 1);
    const place = position === 0 ? "start" : `step ${position} of ${steps.length}`;
    slider.value = position;
    slider.setAttribute("aria-valuetext", place);
    one("#place").textContent = place;
    showStep(step);
    one("#said").textContent = position === 0 ? step.said : `${place}: ${step.said}`;
    showNumbers();
    highlight();
    for (const button of all("[data-move]")) {
        const isDone = position === (/start|back/.test(button.dataset.move) ? 0 : steps.length);
        button.setAttribute("aria-disabled", isDone);
    }
}

function showStep({ title, lines }) {
    const heading = document.createElement("h2");
    heading.textContent = title;
    const list = document.createElement("dl");
    for (const [caption, formula] of lines) {
        const term = document.createElement("dt");
        term.textContent = caption;
        const description = document.createElement("dd");
        description.innerHTML = formula; // numbers, and formulas that were escaped when printed
        list.append(...(caption ? [term, description] : [...description.childNodes]));
    }
    one("#step").replaceChildren(heading, list);
}

// The values and gradients that are known at this position.
function showNumbers() {
    const values = nodes.map(() => UNKNOWN);
    const gradients = nodes.map(() => UNKNOWN);
    steps.slice(0, position).forEach(([node, sender], place) => {
        if (sender === undefined) values[node] = shown(pass.values[node]);
        else gradients[node] = shown(sent[place].gradient);
    });
    nodes.forEach((node, i) => {
        put(boxes[i]?.querySelector(".value"), values[i]);
        put(boxes[i]?.querySelector(".gradient"), gradients[i]);
        put(rows[i].querySelector(".value"), values[i]);
        put(rows[i].querySelector(".gradient"), gradients[i]);
        (node.derivatives ?? []).forEach((_, k) => {
            const known = values[i] !== UNKNOWN;
            const { picture, table } = edges.get(`${i}.${k}`);
            put(picture, known ? ` = ${shown(pass.derivatives[i][k])}` : "");
            put(table, known ? shown(pass.derivatives[i][k]) : UNKNOWN);
        });
        for (const part of [boxes[i], ...arrows[i]]) {
            part?.classList.toggle("waiting", values[i] === UNKNOWN);
        }
    });
}

function put(place, text) {
    if (!place) return;
    place.textContent = text;
    if (place.tagName === "text") { // of a box; a long number is set smaller
        place.style.fontSize = text.length > ROOM ? `${(11 * ROOM) / text.length}px` : "";
    }
}

function highlight() {
    for (const part of all(".now, .beside, .news")) part.classList.remove("now", "beside", "news");
    if (position === 0) return;
    const [node, sender, operand] = steps[position - 1];
    const isForward = sender === undefined;
    const news = isForward ? ".value" : ".gradient";
    for (const place of [boxes[node], rows[node]]) {
        place?.classList.add("now");
        place?.querySelector(news).classList.add("news");
    }
    for (const part of arrows[isForward ? node : sender] ?? []) {
        const { edge } = part.dataset;
        if (isForward || !edge || edge === `${sender}.${operand}`) part.classList.add("now");
    }
    const besides = isForward ? (nodes[node].operands ?? []).filter(Array.isArray).flat() : [sender];
    for (const other of besides) if (other !== node) boxes[other]?.classList.add("beside");
}

// ---- moving -------------------------------------------------------------------------------------

const MOVES = {
    start: () => 0,
    back: () => position - 1,
    forward: () => position + 1,
    end: () => steps.length,
};
const KEYS = {
    ArrowLeft: "back", ArrowRight: "forward", " ": "forward", Home: "start", End: "end",
};

for (const button of all("[data-move]")) {
    button.addEventListener("click", () => go(MOVES[button.dataset.move]()));
}
slider.max = steps.length;
slider.addEventListener("input", () => go(Number(slider.value)));
document.addEventListener("keydown", (event) => {
    const move = KEYS[event.key];
    const isTyping = event.target.matches("input:not([type=range]), summary");
    const isPress = event.key === " " && event.target.matches("button");
    if (!move || isTyping || isPress || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    go(MOVES[move]());
});

// ---- inputs -------------------------------------------------------------------------------------

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const fields = all(".field input");
const accepted = new Map(fields.map((field) => [Number(field.dataset.node),
    Number(nodes[field.dataset.node].value)]));

// The number that a field holds; undefined if it is none.
function written(field) {
    const text = field.value.trim().replace("−", "-");
    return NUMBER.test(text) && Number.isFinite(Number(text)) ? Number(text) : undefined;
}

function changed(field, isFinished) {
    if (written(field) === undefined) {
        if (isFinished) complain(field, "Expected a number, such as 0.5 or 1e-3");
        return;
    }
    const inputs = new Map(accepted);
    for (const other of fields) {
        if (other.dataset.changed || other === field) {
            inputs.set(Number(other.dataset.node), written(other) ?? accepted.get(Number(other.dataset.node)));
        }
    }
    field.dataset.changed = "yes";
    try {
        pass = computed(inputs);
    } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        complain(field, error.message);
        return;
    }
    for (const [node, x] of inputs) accepted.set(node, x);
    for (const other of fields) if (written(other) !== undefined) complain(other, "");
    renew();
}

// Say at the field what is wrong; the numbers stay those of the last inputs that were right.
function complain(field, problem) {
    const node = Number(field.dataset.node);
    const still = `The numbers are still those for ${nodes[node].name} = ${shown(accepted.get(node))}.`;
    one(`#error-${node}`).textContent = problem && `${problem}. ${still}`;
    field.setAttribute("aria-invalid", Boolean(problem));
}

function renew() {
    sent = backward(pass);
    const first = sent.findIndex((step) => step && !Number.isFinite(step.gradient));
    const node = first < 0 ? null : nodes[steps[first][0]];
    one("#warning").textContent = node
        ? `The gradient of ${node.name} is ${shown(sent[first].gradient)} for these inputs.` : "";
    show();
}

function reset() {
    pass = recorded();
    for (const field of fields) {
        delete field.dataset.changed;
        field.value = field.defaultValue;
        accepted.set(Number(field.dataset.node), Number(nodes[field.dataset.node].value));
        complain(field, "");
    }
    renew();
}

for (const field of fields) {
    field.value = field.defaultValue; // a browser that reloads the page may have kept another
    field.addEventListener("input", () => changed(field, false));
    field.addEventListener("change", () => changed(field, true));
}
one("#reset")?.addEventListener("click", reset);
if (graph.is_live) renew();
else show();
