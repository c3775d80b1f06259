// What the browser tests read from a page. Each function takes the element to look at.
const visible = (part) => part.offsetParent !== null;
const seen = (part) =>
  part.checkVisibility({ visibilityProperty: true }) &&
  part.getBoundingClientRect().width > 1;
const named = (part) =>
  `${part.tagName}.${part.getAttribute("class")}: ${part.innerText || ""}`.slice(0, 100);
const rgb = (css) =>
  css.match(/[\d.]+/g).slice(0, 3).map((part) => part / 255);
const all = (root, selector) => [...root.querySelectorAll(selector)];

// Every message to a kernel, as text.
const sent = [];
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  sent.push(typeof data === "string" ? data : new TextDecoder().decode(data));
  return send.call(this, data);
};

window.look = {
  // The explorers

  // The text of each slider's readout and of each chosen button, by label.
  controls(root) {
    const controls = {};
    for (const row of all(root, ".mlplab-slider, .mlplab-chooser:has([role=radio])"))
      controls[row.querySelector(".mlplab-label").innerText] =
        row.querySelector(".mlplab-readout")?.value ??
        row.querySelector("[aria-checked=true]").innerText;
    return controls;
  },

  // Whether a picture has as many pixels as the screen has there.
  isSharp(image) {
    const screen = image.getBoundingClientRect().width * devicePixelRatio;
    return image.complete && Math.abs(image.naturalWidth - screen) <= 1;
  },

  // The PNG file that is shown, as base64, which travels best.
  async picture(root) {
    const file = await fetch(root.querySelector(".mlplab-picture").src);
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = "";
    for (const byte of bytes) text += String.fromCharCode(byte);
    return btoa(text);
  },

  // [[name, left, top], ...] of the parts, in pixels from the explorer's corner.
  places(root) {
    const corner = root.getBoundingClientRect();
    const parts = ".mlplab-slider, .mlplab-chooser, button, img, .mlplab-said, li";
    return all(root, parts).filter(visible).map((part) => {
      const box = part.getBoundingClientRect();
      const name = part.querySelector(".mlplab-label")?.innerText || part.innerText;
      return [
        part.className === "mlplab-said" ? "words" : name.replace(/^. (done|to do):/, ""),
        Math.round(box.left - corner.left),
        Math.round(box.top - corner.top),
      ];
    });
  },

  // Texts that do not fit their box, and parts that stick out of the cell.
  cutOff(root) {
    const texts = ".mlplab-label, button, p, .mlplab-said > *, li, pre, .mlplab-readout";
    const cell = root.parentElement;
    const right = cell.getBoundingClientRect().right;
    return [
      ...all(root, texts).filter((part) => part.scrollWidth > part.clientWidth),
      ...[root, ...all(root, "*")].filter(
        (part) => part.getBoundingClientRect().right > right + 1,
      ),
      ...(cell.scrollWidth > cell.clientWidth ? [cell] : []),
    ]
      .filter(visible)
      .map(named);
  },

  // How high controls and picture are, and the part of the notebook that is seen.
  heights(root) {
    const picture = root.querySelector(".mlplab-picture").getBoundingClientRect();
    const seen = root.closest(".jp-WindowedPanel-outer");
    return [picture.bottom - root.getBoundingClientRect().top, seen.clientHeight];
  },

  // [[text, its colour, the colour behind it], ...], colours as [r, g, b] up to 1.
  colours(root) {
    const texts = ".mlplab-label, .mlplab-readout, button, p, .mlplab-said > *, li, summary";
    return all(root, texts)
      .filter((part) => visible(part) && (part.innerText || part.value || "").trim())
      .map((part) => {
        let behind = part, colour;
        do {
          colour = getComputedStyle(behind).backgroundColor;
          behind = behind.parentElement;
        } while (behind && /^(transparent|rgba\(.*, 0\))$/.test(colour));
        return [part.innerText || part.value, rgb(getComputedStyle(part).color), rgb(colour)];
      });
  },

  // What a reader sees and hears of it: texts, names, values; no code.
  words(root) {
    const names = ["aria-label", "aria-valuetext", "alt", "title"];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const found = [];
    while (walker.nextNode())
      if (!walker.currentNode.parentElement.closest("pre, style"))
        found.push(walker.currentNode.data);
    // hidden labels of ipywidgets have the title "null"
    for (const part of [root, ...all(root, "*")].filter((part) => part.checkVisibility()))
      found.push(...names.map((name) => part.getAttribute(name) ?? ""));
    found.push(...all(root, "[type=text]").map((field) => field.value));
    return found.filter((text) => text.trim());
  },

  // The letters of its words, or of a text, that none of its fonts has: they look like
  // one that is none.
  missingGlyphs(root, text = look.words(root).join("")) {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d", { willReadFrequently: true });
    [canvas.width, canvas.height] = [32, 32];
    const style = getComputedStyle(root);
    pen.font = `20px ${style.fontFamily}`;
    const drawn = (letter) => {
      pen.clearRect(0, 0, 32, 32);
      pen.fillText(letter, 4, 24);
      return pen.getImageData(0, 0, 32, 32).data.join();
    };
    const none = drawn("\u{10FFFE}");
    const letters = new Set(text.replace(/[\s\uFE0E]/g, ""));
    return [...letters].filter((letter) => drawn(letter) === none);
  },

  // The buttons in which a word goes on in a second line.
  brokenWords(root) {
    const lines = (text, { index, 0: word }) => {
      const range = document.createRange();
      range.setStart(text, index);
      range.setEnd(text, index + word.length);
      return new Set([...range.getClientRects()].map((box) => box.top)).size;
    };
    return all(root, "button")
      .filter((button) => {
        const text = button.firstChild;
        return (
          text?.nodeType === Node.TEXT_NODE &&
          [...text.data.matchAll(/\S+/g)].some((word) => lines(text, word) > 1)
        );
      })
      .map((button) => `a word is broken: ${named(button)}`);
  },

  // The choosers beside a slider whose choices need a second row.
  brokenRows(root) {
    return all(root, ".mlplab-chooser:not(.mlplab-wide) .mlplab-choices")
      .filter((row) => row.lastElementChild.offsetTop > row.firstElementChild.offsetTop)
      .map(named);
  },

  // A page

  // The stored parts of widgets that are visible, and every text of a widget that is
  // not there.
  storedParts() {
    const widgets = all(document, ".lm-Panel.jp-OutputArea-output");
    return [
      ...all(document, ".jp-RenderedImage img, .mlplab-words"),
      ...widgets.filter((widget) => !widget.children.length),
    ]
      .filter(visible)
      .map((part) => part.naturalWidth || part.innerText);
  },

  // Pictures that are not there, though they had five seconds to come.
  async brokenPictures(root) {
    const broken = () =>
      all(root ?? document, "img").filter((image) => !image.complete || !image.naturalWidth);
    for (let waits = 0; waits < 50 && broken().length; waits++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    return broken().map((image) => `no picture: ${image.alt || image.src}`.slice(0, 100));
  },

  // What an exported page hides of its cells.
  hiddenParts() {
    return all(document, ".jp-Cell, .jp-Cell *")
      .filter((box) => !box.closest("mjx-assistive-mml")) // for the ear
      .filter((box) => getComputedStyle(box).overflowX === "hidden")
      .filter((box) => box.clientWidth && box.scrollWidth > box.clientWidth + 1)
      .map(named);
  },

  // The slides

  // What is wrong with a slide: parts that stick out of the screen or are cut off, too
  // small type, nothing to see.
  async problems(root, { prose, smallest }) {
    const found = [...(await look.brokenPictures(root)), ...look.brokenWords(root)];
    const parts = all(root, "*")
      .filter(seen)
      .filter((part) => !part.closest("mjx-container *, .cm-cursorLayer"));
    for (const part of parts) {
      const box = part.getBoundingClientRect();
      const style = getComputedStyle(part);
      const wide = part.scrollWidth > part.clientWidth + 1;
      const high = part.scrollHeight > part.clientHeight + 1;
      const text = [...part.childNodes].some(
        (node) => node.nodeType === Node.TEXT_NODE && node.data.trim(),
      );
      const small =
        part.closest(".jp-MarkdownOutput p, .jp-MarkdownOutput li") &&
        !part.closest("code")
          ? prose
          : smallest;
      if (
        box.left < -1 || box.top < -1 ||
        box.right > innerWidth + 1 || box.bottom > innerHeight + 1
      )
        found.push(`sticks out: ${named(part)} ${JSON.stringify(box)}`);
      if (
        style.overflowX !== "visible" && !part.closest("svg") &&
        (wide || high) && part.clientWidth > 1 && part.tagName !== "INPUT"
      )
        found.push(`cut off: ${named(part)}`);
      if (
        text && !part.closest(".noUi-base, svg") &&
        parseFloat(style.fontSize) < small
      )
        found.push(`small: ${named(part)} ${style.fontSize}`);
    }
    if (!root.innerText.trim() && !root.querySelector("img, svg")) found.push("empty");
    return found;
  },

  // [[cell id, the parts of it that are seen], ...] of a slide: the tags of a Markdown
  // cell's blocks, of a code cell its "source" and what it "printed".
  shown(root) {
    const parts = (cell) => [
      ...all(cell, ".jp-MarkdownOutput > *")
        .filter(visible)
        .map((block) => block.tagName.toLowerCase()),
      ...(all(cell, ".cm-content, .highlight pre").some(visible) ? ["source"] : []),
      ...(all(cell, ".jp-RenderedText").some(visible) ? ["printed"] : []),
    ];
    return all(root, ".jp-Cell")
      .filter((cell) => !cell.closest(".jp-Deck") || cell.matches(".jp-deck-mod-visible"))
      .map((cell) => [cell.dataset.jpfCellId ?? cell.id.replace("cell-id=", ""), parts(cell)]);
  },

  activeCell() {
    return document.querySelector(".jp-Deck .jp-Notebook .jp-mod-active").dataset
      .jpfCellId;
  },

  // Whether the next cell is there: the deck moves the active cell, then shows it.
  moved(before) {
    return (
      look.activeCell() !== before &&
      document
        .querySelector(".jp-Deck .jp-mod-active")
        .classList.contains("jp-deck-mod-visible")
    );
  },

  // Figures have more pixels than they take on a screen of 1280 x 720: a projector may
  // have twice as many.
  blurred() {
    return all(document, ".jp-Deck .jp-deck-mod-visible .jp-RenderedImage img")
      .filter((i) => i.naturalWidth < 1.2 * i.getBoundingClientRect().width)
      .map((i) => [i.naturalWidth, i.getBoundingClientRect().width]);
  },

  // JupyterLab and Notebook 7

  // Run a command; window.commanded says when it is done.
  command([name, args]) {
    window.commanded = false;
    window.jupyterapp.commands.execute(name, args).finally(() => {
      window.commanded = true;
    });
  },

  kernel() {
    return window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
  },

  // How many messages said that something is taken, or dragged on.
  takes: () => sent.filter((text) => /"kind": ?"take"/.test(text)).length,

  // What the kernel prints when it runs a code.
  async printed(code) {
    const future = look.kernel().requestExecute({ code, store_history: false });
    let text = "";
    future.onIOPub = ({ content }) => (text += content.text ?? content.evalue ?? "");
    await future.done;
    return text;
  },

  activate(number) {
    const notebook = window.jupyterapp.shell.currentWidget.content;
    notebook.activeCellIndex = number;
    notebook.activate();
  },
};
