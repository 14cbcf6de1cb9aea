// The live page. Without this file the form and a reload do the same.

const BAR_LENGTH = 1000;
const SHORTEST_BAR = 8;
// Steps often arrive together; shown one by one they can be followed. The times are the measured ones.
const REVEAL_MS = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 110;

const form = document.getElementById("order-form");
const button = form.querySelector("button");
const problem = document.getElementById("order-problem");
const list = document.getElementById("steps");
const items = [...list.querySelectorAll(".step")];
const statusLine = document.getElementById("status");
const total = document.getElementById("total");
const heading = document.getElementById("way-heading");

let source = null;
let waiting = [];
let timer = null;
const observed = new Map();

function say(text) {
  statusLine.textContent = text;
}

function markNext() {
  const next = source ? items.find((item) => !observed.has(item.dataset.name)) : null;
  items.forEach((item) => item.classList.toggle("next", item === next));
}

function drawBars() {
  const longest = Math.max(...[...observed.values()].map((step) => step.ms)) || 1;
  let before = 0;
  for (const item of items) {
    const step = observed.get(item.dataset.name);
    if (!step) continue;
    const start = Math.min(Math.round((before / longest) * BAR_LENGTH), BAR_LENGTH - SHORTEST_BAR);
    const end = Math.round((step.ms / longest) * BAR_LENGTH);
    const fill = item.querySelector(".fill");
    fill.setAttribute("x", start);
    fill.setAttribute("width", Math.max(end - start, SHORTEST_BAR));
    before = step.ms;
  }
  const strong = document.createElement("strong");
  strong.textContent = longest.toFixed(1);
  total.replaceChildren(strong, " ms");
}

function showStep(step) {
  const item = items.find((candidate) => candidate.dataset.name === step.name);
  if (!item || observed.has(step.name)) return;
  observed.set(step.name, step);
  item.classList.add("seen", "fresh");
  item.querySelector(".detail").textContent = step.detail;
  item.querySelector(".ms").textContent = `+${step.ms.toFixed(1)} ms`;
  const time = item.querySelector("time");
  time.dateTime = step.at;
  time.textContent = new Date(step.at).toISOString().slice(11, 23);
  say(`${step.title}, after ${step.ms.toFixed(1)} ms.`);
  drawBars();
  markNext();
}

function showSummary(summary) {
  document.getElementById("summary-orders").textContent = summary.orders;
  document.getElementById("summary-revenue").textContent = summary.revenue;
  document.getElementById("summary-took").textContent = summary.took_ms.toFixed(2);
  const how = document.getElementById("summary-how");
  how.textContent = summary.recomputed ? "recomputed" : "from the cache";
  how.classList.toggle("badge-new", summary.recomputed);
  const card = document.getElementById("summary");
  card.classList.remove("changed");
  requestAnimationFrame(() => card.classList.add("changed"));
}

function showEnd(end) {
  source = null;
  button.disabled = false;
  list.dataset.state = end.complete ? "complete" : "incomplete";
  say(end.complete ? "Complete." : `Not seen yet: ${end.missing.join(", ")}. Reload to look again.`);
  markNext();
}

function later(show, data) {
  waiting.push([show, data]);
  timer ??= setTimeout(reveal, 0);
}

function reveal() {
  const [show, data] = waiting.shift();
  show(data);
  timer = waiting.length ? setTimeout(reveal, REVEAL_MS) : null;
}

function follow(address) {
  source = new EventSource(address);
  const stream = source;
  for (const [name, show] of [["step", showStep], ["summary", showSummary], ["end", showEnd]]) {
    stream.addEventListener(name, (event) => {
      if (name === "end") stream.close();
      later(show, JSON.parse(event.data));
    });
  }
  stream.addEventListener("error", () => {
    // A browser tries again by itself, except where the server refused.
    if (stream.readyState === EventSource.CLOSED) {
      button.disabled = false;
      say("The connection was lost. Reload to look again.");
    }
  });
  say("On its way.");
  markNext();
}

function startOver(page) {
  clearTimeout(timer);
  timer = null;
  waiting = [];
  observed.clear();
  total.replaceChildren();
  delete list.dataset.state;
  for (const item of items) {
    item.classList.remove("seen", "fresh", "next");
    item.querySelector(".detail").textContent = "";
    item.querySelector(".ms").textContent = "";
    item.querySelector("time").textContent = "";
  }
  const id = document.createElement("span");
  id.className = "mono";
  id.textContent = page.split("/").at(-2).slice(0, 8);
  heading.replaceChildren("Order ", id);
  history.pushState(null, "", page);
  // On a narrow screen the steps stand below the form.
  heading.scrollIntoView({ block: "nearest", behavior: REVEAL_MS ? "smooth" : "auto" });
}

async function place(event) {
  event.preventDefault();
  button.disabled = true;
  problem.hidden = true;
  try {
    const response = await fetch(form.action, {
      method: "POST",
      body: new FormData(form),
      headers: { Accept: "application/json" },
    });
    if (!response.ok) throw new Error(response.status === 422 ? "Please check the form." : "The order was not accepted.");
    const { page, steps } = await response.json();
    startOver(page);
    follow(steps);
  } catch (error) {
    button.disabled = false;
    problem.textContent = error instanceof TypeError ? "The server cannot be reached." : error.message;
    problem.hidden = false;
  }
}

form.addEventListener("submit", place);
// Going back to an earlier order shows that order.
addEventListener("popstate", () => location.reload());
if (list.dataset.steps) {
  for (const item of items) item.classList.remove("seen");
  follow(list.dataset.steps);
}
