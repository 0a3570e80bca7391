// The page's own script: says what people do, and redraws the regions that have changed.
"use strict";

const here = { person: document.body.dataset.person, channel: document.body.dataset.channel };
const $ = (selector, root = document) => root.querySelector(selector);
const query = () => new URLSearchParams(here).toString();
const windowBox = $("#window");
const confirmBox = $("#confirm");

// Redrawing: what is the same stays the same node, so that focus, scroll and input are kept.

const PERSONS_OWN = new Set(["open", "data-order"]);

function same(one, other) {
  return one.nodeType === other.nodeType && one.nodeName === other.nodeName &&
    (one.id || "") === (other.id || "");
}

function copyAttributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !PERSONS_OWN.has(name)) old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value && !PERSONS_OWN.has(name)) old.setAttribute(name, value);
  }
  if (old.matches("[role=switch]")) old.checked = fresh.checked;
}

function morph(old, fresh) {
  const waiting = [...fresh.childNodes];
  let place = old.firstChild;
  for (const next of waiting) {
    let found = place;
    if (next.id) while (found && found.id !== next.id) found = found.nextSibling;
    else while (found && found.id) found = found.nextSibling;
    if (found && same(found, next)) {
      while (place !== found) { const gone = place; place = place.nextSibling; gone.remove(); }
      place = found.nextSibling;
      if (found.nodeType !== Node.ELEMENT_NODE) {
        if (found.data !== next.data) found.data = next.data;
      } else if (!found.hasAttribute("data-keep") && !found.isEqualNode(next)) {
        copyAttributes(found, next);
        morph(found, next);
      }
    } else {
      old.insertBefore(next, place);
    }
  }
  while (place) { const gone = place; place = place.nextSibling; gone.remove(); }
}

let asks = 0;
const drawn = {};

// What is half written belongs to its channel, and must not be sent to another one.
const drafts = {};
let written = query();

function keepDraft() {
  const typed = $("#typed");
  if (typed) drafts[written] = typed.value;
}

function bringDraft(asked) {
  const typed = $("#typed");
  if (typed) typed.value = drafts[asked] || "";
  written = asked;
}

async function redraw(names) {
  await Promise.all(names.map(redrawPart));
}

async function redrawPart(name) {
  const asked = query();
  const turn = ++asks;
  const answer = await fetch(`/part/${name}?${asked}`);
  if (!answer.ok) return;
  const fresh = document.createElement("div");
  fresh.innerHTML = await answer.text();
  // Answers may overtake each other, and the person may have gone elsewhere meanwhile.
  if (asked !== query() || turn < (drawn[name] || 0)) return;
  drawn[name] = turn;
  const moved = name === "main" && asked !== written;
  if (moved) keepDraft();
  morph(document.getElementById(name), fresh);
  if (moved) bringDraft(asked);
  if (name === "dialog") showWindow();
  if (name === "main") markRead();
  if (name === "side") stayWithinSight();
}

// Not everybody may see every channel: the server then shows another one.
function stayWithinSight() {
  const at = $("#side [aria-current]").dataset.place;
  if (at !== "home" && at !== here.channel) go(at);
}

function showWindow() {
  const view = $(".view", windowBox);
  if (view && !windowBox.open) windowBox.showModal();
  if (!view && windowBox.open) windowBox.close();
  if (view && view.id !== windowBox.dataset.shown) {
    windowBox.dataset.shown = view.id;
    const first = $(".inputs :is(input, select, textarea, button), footer button", view);
    if (first) first.focus();
  }
  if (!view) delete windowBox.dataset.shown;
}

const parts = () => [...document.querySelectorAll("[data-part]")].map((one) => one.id);
let events;

function listen() {
  if (events) events.close();
  events = new EventSource(`/events?${query()}`);
  events.onmessage = (event) => redraw(JSON.parse(event.data));
  events.onerror = () => say("The page has lost its server. Start recap demo again.");
  events.onopen = () => { if ($("#said").textContent.startsWith("The page has lost")) say(""); };
}

// What people do.

function say(sentence) { $("#said").textContent = sentence; }

function tell(deed, more = {}) {
  const body = JSON.stringify({ ...here, ...more });
  const headers = { "Content-Type": "application/json" };
  return fetch(`/do/${deed}`, { method: "POST", headers, body });
}

async function act(deed, more) {
  try {
    const answer = await tell(deed, more);
    const text = await answer.text();
    say(answer.headers.get("Content-Type").includes("json") ? JSON.parse(text).said : text);
    return answer.ok;
  } catch {
    say("The page has lost its server. Start recap demo again.");
    return false;
  }
}

let read = "";
function markRead() {
  const last = $("#main .messages > article:last-of-type");
  const state = `${query()} ${last ? last.id : ""}`;
  if (state === read) return;
  read = state;
  // Nobody has asked for that: what was said last still stands.
  tell("follow").catch(() => { read = ""; });
}

async function go(place, person = here.person) {
  Object.assign(here, { person, channel: place });
  const theme = new URLSearchParams(location.search).get("theme");
  history.pushState({ ...here }, "", `/?${query()}${theme ? `&theme=${theme}` : ""}`);
  await arrive();
}

async function arrive() {
  if (here.channel === "home") act("open-home");
  listen();
  await redraw(parts());
  showPlace();
}

// On a narrow screen the channels stand in a row that is wider than the screen.
function showPlace() {
  $("#side [aria-current]").scrollIntoView({ block: "nearest", inline: "nearest" });
}

function placeOf(control) {
  const box = control.closest("[data-where]");
  const { where, ts } = box.dataset;
  const { action, block } = control.dataset;
  return { where, ts, action, block };
}

// What an element holds: a text, or a list where several can be chosen.
function held(element) {
  if (element.matches("input, select, textarea")) return element.value;
  const ticked = [...element.querySelectorAll("input:checked")].map((one) => one.value);
  if (element.getAttribute("role") === "radiogroup") return ticked[0] || "";
  if (!element.dataset.order) return ticked;
  const before = JSON.parse(element.dataset.order).filter((one) => ticked.includes(one));
  return [...before, ...ticked.filter((one) => !before.includes(one))];
}

function values(view) {
  const found = {};
  for (const element of view.querySelectorAll("[data-action]:not(button, a)")) {
    const { action, block } = element.dataset;
    (found[block] ||= {})[action] = held(element);
  }
  return found;
}

function confirmed(asked) {
  const { title, text, confirm, deny, style } = JSON.parse(asked);
  confirmBox.dataset.style = style || "";
  $("#confirm-title").textContent = title;
  $("#confirm-text").textContent = text;
  $("#confirm-yes").textContent = confirm;
  $("#confirm-deny").textContent = deny;
  confirmBox.returnValue = "";
  confirmBox.showModal();
  return new Promise((done) => {
    confirmBox.onclose = () => done(confirmBox.returnValue === "yes");
  });
}

async function pressed(control) {
  if (control.dataset.confirm && !(await confirmed(control.dataset.confirm))) return;
  control.setAttribute("aria-busy", "true");
  await act("press", placeOf(control));
  control.removeAttribute("aria-busy");
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a");
  if (link && link.dataset.place && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    go(link.dataset.place);
    return;
  }
  if (link && link.dataset.action) act("press", placeOf(link));
  const archived = link && /^https:\/\/[^/]+\.slack\.com\/archives\/(\w+)/.exec(link.href);
  if (archived) {
    event.preventDefault();
    go(archived[1]);
    return;
  }
  const mention = event.target.closest(".bk-mention[data-channel]");
  if (mention) go(mention.dataset.channel);
  const control = event.target.closest("button");
  if (!control) return;
  if (control.dataset.action) {
    event.preventDefault();
    pressed(control);
  } else if (control.dataset.travel) {
    act("travel", { to: control.dataset.travel, zone: $("#zone").value });
  } else if (control.dataset.do) {
    act(control.dataset.do);
  }
});

document.addEventListener("change", (event) => {
  const control = event.target;
  if (control.id === "person") {
    const place = here.channel.startsWith("D") ? "home" : here.channel;
    go(place, control.value);
  }
  if (control.dataset.fault) {
    act("fault", { name: control.dataset.fault, on: control.checked });
  }
  const element = control.closest("[data-action]");
  if (!element) return;
  const value = held(element);
  if (element.dataset.order) element.dataset.order = JSON.stringify(value);
  act("select", { ...placeOf(element), value });
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.id === "composer") {
    event.preventDefault();
    const typed = form.elements.text;
    const text = typed.value;
    typed.value = "";
    if (!(await act("command", { text })) && !typed.value) typed.value = text;
  } else if (form.dataset.where === "view") {
    event.preventDefault();
    await act("submit", { values: values(form) });
    await redraw(["dialog"]);
    const wrong = $("[aria-invalid=true]", windowBox);
    if (wrong) wrong.focus();
  }
});

document.addEventListener("toggle", async (event) => {
  // The log keeps its end in place, so a thread that unfolds would push its own beginning away.
  const thread = event.target.matches(".thread[open]") && $("summary", event.target);
  if (thread === document.activeElement) thread.scrollIntoView({ block: "nearest" });
  const { body } = event.target.dataset;
  const box = body && $("[data-keep]", event.target);
  if (!box || !event.target.open || box.childElementCount) return;
  const answer = await fetch(`/body/${body}`);
  const texts = answer.ok ? await answer.json() : { answer: await answer.text() };
  for (const [name, text] of Object.entries(texts)) {
    if (!text) continue;
    const title = document.createElement("h3");
    title.textContent = name === "sent" ? "Sent" : "Answer";
    const shown = document.createElement("pre");
    shown.textContent = text;
    shown.tabIndex = 0;
    box.append(title, shown);
  }
}, true);

windowBox.addEventListener("cancel", (event) => {
  event.preventDefault();
  act("close");
});

window.addEventListener("popstate", (event) => {
  Object.assign(here, event.state || document.body.dataset);
  arrive();
});

history.replaceState({ ...here }, "");
showWindow();
showPlace();
listen();
if (here.channel === "home") act("open-home");
markRead();
