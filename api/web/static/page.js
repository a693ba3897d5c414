// What every page shares: keys, the help box, the toast. No framework, no build.

const typing = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]");

/** Calls `actions[key](event)` for single keys typed outside of fields and dialogs; stops the key when it was ours. */
export function bindKeys(actions) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (typing(event.target) || document.querySelector("dialog[open]")) return;
    // Enter and space belong to a focused button or link; letters do not.
    const onControl = event.target instanceof Element && event.target.closest("button, a, summary");
    if (onControl && (event.key === "Enter" || event.key === " ")) return;
    const action = actions[event.key] ?? actions[event.key.toLowerCase()];
    if (!action || action(event) === false) return;
    event.preventDefault();
  });
}

/** Follows the link or presses the button that carries `data-key`, when it is on the page. */
export function press(key) {
  const control = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find((element) => !element.disabled);
  if (!control) return false;
  control.click();
  return true;
}

export const csrf = () => document.body.dataset.csrf;

const helpbox = document.querySelector("[data-helpbox]");
const help = () => (helpbox ? (helpbox.showModal(), true) : false);
document.querySelector("[data-help]")?.addEventListener("click", help);

const toast = document.querySelector("[data-toast]");
toast?.querySelector("[data-close]")?.addEventListener("click", () => toast.remove());
if (toast) setTimeout(() => toast.remove(), 12_000);

// A form is sent once, however often the key is hit.
document.addEventListener("submit", (event) => {
  if (event.target.dataset.sent) event.preventDefault();
  else if (event.target.method !== "dialog") event.target.dataset.sent = "yes";
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent));

bindKeys({ "?": help });
