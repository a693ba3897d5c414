// The case page: decide from the keyboard. Forms stay plain forms; this only presses them sooner.
import { bindKeys, csrf, press } from "./page.js";
import { player } from "./player.js";

const CHECK_MS = 120;
const room = document.querySelector(".room");
const stage = document.querySelector(".stage");
const clip = stage && player(stage);

// --- plate -------------------------------------------------------------------------------------------------
const plate = () => document.querySelector("#plate-text");
let pending = 0;

function verdict(tone, text) {
  const line = document.querySelector("[data-verdict]");
  if (!line) return;
  line.className = `verdict ${tone}`;
  line.textContent = text;
}

async function check() {
  const field = plate();
  if (!field) return;
  const turn = ++pending;
  const query = new URLSearchParams({ text: field.value, case_id: room.dataset.case });
  const answer = await fetch(`/api/v1/plates/check?${query}`).catch(() => null);
  if (turn !== pending || !answer?.ok) return;
  const { tone, message } = await answer.json();
  verdict(tone, message);
}

function focusPlate(message) {
  const field = plate();
  if (!field) return false;
  field.focus();
  field.select();
  if (message) verdict("warn", message);
  return true;
}

let timer = 0;
document.addEventListener("input", (event) => {
  if (event.target.id !== "plate-text") return;
  clearTimeout(timer);
  timer = setTimeout(check, CHECK_MS);
});
document.addEventListener("keydown", (event) => {
  // Enter in the note must not send the first reason: it only leaves the field, then a number decides.
  if (event.key === "Enter" && event.target.matches?.(".reasons input")) {
    event.preventDefault();
    event.target.blur();
  }
  if (event.key !== "Escape") return;
  if (event.target instanceof HTMLElement) event.target.blur();
  closeReasons();
});

/** Sends a form without leaving the page and puts the fresh parts of the answer in place: the clip plays on. */
async function swap(form, submitter) {
  const body = new URLSearchParams(new FormData(form));
  if (submitter?.name) body.append(submitter.name, submitter.value);
  const answer = await fetch(form.action, {
    method: "POST",
    headers: { "X-CSRF-Token": csrf(), Accept: "text/html" },
    body,
  }).catch(() => null);
  if (!answer) return verdict("bad", room.dataset.offline);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const parts = [...document.querySelectorAll("[data-swap]")];
  if (!fresh.querySelector(".room")) return location.assign(answer.url); // logged out meanwhile
  for (const part of parts) {
    const next = fresh.querySelector(`[data-swap="${part.dataset.swap}"]`);
    if (next) part.replaceWith(next);
  }
}
document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-inplace]")) return;
  event.preventDefault();
  plate()?.blur();
  swap(event.target, event.submitter).finally(() => delete event.target.dataset.sent);
});

// --- decisions ---------------------------------------------------------------------------------------------
const openList = () => document.querySelector(".reasons:not([hidden])");

/** Opens a list of reasons, or closes it where it was open for the same; only one is open at a time. */
function toggleReasons(opener, list, action) {
  const again = openList() === list && (!action || list.getAttribute("action") === action);
  closeReasons();
  if (!list || again) return;
  if (action) {
    list.setAttribute("action", action);
    list.querySelector("h2").textContent = opener.dataset.title;
  }
  list.hidden = false;
  opener.setAttribute("aria-expanded", "true");
  list.scrollIntoView({ block: "nearest" });
}

function closeReasons() {
  for (const list of document.querySelectorAll(".reasons")) list.hidden = true;
  for (const opener of document.querySelectorAll("[aria-expanded]")) opener.setAttribute("aria-expanded", "false");
}

document.addEventListener("click", (event) => {
  const rejecting = event.target.closest('[data-key="r"]');
  const dropping = event.target.closest("[data-drop]");
  if (rejecting) toggleReasons(rejecting, document.querySelector("[data-reasons]"));
  if (dropping) toggleReasons(dropping, document.querySelector("[data-drop-reasons]"), dropping.dataset.drop);
});

/** A number is a reason while a list is open, and one of several violations otherwise. */
function pressDigit(digit) {
  const list = openList();
  const control = list ? list.querySelector(`[data-reason="${digit}"]`) : document.querySelector(`[data-digit="${digit}"]`);
  if (!control) return false;
  control.click();
  return true;
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-confirm]") && form.dataset.plate !== "sure") {
    event.preventDefault();
    delete form.dataset.sent;
    focusPlate(form.dataset.ask);
  }
});

// --- stills ------------------------------------------------------------------------------------------------
function zoom(figures) {
  const zoomed = !figures[0]?.classList.contains("zoomed");
  for (const figure of figures) {
    const picture = figure.querySelector("svg");
    figure.classList.toggle("zoomed", zoomed);
    picture.setAttribute("viewBox", zoomed ? picture.dataset.near : picture.dataset.far);
  }
}
const figures = [...document.querySelectorAll(".stills figure")];
figures.forEach((figure) => figure.querySelector("svg")?.addEventListener("click", () => zoom([figure])));
if (figures.length && localStorage.getItem("zoomed") === "yes") zoom(figures);

bindKeys({
  c: () => press("c"),
  r: () => press("r"),
  n: () => press("n"),
  b: () => press("b"),
  u: () => press("u"),
  i: () => press("i"),
  l: () => press("l"),
  y: () => press("y"),
  q: () => press("q"),
  t: () => {
    const note = openList()?.querySelector("[name=note]") ?? document.querySelector("#note");
    note?.focus();
    return Boolean(note);
  },
  p: () => focusPlate(),
  z: () => {
    zoom(figures);
    localStorage.setItem("zoomed", figures[0]?.classList.contains("zoomed") ? "yes" : "no");
  },
  " ": () => clip?.play(),
  ",": () => clip?.back(),
  ".": () => clip?.forward(),
  s: () => clip?.slow(),
  v: () => clip?.box(),
  g: () => clip?.moment(),
  a: () => clip?.again(),
  ...Object.fromEntries([..."1234567890"].map((digit) => [digit, () => pressDigit(digit)])),
});

document.body.dataset.keys = "ready";
