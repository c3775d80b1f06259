// What an explorer shows in the browser: its controls, its picture, which answers the
// hand, and its words. All that is shown comes from the kernel; all that a learner does
// goes there as one message at a time. The next one waits until that one is answered,
// and a move that is overtaken meanwhile is dropped, so moves never queue up. Where a
// hand draws, the points of dropped moves go along with the next one.

const PLAY_INTERVAL = 60; // milliseconds between two pictures, at least
const NARROW = 24; // letters and gaps of choices that fit beside a slider
const BROAD = /\p{Script=Hangul}/gu; // letters that take the room of two
const REACH = { mouse: 10, pen: 16, touch: 24 }; // pixels from a handle to the hand

// Not crypto.randomUUID, which a page has only over https and from localhost.
const unique = () => `mlplab-${Math.random().toString(36).slice(2)}`;

function make(tag, traits = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(traits))
    if (name in made) made[name] = value;
    else made.setAttribute(name, value);
  made.append(...children);
  return made;
}

// Messages to the kernel

function mailbox(model) {
  const name = unique();
  const waiting = [];
  let sent = null, number = 0;
  const post = () => {
    if (sent || !waiting.length) return;
    sent = waiting.shift();
    sent.message.id = `${name} ${++number}`;
    model.send(sent.message);
  };
  return {
    // `target` names what a move moves: of its moves only the last is sent.
    send(message, target) {
      const last = waiting.at(-1);
      const anew = message.first && message.way; // another stroke
      if (target && last?.target === target && !anew) {
        if (last.message.first) message.first = true; // it is still to be taken
        if (message.way) {
          const { way, x, y } = last.message;
          message.way = [...way, [x, y], ...message.way];
        }
        last.message = message;
      } else waiting.push({ message, target });
      post();
    },
    answered() {
      if (!sent || model.get("answered") !== sent.message.id) return null;
      const { message } = sent;
      sent = null;
      post();
      return message;
    },
    idle: () => !sent,
    holds: (target) => [sent, ...waiting].some((each) => each?.target === target),
  };
}

// Controls

function playerOf(label, words, control, range, mail, moved) {
  const button = make("button", { className: "mlplab-button mlplab-play", type: "button" });
  let timer = null;
  const say = () => {
    button.textContent = timer ? "\u23F8\uFE0E" : "\u25B6\uFE0E";
    button.title = timer ? words.pause : words.play;
    button.setAttribute("aria-label", `${button.title}: ${label}`);
  };
  const stop = () => {
    clearInterval(timer);
    timer = null;
    say();
  };
  const tick = () => {
    if (!mail.idle()) return;
    if (+range.value >= +range.max || !range.isConnected) return stop();
    range.value = Math.min(+range.max, +range.value + control.play);
    moved();
  };
  button.onclick = () => {
    if (timer) return stop();
    if (+range.value >= +range.max) range.value = 0;
    timer = setInterval(tick, control.interval ?? PLAY_INTERVAL);
    say();
    moved();
  };
  say();
  return { button, stop };
}

function sliderOf(name, control, mail, words) {
  const id = unique();
  const texts = control.texts;
  const range = make("input", {
    type: "range", id, min: 0, max: texts.length - 1, step: control.stride,
  });
  const typed = make("input", {
    type: "text", className: "mlplab-readout", spellcheck: false, autocomplete: "off",
    "aria-label": `${control.label}, ${words.typed}`,
  });
  let at = 0; // the range itself knows only every stride-th place
  const say = (place) => {
    at = place;
    range.setAttribute("aria-valuetext", texts[place]);
    if (document.activeElement !== typed || !typed.dirty) typed.value = texts[place];
  };
  const moved = () => {
    say(+range.value);
    mail.send({ kind: "move", control: name, place: +range.value }, name);
  };
  const player = control.play
    ? playerOf(control.label, words, control, range, mail, moved)
    : null;
  range.oninput = () => {
    player?.stop();
    moved();
  };
  typed.oninput = () => (typed.dirty = true);
  typed.onchange = () => mail.send({ kind: "type", control: name, text: typed.value });
  typed.onkeydown = (key) => {
    if (key.key !== "Escape") return;
    typed.dirty = false;
    say(at);
  };
  const label = make("label", { className: "mlplab-label" }, control.label);
  label.setAttribute("for", id);
  const track = make("div", { className: "mlplab-track" }, range);
  if (player) track.prepend(player.button);
  const row = make("div", { className: "mlplab-slider" }, label, track, typed);
  return {
    row,
    show(place) {
      if (mail.holds(name)) return; // the hand is already further
      range.value = place;
      say(place);
    },
    putBack(place, text) {
      if (typed.value === text) typed.dirty = false; // else more was typed meanwhile
      range.value = place;
      say(place);
    },
  };
}

function chooserOf(name, control, mail) {
  const id = unique();
  const choose = (place) => {
    show(place);
    mail.send({ kind: "move", control: name, place }, name);
  };
  const buttons = control.texts.map((text, place) =>
    make("button", {
      className: "mlplab-button", type: "button", role: "radio", textContent: text,
      onclick: () => choose(place),
      onkeydown: (key) => {
        const by = { ArrowLeft: -1, ArrowRight: 1 }[key.key];
        const next = buttons[place + (by ?? NaN)];
        if (!next) return;
        key.preventDefault();
        next.focus();
        next.click();
      },
    }),
  );
  const show = (chosen) => {
    buttons.forEach((button, place) => {
      button.setAttribute("aria-checked", place === chosen);
      button.tabIndex = place === chosen ? 0 : -1;
    });
  };
  const label = make("span", { className: "mlplab-label", id }, control.label);
  const choices = make("div", { className: "mlplab-choices", role: "radiogroup" }, ...buttons);
  choices.setAttribute("aria-labelledby", id);
  const wide = control.texts.join(" ").replace(BROAD, "  ").length > NARROW ? " mlplab-wide" : "";
  const row = make("div", { className: `mlplab-chooser${wide}` }, label, choices);
  return { row, show: (place) => mail.holds(name) || show(place) };
}

// The picture, in which the hand takes what it can

function distance([x, y], [ax, ay], [bx, by]) {
  const length = (bx - ax) ** 2 + (by - ay) ** 2;
  const along = length ? ((x - ax) * (bx - ax) + (y - ay) * (by - ay)) / length : 0;
  const t = Math.min(1, Math.max(0, along));
  return Math.hypot(x - ax - t * (bx - ax), y - ay - t * (by - ay));
}

// What is under the hand: a dot before a line before the smallest area.
function handleAt(handles, picture, hand) {
  const box = picture.getBoundingClientRect();
  const at = [hand.clientX - box.left, hand.clientY - box.top];
  const reach = REACH[hand.pointerType] ?? REACH.mouse;
  let best = null;
  for (const handle of handles) {
    const points = handle.at.map(([x, y]) => [x * box.width, y * box.height]);
    const [first, last] = [points[0], points.at(-1)];
    let rank;
    if (handle.area) {
      const inside = [0, 1].every(
        (i) => at[i] >= Math.min(first[i], last[i]) && at[i] <= Math.max(first[i], last[i]),
      );
      if (!inside) continue;
      rank = [2, Math.abs((last[0] - first[0]) * (last[1] - first[1]))];
    } else {
      const away = Math.min(
        ...points.map((point, i) => distance(at, point, points[i + 1] ?? point)),
      );
      if (away > reach) continue;
      rank = [points.length > 1 ? 1 : 0, away];
    }
    if (!best || rank[0] < best.rank[0] || (rank[0] === best.rank[0] && rank[1] < best.rank[1]))
      best = { handle, rank };
  }
  return best?.handle;
}

function pictureOf(model, mail) {
  const [width, height] = model.get("size");
  const image = make("img", { className: "mlplab-picture", draggable: false });
  image.style.cssText = `width: ${width}px; aspect-ratio: ${width} / ${height}`;
  const tip = make("div", { className: "mlplab-tip", "aria-hidden": "true" });
  const frame = make("div", { className: "mlplab-frame" }, image, tip);
  let held = null;

  const take = (hand, first) => {
    const box = image.getBoundingClientRect();
    const x = (hand.clientX - box.left) / box.width;
    const y = (hand.clientY - box.top) / box.height;
    const { panel, says } = held;
    const message = { kind: "take", panel, says, x, y, first };
    if (held.draws) message.way = [];
    mail.send(message, `${panel}: ${says}`);
  };
  const point = (hand) => {
    const handle = handleAt(model.get("handles"), image, hand);
    image.style.cursor = !handle
      ? ""
      : handle.draws ? "crosshair" : handle.area ? "pointer" : "grab";
    tip.textContent = handle?.says ?? "";
    tip.hidden = !handle || hand.pointerType === "touch";
    const box = frame.getBoundingClientRect();
    const right = hand.clientX - box.left > box.width / 2;
    tip.style.left = right ? "" : `${hand.clientX - box.left + 14}px`;
    tip.style.right = right ? `${box.right - hand.clientX + 14}px` : "";
    tip.style.top = `${hand.clientY - box.top + 16}px`;
    return handle;
  };
  tip.hidden = true;
  image.onpointerdown = (hand) => {
    if (hand.button) return;
    held = point(hand) ?? null;
    if (!held) return;
    image.setPointerCapture(hand.pointerId);
    // The name would lag behind, over a map even that of another cell.
    tip.hidden = true;
    if (image.style.cursor === "grab") image.style.cursor = "grabbing";
    take(hand, true);
  };
  image.onpointermove = (hand) => (held ? take(hand, false) : point(hand));
  image.onpointerup = image.onpointercancel = (hand) => {
    held = null;
    point(hand);
  };
  image.onpointerleave = () => (tip.hidden = true);
  // A finger on a dot or a line drags it, and some areas it draws on; elsewhere it
  // scrolls the page, up and down.
  const grabs = (touch) => {
    const { clientX, clientY } = touch.touches[0];
    const hand = { clientX, clientY, pointerType: "touch" };
    const handle = handleAt(model.get("handles"), image, hand);
    if (handle && (!handle.area || handle.draws)) touch.preventDefault();
  };
  image.addEventListener("touchstart", grabs, { passive: false });

  let address = "";
  const show = () => {
    const old = address;
    address = URL.createObjectURL(new Blob([model.get("picture")]));
    image.src = address;
    URL.revokeObjectURL(old);
  };
  // As many pixels as the screen has there.
  let drawn = width;
  const measure = () => {
    const pixels = Math.round(image.clientWidth * devicePixelRatio);
    if (pixels && pixels !== drawn) mail.send({ kind: "resize", width: pixels }, "width");
    drawn = pixels || drawn; // 0 where the page is hidden
  };
  const observer = new ResizeObserver(measure);
  observer.observe(image);
  addEventListener("resize", measure); // another zoom
  return {
    frame,
    show,
    name: (text) => (image.alt = text),
    close() {
      observer.disconnect();
      removeEventListener("resize", measure);
      URL.revokeObjectURL(address);
    },
  };
}

// A key that no control takes is a command of JupyterLab's: "dd" on a slider or a button
// deletes the cell, a left arrow on a button goes to the heading above. In a lecture it
// is the other way round: a presenter's remote control sends page keys, and a slider
// would take them; the explorer sends them on in its own name.
function keepKeys(root) {
  const alone = (key) => !key.ctrlKey && !key.altKey && !key.metaKey && !key.shiftKey;
  const turnsPage = (key) =>
    ["PageUp", "PageDown"].includes(key.key) && "jpDeckMode" in document.body.dataset;
  const used = (key) =>
    ["ArrowLeft", "ArrowRight"].includes(key.key) ||
    key.key.length === 1 ||
    (key.target.type === "range" && /^(Arrow|Page|Home|End)/.test(key.key));
  const ours = (key) =>
    (key.target.type === "text" && key.key === "Enter") ||
    (alone(key) && used(key) && !turnsPage(key));
  root.addEventListener("keydown", (key) => {
    if (ours(key)) key.stopPropagation();
  });
  // Notebook 7 takes its keys before any element hears of them.
  const keep = (key) => {
    if (root.contains(key.target))
      key.target.toggleAttribute("data-lm-suppress-shortcuts", ours(key));
  };
  window.addEventListener("keydown", keep, true);
  const sendOn = (key) => {
    if (!turnsPage(key) || key.target === root) return;
    key.stopPropagation();
    key.preventDefault();
    root.dispatchEvent(new KeyboardEvent("keydown", key));
  };
  root.addEventListener("keydown", sendOn, true);
  return () => window.removeEventListener("keydown", keep, true);
}

function render({ model, el }) {
  const form = model.get("form"), words = form.words;
  const mail = mailbox(model);
  const controls = Object.fromEntries(
    Object.entries(form.controls).map(([name, control]) => [
      name,
      (control.buttons ? chooserOf : sliderOf)(name, control, mail, words),
    ]),
  );
  const rows = Object.values(controls).map(({ row }) => row);
  const buttons = form.buttons.map(([title, labels]) => {
    const pressed = (label) => () => mail.send({ kind: "press", label });
    const each = labels.map((label) =>
      make("button", {
        className: "mlplab-button", type: "button", textContent: label, onclick: pressed(label),
      }),
    );
    const row = make("div", { className: "mlplab-choices", role: "group" }, ...each);
    row.setAttribute("aria-label", title);
    return make("div", { className: "mlplab-chooser mlplab-wide" },
      make("span", { className: "mlplab-label" }, title), row);
  });
  const picture = pictureOf(model, mail);
  const status = make("div", { className: "mlplab-status", role: "status" });
  const story = make("div", { className: "mlplab-story", role: "status" });
  const challenges = make("ul", { className: "mlplab-challenges" });
  const code = make("pre", { tabIndex: 0 });
  const details = make("details", {}, make("summary", {}, form.details), code);
  el.classList.add("mlplab");
  el.lang = form.language;
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", form.title);
  el.append(
    make("p", { className: "mlplab-invitation" }, form.invitation),
    make("div", { className: "mlplab-controls" }, ...rows, ...buttons),
    picture.frame,
    make("div", { className: "mlplab-said" }, status, story),
    challenges,
  );
  if (form.details) el.append(details);
  const letKeys = keepKeys(el);

  const showPlaces = () => {
    const places = model.get("places");
    for (const [name, { row, show }] of Object.entries(controls)) {
      show(places[name]);
      const { only } = form.controls[name];
      if (only) row.hidden = form.controls[only[0]].texts[places[only[0]]] !== only[1];
    }
  };
  const showChallenges = () => {
    challenges.replaceChildren(
      ...model.get("challenges").map(([sentence, done]) =>
        make("li", {}, `${done ? `\u2611 ${words.done}` : `\u2610 ${words["to do"]}`}: ${sentence}`),
      ),
    );
  };
  const showStatus = () => {
    status.textContent = model.get("status");
    picture.name(status.textContent);
  };
  const parts = {
    places: showPlaces,
    picture: picture.show,
    status: showStatus,
    story: () => (story.textContent = model.get("story")),
    challenges: showChallenges,
    details: () => (code.textContent = model.get("details")),
    answered: () => {
      const message = mail.answered();
      const name = message?.control, place = model.get("places")[name];
      if (message?.kind === "type") controls[name].putBack(place, message.text);
      else if (name) controls[name].show(place);
    },
  };
  for (const [name, show] of Object.entries(parts)) {
    if (name !== "answered") show();
    model.on(`change:${name}`, show);
  }
  return () => {
    for (const [name, show] of Object.entries(parts)) model.off(`change:${name}`, show);
    picture.close();
    letKeys();
  };
}

export default { render };
