// What the pages of the site do besides their films: the list of contents is open where
// there is room for it, what scrolls can be scrolled by the keyboard, the switch leads to
// the same place in the other language, and the field on the start page searches.
{
  const all = (selector) => document.querySelectorAll(selector);

  const WIDE = matchMedia("(width >= 1200px)");
  const unfold = () => all(".contents").forEach((list) => (list.open = WIDE.matches));
  WIDE.addEventListener("change", unfold);
  unfold();
  for (const link of all(".contents a"))
    link.addEventListener("click", () => WIDE.matches || all(".contents")[0].removeAttribute("open"));

  const SCROLLS = "pre, .highlight, .wide, mjx-container[display]";
  const reach = () =>
    all(SCROLLS).forEach((box) => {
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
    });
  addEventListener("load", reach);
  addEventListener("resize", reach);
  addEventListener("toggle", reach, true);

  // A cell has one id in all languages, a row of the glossary too.
  const TOP = 57; // where a link leads: scroll-padding-top in pages.css, and a pixel
  const [other] = all(".other-language");
  const aim = () => {
    const ahead = [...all("main :is(.jp-Cell, tr[id])")].filter(
      (part) => part.checkVisibility() && part.getBoundingClientRect().bottom > TOP,
    );
    const around = ahead.filter((part) => part.getBoundingClientRect().top <= TOP);
    other.hash = scrollY ? (around.at(-1) ?? ahead[0]).id : "";
  };
  for (const way of ["click", "auxclick"]) other.addEventListener(way, aim);

  const MOST = 12; // results
  const AROUND = 60; // letters of a result's excerpt before the word
  const LENGTH = 180;

  function excerpt(text, words) {
    const lower = text.toLowerCase();
    const places = words.map((word) => lower.indexOf(word)).filter((place) => place >= 0);
    const start = Math.max(0, Math.min(...places, lower.length) - AROUND);
    const from = places.length && start ? text.indexOf(" ", start) + 1 : 0;
    const end = from + LENGTH;
    return (from ? "… " : "") + text.slice(from, end) + (end < text.length ? " …" : "");
  }

  function search(field) {
    const [list] = all("#found"), [said] = all("#said");
    const index = new MiniSearch({
      fields: ["heading", "text"],
      storeFields: ["title", "heading", "text"],
      searchOptions: { boost: { heading: 3 }, prefix: true, fuzzy: 0.15, combineWith: "AND" },
    });
    index.addAll(courseSections);
    const show = () => {
      const found = field.value.trim() ? index.search(field.value) : [];
      const items = found.slice(0, MOST).map(({ id, title, heading, text, terms }) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = id;
        link.textContent = heading === title ? title : `${title}: ${heading}`;
        item.append(link, document.createElement("br"), excerpt(text, terms));
        return item;
      });
      list.replaceChildren(...items);
      const words = found.length > MOST ? said.dataset.many : said.dataset.found;
      said.textContent = field.value.trim() && words.replace("#", found.length).replace("#", MOST);
    };
    field.addEventListener("input", show);
    field.form.addEventListener("submit", (event) => event.preventDefault());
    show();
  }
  if (all("#find").length) addEventListener("load", () => search(all("#find")[0]));
}
