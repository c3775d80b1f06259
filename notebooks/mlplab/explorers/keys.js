// A key that no control takes is a command of JupyterLab's: "dd" on a slider or a button
// deletes the cell, a left arrow on a button goes to the heading above. In a lecture it
// is the other way round: a presenter's remote control sends page keys, and a slider
// would take them; the explorer's box sends them on in its own name.
const alone = (key) => !key.ctrlKey && !key.altKey && !key.metaKey && !key.shiftKey;
const ours = (key) =>
  ["ArrowLeft", "ArrowRight"].includes(key.key) || key.key.length === 1;
const turnsPage = (key) =>
  ["PageUp", "PageDown"].includes(key.key) && "jpDeckMode" in document.body.dataset;

function keep(box) {
  box.addEventListener("keydown", (key) => {
    if (alone(key) && ours(key)) key.stopPropagation();
  });
  const sendOn = (key) => {
    if (!turnsPage(key) || key.target === box) return;
    key.stopPropagation();
    box.dispatchEvent(new KeyboardEvent("keydown", key));
  };
  box.addEventListener("keydown", sendOn, true);
}

export default {
  render({ el }) {
    let gone = false;
    const whenOnThePage = () => {
      const box = el.closest(".widget-vbox");
      if (box) keep(box);
      else if (!gone) requestAnimationFrame(whenOnThePage);
    };
    whenOnThePage();
    return () => {
      gone = true;
    };
  },
};
