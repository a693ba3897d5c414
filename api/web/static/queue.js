// The queue: j/k move, Enter opens, / searches; counts are refreshed lightly while the page is seen.
import { bindKeys } from "./page.js";

const REFRESH_MS = 20_000;
const rows = [...document.querySelectorAll("[data-href]")];
const search = document.querySelector("#plate");
const remembered = `at:${location.search}`;
let at = Math.max(0, Math.min(rows.length - 1, Number(sessionStorage.getItem(remembered) ?? 0)));

function moveTo(index) {
  if (!rows.length) return false;
  rows[at].classList.remove("at");
  rows[at].removeAttribute("aria-selected");
  at = Math.max(0, Math.min(rows.length - 1, index));
  rows[at].classList.add("at");
  rows[at].setAttribute("aria-selected", "true");
  rows[at].scrollIntoView({ block: "nearest" });
  sessionStorage.setItem(remembered, at);
  return true;
}

const open = (index) => rows[index] && (location.href = rows[index].dataset.href);

rows.forEach((row, index) =>
  row.addEventListener("click", (event) => {
    moveTo(index);
    if (!event.target.closest("a")) open(index);
  }),
);
moveTo(at);

bindKeys({
  j: () => moveTo(at + 1),
  ArrowDown: () => moveTo(at + 1),
  k: () => moveTo(at - 1),
  ArrowUp: () => moveTo(at - 1),
  Enter: () => (open(at), rows.length > 0),
  "/": () => (search?.focus(), search?.select(), true),
});
search?.addEventListener("keydown", (event) => event.key === "Escape" && search.blur());
document.querySelectorAll(".filters select").forEach((select) => select.addEventListener("change", () => select.form.requestSubmit()));

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch("/api/v1/queue/counts", { headers: { Accept: "application/json" } }).catch(() => null);
  if (answer?.status === 401) location.reload(); // the session has ended: to the login page
  if (!answer?.ok) return;
  const counts = await answer.json();
  for (const cell of document.querySelectorAll("[data-count]")) {
    const [kind, name] = cell.dataset.count.split(":");
    const fresh = String(counts[kind]?.[name] ?? 0);
    if (cell.textContent !== fresh) cell.textContent = fresh;
  }
  const grown = document.querySelector("[data-grown]");
  if (grown) grown.hidden = counts.total <= Number(grown.dataset.grown);
}
setInterval(refresh, REFRESH_MS);
document.addEventListener("visibilitychange", refresh);

document.body.dataset.keys = "ready";
