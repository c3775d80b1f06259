// Plays the films that tools/films.py records. A film stands where the kernel would: the
// page of the explorers, page.js, asks it what the live explorer would answer. This file
// and page.js become one script, in which `render` is that of page.js.

const HERE = document.currentScript.src;
const RECORDED = " A recording: in JupyterLab (make lab) every place answers.";

// What the kernel's model would be: it has traits, and answers messages.
function modelOf(film) {
  const { form, frames, kept, presses } = film;
  const heard = {};
  const traits = {
    form, size: film.size, challenges: [], story: "", details: "", answered: "",
  };
  let at;
  const pictureOf = (frame) => {
    const bytes = atob(kept[frame.picture]);
    return Uint8Array.from(bytes, (letter) => letter.charCodeAt(0));
  };
  const show = (frame) => {
    at = frame;
    traits.places = Object.fromEntries(film.names.map((name, n) => [name, at.places[n]]));
    traits.picture = pictureOf(at);
    for (const name of ["status", "details", "handles"]) traits[name] = kept[at[name]];
  };
  // Of the frames with the wanted places, the one that differs least from this one.
  const move = (wanted) => {
    const wants = Object.entries(wanted).map(([name, place]) => [film.names.indexOf(name), place]);
    const differs = (frame) =>
      frame.places.filter((place, n) => place !== at.places[n]).length;
    const found = frames
      .filter((frame) => wants.every(([n, place]) => frame.places[n] === place))
      .sort((one, other) => differs(one) - differs(other))[0];
    const others = film.names.filter(
      (name, n) => !(name in wanted) && found.places[n] !== at.places[n] && !form.controls[name].only,
    );
    const labels = others.map((name) => form.controls[name].label).join(", ");
    traits.story = labels && `Not recorded together with what was set before; changed as well: ${labels}.`;
    show(found);
  };
  const answers = {
    move: ({ control, place }) => move({ [control]: place }),
    press({ label }) {
      show(frames[presses[label].frame]);
      traits.story = presses[label].story;
    },
    type({ control, text }) {
      const { label, texts } = form.controls[control];
      const written = text.trim().replace("\u2212", "-").replace(",", ".");
      const apart = texts.map((each) => (each === written ? 0 : Math.abs(each - written)));
      // a name is as far as can be from any other text
      const nearest = Math.min(...apart.map((far) => (isNaN(far) ? Infinity : far)));
      const place = written ? apart.indexOf(nearest) : -1;
      if (place >= 0) move({ [control]: place });
      if (place < 0 || nearest > 0) traits.story = `${label}: recorded are ${texts.join(", ")}.`;
    },
    take({ panel, says, x }) {
      const handle = traits.handles.find((each) => each.panel === panel && each.says === says);
      if (!handle) return;
      const [left, right] = [handle.at[0][0], handle.at.at(-1)[0]].sort((a, b) => a - b);
      const column = Math.floor((handle.to.length * (x - left)) / (right - left));
      move(handle.to[Math.max(0, Math.min(handle.to.length - 1, column))]);
    },
    resize() {}, // it has the pixels that it has
  };
  show(frames[0]);
  return {
    get: (name) => traits[name],
    on: (event, hear) => (heard[event] ??= new Set()).add(hear),
    off: (event, hear) => heard[event]?.delete(hear),
    send(message) {
      answers[message.kind](message);
      traits.answered = message.id;
      // not before the message counts as sent
      queueMicrotask(() => {
        for (const name of Object.keys(traits))
          for (const hear of heard[`change:${name}`] ?? []) hear();
      });
    },
  };
}

function play(box) {
  const film = globalThis.films[box.dataset.film];
  const el = make("div");
  render({ model: modelOf(film), el });
  const recorded = make("span", { className: "mlplab-recorded" }, RECORDED);
  el.querySelector(".mlplab-invitation").append(recorded);
  box.replaceChildren(el);
}

// A film is loaded when its place comes near, by a script: a page that is opened from
// disk may load nothing else.
function load(box) {
  const script = make("script", { src: new URL(`${box.dataset.film}.js`, HERE).href });
  script.onload = () => play(box);
  document.head.append(script);
}

const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries)
      if (isIntersecting) {
        near.unobserve(target);
        load(target);
      }
  },
  { rootMargin: "1000px" },
);
// On paper stands the stored picture.
if (!location.search.includes("print-pdf"))
  addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("[data-film]")) near.observe(box);
  });
