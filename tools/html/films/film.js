// Plays the films that tools/films.py records. A film stands where the kernel would: the
// page of the explorers, page.js, asks it what the live explorer would answer. This file
// and page.js become one script, in which `render` is that of page.js.

const HERE = document.currentScript.src;

// What the kernel's model would be: it has traits, and answers messages.
function modelOf(film, words) {
  const { form, frames, presses } = words;
  const heard = {};
  const traits = {
    form, size: film.size, challenges: [], story: "", details: "", answered: "",
  };
  let at;
  const pictureOf = (number) => {
    const bytes = atob(film.kept[film.pictures[number]]);
    return Uint8Array.from(bytes, (letter) => letter.charCodeAt(0));
  };
  const show = (number) => {
    at = film.places[number];
    traits.places = Object.fromEntries(film.names.map((name, n) => [name, at[n]]));
    traits.picture = pictureOf(number);
    [traits.status, traits.details, traits.handles] =
      frames[number].map((part) => words.kept[part]);
  };
  // Of the frames with the wanted places, the one that differs least from this one.
  const move = (wanted) => {
    const wants = Object.entries(wanted).map(([name, place]) => [film.names.indexOf(name), place]);
    const differs = (places) => places.filter((place, n) => place !== at[n]).length;
    const found = film.places
      .filter((places) => wants.every(([n, place]) => places[n] === place))
      .sort((one, other) => differs(one) - differs(other))[0];
    const others = film.names.filter(
      (name, n) => !(name in wanted) && found[n] !== at[n] && !form.controls[name].only,
    );
    const labels = others.map((name) => form.controls[name].label).join(", ");
    traits.story = labels && words.player.apart.replace("{labels}", labels);
    show(film.places.indexOf(found));
  };
  const answers = {
    move: ({ control, place }) => move({ [control]: place }),
    press({ label }) {
      show(presses[label].frame);
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
      if (place < 0 || nearest > 0) {
        const known = texts.join(", ");
        traits.story = words.player.known.replace("{label}", label).replace("{texts}", known);
      }
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
  show(0);
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
  const { films } = globalThis;
  const [film, words] = partsOf(box).map((part) => films[part]);
  const el = make("div");
  render({ model: modelOf(film, words), el });
  const recorded = make("span", { className: "mlplab-recorded" }, ` ${words.player.recording}`);
  el.querySelector(".mlplab-invitation").append(recorded);
  box.replaceChildren(el);
}

// The pictures, and the words in the language of the page.
const partsOf = ({ dataset: { film } }) => [film, `${film}.${document.documentElement.lang}`];

// A film is loaded when its place comes near, by a script: a page that is opened from
// disk may load nothing else.
async function load(box) {
  for (const part of partsOf(box)) {
    const script = make("script", { src: new URL(`${part}.js`, HERE).href });
    document.head.append(script);
    await new Promise((loaded) => (script.onload = loaded));
  }
  play(box);
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
