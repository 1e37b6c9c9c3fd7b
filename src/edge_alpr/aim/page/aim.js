// The aiming page: polls picture and numbers, draws shapes, saves them. No library, no build step.
"use strict";
const $ = (id) => document.getElementById(id);
const KINDS = { lanes: "Lane", ignore: "Ignore", private: "Private mask" };
const WORDS = { pass: "pass", close: "close", fail: "fail", unknown: "not known yet" };
let shapes = { lanes: [], ignore: [], private: [] };
let open = [];
let plates = [];

async function ask(path, options) {
  const answer = await fetch(path, options);
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(content.error || `the unit answered ${answer.status}`);
  return content;
}
const send = (path, method, body) =>
  ask(path, { method, headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

function shape(kind, corners, closed) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", closed ? "polygon" : "polyline");
  node.setAttribute("points", corners.map((c) => c.join(",")).join(" "));
  node.setAttribute("class", kind);
  return node;
}
const polygon = (kind, item) => (kind === "lanes" ? item.polygon : item);

function draw() {
  const nodes = [];
  for (const kind of Object.keys(KINDS)) for (const item of shapes[kind]) nodes.push(shape(kind, polygon(kind, item), true));
  for (const plate of plates) nodes.push(shape("plates", plate, true));
  if (open.length) nodes.push(shape("open", open.length > 1 ? open : [open[0], open[0].map((v) => v + 0.004)], false));
  $("drawing").replaceChildren(...nodes);
}
function list() {
  const rows = [];
  for (const kind of Object.keys(KINDS)) shapes[kind].forEach((item, index) => {
    const row = document.createElement("li"), away = document.createElement("button");
    const title = kind === "lanes" ? `Lane ${item.name}` : `${KINDS[kind]} ${index + 1}`;
    away.textContent = "Remove";
    away.setAttribute("aria-label", `Remove ${title}`);
    away.onclick = () => { shapes[kind].splice(index, 1); changed("not saved yet"); };
    row.append(title, away);
    rows.push(row);
  });
  $("shapes").replaceChildren(...rows);
}
function changed(words) { $("saved").textContent = words; list(); draw(); }

function show(value, unit) {
  if (value === null || value === undefined) return "?";
  return unit === "%" ? `${Math.round(value * 100)} %` : `${value.toFixed(1)}${unit === "°" ? "" : " "}${unit}`;
}
function tell(numbers) {
  if (numbers.left_s !== undefined) $("left").textContent = `ends in ${Math.ceil(numbers.left_s / 60)} min`;
  const judged = numbers.judged || [];
  $("lines").replaceChildren(...judged.flatMap((line) => {
    const row = document.createElement("tr"), head = document.createElement("th");
    head.scope = "row"; head.textContent = line.title;
    row.append(head);
    for (const [text, style] of [[show(line.value, line.unit), "number"], [show(line.limit, line.unit), "number"], [WORDS[line.verdict], `verdict ${line.verdict}`]]) {
      const cell = document.createElement("td"); cell.textContent = text; cell.className = style; row.append(cell);
    }
    if (!line.advice) return [row];
    const more = document.createElement("tr"), words = document.createElement("td");
    words.colSpan = 4; words.className = "advice"; words.textContent = line.advice;
    more.append(words);
    return [row, more];
  }));
  const bad = judged.filter((l) => l.verdict === "fail").map((l) => l.title.toLowerCase());
  const words = !numbers.measured ? "Waiting for a plate" : bad.length ? `Not yet: ${bad.join(", ")}` : "Nothing fails";
  if ($("verdict").textContent !== words) $("verdict").textContent = words; // said by a screen reader once
  const focus = numbers.focus || {};
  $("blur").textContent = focus.now ? focus.now.toFixed(1) : "?";
  $("best").textContent = focus.best ? focus.best.toFixed(1) : "?";
  $("needle").value = focus.now ? focus.best / focus.now : 0;
  const drive = numbers.drive_by;
  if (drive) {
    const rate = drive.rate === null ? "" : `, ${Math.round(drive.rate * 100)} %`;
    const end = drive.done ? (drive.passed ? ". Passed." : ". Not passed: nine in ten must be read.") : "";
    const said = `${drive.seen} of ${drive.vehicles} vehicles, ${drive.read} read${rate}${end}`;
    if ($("driven").textContent !== said) $("driven").textContent = said;
    $("reports").hidden = !drive.done;
  }
}
async function turn() {
  try {
    tell(await ask("numbers.json"));
    const answer = await fetch("picture.jpg");
    const picture = answer.ok ? await answer.blob() : null;
    if (picture && picture.size) {
      const before = $("picture").src;
      $("picture").src = URL.createObjectURL(picture);
      if (before) URL.revokeObjectURL(before);
      await $("picture").decode().catch(() => {});
      plates = JSON.parse(answer.headers.get("x-plates") || "[]"); // of this very picture
      draw();
      $("stage").style.aspectRatio = `${$("picture").naturalWidth} / ${$("picture").naturalHeight}`;
    }
    $("trouble").textContent = "";
  } catch (error) {
    $("trouble").textContent = `No answer from the unit: ${error.message}. The page may be over; start edge-alpr aim again.`;
  }
  setTimeout(turn, 250);
}

const within = (v) => Math.min(1, Math.max(0, v));
$("drawing").addEventListener("click", (event) => {
  const box = $("drawing").getBoundingClientRect();
  open.push([within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)]);
  draw();
});
$("corner").addEventListener("submit", (event) => {
  event.preventDefault();
  open.push([within($("x").value / 100), within($("y").value / 100)]);
  changed(`${open.length} corners`);
});
$("undo").onclick = () => { open.pop(); draw(); };
$("finish").onclick = () => {
  if (open.length < 3) { $("saved").textContent = "a shape needs three corners"; return; }
  const kind = $("kind").value;
  shapes[kind].push(kind === "lanes" ? { name: $("name").value || "lane", polygon: open } : open);
  open = [];
  if (kind === "lanes") $("name").value = `lane ${shapes.lanes.length + 1}`;
  changed("not saved yet");
};
$("save").onclick = async () => {
  try { shapes = await send("zones.json", "PUT", shapes); changed("saved"); }
  catch (error) { $("saved").textContent = error.message; }
};
$("again").onclick = () => send("focus", "POST", {}).catch(() => {});
$("drive").addEventListener("submit", async (event) => {
  event.preventDefault();
  try { tell(await send("drive-by", "POST", { vehicles: Number($("vehicles").value) })); }
  catch (error) { $("driven").textContent = error.message; }
});
ask("zones.json").then((found) => { shapes = found; list(); draw(); }).catch(() => {});
turn();
