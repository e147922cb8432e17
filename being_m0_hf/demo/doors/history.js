// What was on the stage, as recipes (see recipe.py): undo, redo, a list, and a link. Gradio runs this as the body of a
// function with `element`, `props` and `trigger`. The browser keeps recipes, never motions: the server makes them again.
const KEY = "being-m0-motions";
const MOST = 40;
const find = (selector) => element.querySelector(selector);
const stage = () => document.querySelector(".result .motion-viewer")?.motionViewer;
const say = (text) => (find("[role=status]").textContent = text);

/** The list and the place in it; what cannot be read is forgotten. */
function load() {
  try {
    const { list, at } = JSON.parse(localStorage.getItem(KEY));
    const good = list.filter((each) => typeof each === "string").slice(-MOST);
    return { list: good, at: Math.min(Math.max(at | 0, 0), good.length - 1) };
  } catch {
    return { list: [], at: -1 };
  }
}
const past = load();

function save() {
  try {
    localStorage.setItem(KEY, JSON.stringify(past));
  } catch {} // no room, or not allowed: the history then lasts as long as the page
}

/** What the lines of a timeline tell: the whole body, one after the other, then the parts. */
function timelineTitle(lines) {
  const entries = (lines ?? "").split("\n").map((line) => line.split("#").map((word) => word.trim()));
  const body = entries.filter((words) => words.length < 4).map(([text]) => text).join(", then ");
  const parts = entries.filter((words) => words.length > 3).map(([text, , , ...who]) => `the ${who.join(" and ")} ${text}`);
  return [body, ...new Set(parts)].filter(Boolean).join(", ");
}

/** A recipe for people: "a person walks; 1 to 3 s: waves". */
function title(recipe) {
  const facts = new URLSearchParams(recipe);
  const parts = [...facts].filter(([name, value]) => /^(root|torso|(left|right)_(arm|leg))$/.test(name) && value);
  const first = facts.get("file")?.replace(/^[^.]*\./, "") ?? facts.get("text") ?? timelineTitle(facts.get("timeline"));
  const said = facts.getAll("say").map((each) => each.replace(/^\d+(@[\d.]+)?:/, "")).filter(Boolean);
  const body = [first, ...parts.map(([name, value]) => `the ${name.replace("_", " ")} ${value}`)].filter(Boolean).join(", ");
  const told = [body, ...said].join(", then ");
  const edits = facts.getAll("edit").map((text) => {
    const edit = JSON.parse(text);
    const what = edit.text || "whatever fits";
    if (edit.do === "continue") return `${edit.seconds} s more: ${what}`;
    const who = edit.parts.map((part) => `, ${part.replace("_", " ")}`).join("");
    return `${edit.from} to ${edit.to} s${who}: ${what}`;
  });
  return [told, ...edits].join("; ");
}

/** What the awaited motion is called; a link that cannot be read is complained of by the server. */
function wantedTitle() {
  try {
    return title(wanted);
  } catch {
    return "it is being read";
  }
}

function show() {
  find("[data-do=undo]").disabled = past.at <= 0;
  find("[data-do=redo]").disabled = past.at >= past.list.length - 1;
  find("ol").replaceChildren(
    ...past.list.map((recipe, index) => {
      const button = document.createElement("button");
      button.type = "button";
      const seed = JSON.parse(new URLSearchParams(recipe).getAll("edit").at(-1) ?? "{}").seed ?? new URLSearchParams(recipe).get("seed");
      button.textContent = title(recipe) + (seed == null ? "" : ` (seed ${seed})`);
      button.addEventListener("click", () => go(index));
      if (index === past.at) button.setAttribute("aria-current", "true");
      const item = document.createElement("li");
      item.append(button);
      return item;
    }).reverse(),
  );
}

/** A motion came to the stage: it is new, or one of the list. */
function shown(recipe) {
  if (!recipe || stage()?.growing) return; // a live motion counts when it is whole
  const known = past.list.indexOf(recipe);
  if (known >= 0) {
    past.at = known;
  } else {
    past.list.splice(past.at + 1); // what was undone is gone once something else is made
    past.list.push(recipe);
    past.list.splice(0, past.list.length - MOST);
    past.at = past.list.length - 1;
  }
  save();
  show();
}

/** Asks the server for the motion of a recipe. */
function bring(recipe) {
  props.value = recipe;
  trigger("submit");
}

function go(index) {
  if (index < 0 || index >= past.list.length) return;
  bring(past.list[index]);
}

async function copyLink() {
  const recipe = stage()?.recipe ?? "";
  if (!recipe) return;
  if (recipe.startsWith("file=")) {
    say("A motion from a file cannot be sent as a link; download it.");
    return;
  }
  const link = `${location.origin}${location.pathname}?${recipe}`;
  const field = find("input");
  field.value = link;
  field.hidden = false;
  field.select();
  try {
    await navigator.clipboard.writeText(link);
    say("Link copied");
  } catch {
    say("Copy the link from the field");
  }
}

const actions = { undo: () => go(past.at - 1), redo: () => go(past.at + 1), link: copyLink };
element.addEventListener("click", (event) => actions[event.target.closest("[data-do]")?.dataset.do]?.());
document.addEventListener("keydown", (event) => {
  const typing = event.composedPath().some((each) => each.matches?.("textarea, input:not([type=range], [type=checkbox])"));
  if (typing || !(event.ctrlKey || event.metaKey) || !/^[zy]$/i.test(event.key)) return;
  event.preventDefault();
  actions[event.key.toLowerCase() === "y" || event.shiftKey ? "redo" : "undo"]();
});

// A link brings its motion; else what was last on the stage comes back; a first visit begins with the page's motion.
const query = new URLSearchParams(location.search);
const linked = ["text", "timeline", "left_arm", "right_arm", "torso", "root", "left_leg", "right_leg"].some((name) => query.has(name));
const wanted = linked ? location.search.slice(1) : (past.list[past.at] ?? "");
// until it is there the stage says so, and shows no other motion as if it were this one
const page = document.documentElement.dataset;
if (wanted) page.motionComing = `${linked ? "The motion of this link" : "Your last motion"} is on its way: ${wantedTitle()}`;
// from now on the address is the page's own: a reload brings what was made last
if (linked) window.history.replaceState(null, "", location.pathname);
const waiting = setInterval(() => {
  const viewer = stage();
  if (!viewer) return;
  clearInterval(waiting);
  if (page.motionComing && viewer.recipe) viewer.awaitMotion(page.motionComing); // the viewer was there before this
  delete page.motionComing;
  document.addEventListener("motionshown", ({ detail }) => shown(detail));
  if (wanted && wanted !== viewer.recipeBefore) {
    bring(wanted);
    return;
  }
  viewer.giveUpWaiting();
  shown(viewer.recipe);
}, 50);
show();
