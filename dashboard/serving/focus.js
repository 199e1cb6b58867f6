// Whoever goes by the keyboard stays where they were. Streamlit draws a control anew when it changes, and with the old one the
// focus goes to the top of the page; a button that did its work is often gone or closed.
(() => {
  const CONTROLS = "a[href], button, summary, input, textarea, [role=button], [role=combobox], [tabindex='0']";
  const WAIT = 150; // milliseconds between two looks, while a page is being drawn
  let last = null; // the control that had the focus last, as told by `seen`
  let byKeyboard = false;
  let waiting = 0;

  const nameOf = (control) => control.getAttribute("aria-label") || control.textContent.trim();
  const open = (control) => !control.disabled && control.getClientRects().length > 0;
  const like = (one) => [...document.querySelectorAll(CONTROLS)].filter(
    (other) => other.tagName === one.tag && other.type === one.type && nameOf(other) === one.name,
  );
  const seen = (control) => {
    const one = { control, tag: control.tagName, type: control.type, name: nameOf(control) };
    return { ...one, place: Math.max(0, like(one).indexOf(control)) };
  };
  const isLost = () =>
    byKeyboard && last && document.activeElement === document.body && !(last.control.isConnected && open(last.control));
  const isDrawn = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "notRunning";

  // The control of the same name; once the page is drawn and has none, the page itself, which begins with what was done.
  const bringBack = () => {
    waiting = 0;
    if (!isLost()) return;
    const found = like(last).filter(open);
    const target = found[Math.min(last.place, found.length - 1)];
    if (target) target.focus({ preventScroll: true });
    else if (isDrawn()) document.querySelector("[data-testid=stMain]")?.focus({ preventScroll: true });
    else later();
  };
  const later = () => {
    waiting ||= setTimeout(bringBack, WAIT);
  };

  addEventListener("keydown", () => { byKeyboard = true; }, true);
  addEventListener("pointerdown", () => { byKeyboard = false; last = null; }, true);
  addEventListener("focusin", (event) => {
    if (event.target.matches(CONTROLS)) last = seen(event.target);
  });
  new MutationObserver(() => { if (isLost()) later(); }).observe(document.body, {
    childList: true, subtree: true, attributes: true, attributeFilter: ["disabled", "data-test-script-state"],
  });
})();
