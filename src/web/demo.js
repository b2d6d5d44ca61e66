/* demo.js - the box of the page that `seesay demo` writes: ranks the pictures
 * inside the page for a query, as `seesay search` does, with vectors of 8 bits.
 * Text is only ever set as text. */
"use strict";
(() => {
const SHOWN = 10, COUNTED = 5;
const holder = document.getElementById("pool");
const pool = JSON.parse(holder.textContent);
const by = (id) => document.getElementById(id);
const box = by("query"), found = by("found"), say = by("status");
const wordAt = new Map(pool.word.map((w, i) => [w, i]));
const idAt = new Map(pool.id.map((s, i) => [s, i]));
const stops = new Set(pool.stop);
const conceptAt = new Map(pool.concept.map((s, i) => [s, i]));
let last = [];			/* pictures that IMG_n stand for */

/* ---- vectors ---- */

/* count rows of pool.dim numbers, each of length 1 */
function vectors(name) {
	const bytes = Uint8Array.from(atob(pool[name + "8"]),
				      (c) => c.charCodeAt(0));
	const whole = new Int8Array(bytes.buffer), dim = pool.dim;
	const rows = new Float32Array(whole.length);

	for (let at = 0; at < whole.length; at += dim) {
		let sum = 0;

		for (let i = at; i < at + dim; i++)
			sum += whole[i] * whole[i];
		for (let i = at; i < at + dim; i++)
			rows[i] = sum ? whole[i] / Math.sqrt(sum) : 0;
	}
	return rows;
}
const words = vectors("word"), pictures = vectors("picture");

/* ---- queries (docs/search.md) ---- */

const token = new RegExp([
	/"([^"]*)"/, /\[?IMG_(\d+)\]?/,
	/id:(?:"([^"]*)"|([^\s+()]+))/, /([+\-\u2212\u2013()])/,
	/(\d+(?:\.\d+)?|\.\d+)\s*[:*]/, /[\s,;#&/|.!?]+/,
	/([^\s+\-\u2212\u2013()",;#[\]*:&/|.!?]+)/,
].map((r) => r.source).join("|"), "yi");

function parse(text) {
	const terms = [], outer = [];
	let factor = 1, sign = 1, weight = 1, at = 0;

	while (at < text.length) {
		token.lastIndex = at;
		const m = token.exec(text);

		if (!m)
			throw `the page does not understand '${text.slice(at)}'`;
		at = token.lastIndex;
		const [, phrase, image, quoted, id, sign_, number, word] = m;
		const add = (term) => {
			term.weight = factor * sign * weight;
			terms.push(term);
			sign = weight = 1;
		};

		if (phrase !== undefined && /\s/.test(phrase.trim()))
			throw "phrases need the program; the page knows " +
				"single words";
		else if (phrase !== undefined)
			add({ word: phrase.trim() });
		else if (image)
			add({ image: Number(image) });
		else if (quoted || id)
			add({ id: quoted || id });
		else if (number)
			weight *= Number(number);
		else if (word)
			add({ word });
		else if (sign_ === "(") {
			outer.push(factor);
			factor *= sign * weight;
			sign = weight = 1;
		} else if (sign_ === ")") {
			if (!outer.length)
				throw "')' without '('";
			factor = outer.pop();
		} else if (sign_)
			sign = sign_ === "+" ? 1 : -1;
	}
	if (outer.length)
		throw "'(' without ')'";
	return terms;
}

/* Known words that begin alike. */
function similar(word) {
	const near = pool.word.filter((w) => w.slice(0, 2) ===
				      word.slice(0, 2)).slice(0, 5);

	return near.length ? `; the page knows ${near.join(", ")}` : "";
}

const cleaned = (word) => word.toLowerCase().replace(/['\u2019]/g, "");

/* Without stop words, which no space knows; says which they were. */
function withoutStops(terms) {
	const isStop = (t) => t.word !== undefined && !wordAt.has(t.word) &&
		stops.has(cleaned(t.word));
	const left = terms.filter((t) => !isStop(t));

	if (terms.length && !left.length)
		throw `'${terms[0].word}' is a stop word, so this space ` +
			"left it out";
	return { left, note: left.length < terms.length ?
		"stop words are left out: " + terms.filter(isStop)
		.map((t) => t.word).join(", ") : "" };
}

/* Gives a term its row in one of the tables. */
function resolve(term) {
	if (term.word !== undefined) {
		const clean = cleaned(term.word);
		const at = wordAt.get(term.word) ?? wordAt.get(clean);

		if (at === undefined)
			throw `'${term.word}' is not among the ` +
				`${pool.word.length} words${similar(clean)}`;
		term.word = pool.word[at];
		return words.subarray(at * pool.dim, (at + 1) * pool.dim);
	}
	term.picture = term.id !== undefined ? idAt.get(term.id) :
		last[term.image - 1];
	if (term.picture === undefined)
		throw term.id !== undefined ?
			`no picture of this page has the id '${term.id}'` :
			`the last answer has ${last.length} pictures`;
	return pictures.subarray(term.picture * pool.dim,
				 (term.picture + 1) * pool.dim);
}

function search(terms) {
	const dim = pool.dim, query = new Float64Array(dim);
	const scores = new Float64Array(pool.id.length);
	let length = 0;

	for (const term of terms) {
		const row = resolve(term);

		for (let i = 0; i < dim; i++)
			query[i] += term.weight * row[i];
	}
	for (const x of query)
		length += x * x;
	if (!(length > 1e-9))
		throw "the terms cancel: nothing is left to ask";
	for (let p = 0; p < scores.length; p++)
		for (let i = 0; i < dim; i++)
			scores[p] += query[i] * pictures[p * dim + i];
	const order = Array.from(scores.keys()).sort((a, b) =>
		scores[b] - scores[a] || a - b).slice(0, SHOWN);

	return order.map((picture) => ({ picture,
		score: scores[picture] / Math.sqrt(length) }));
}

/* ---- what is right ---- */

/* The concepts that must and must not be seen; null if a term is none. */
function wanted(terms) {
	const want = { yes: new Set(), no: new Set() };

	for (const t of terms) {
		if (!conceptAt.has(t.word))
			return null;
		(t.weight > 0 ? want.yes : want.no).add(t.word);
	}
	/* "yellow car" is more than something yellow and some car */
	for (const c of pool.concept) {
		const parts = c.split(" ");

		if (parts.length > 1 && parts.every((w) => want.yes.has(w)))
			want.yes.add(c);
	}
	return want;
}

function isRight(picture, want) {
	const shows = new Set(pool.shows[picture].map((i) => pool.concept[i]));

	return [...want.yes].every((c) => shows.has(c)) &&
		![...want.no].some((c) => shows.has(c));
}

/* ---- pictures ---- */

const head = atob(pool.head ?? "");
const source = (p) => "data:image/jpeg;base64," +
	btoa(head + atob(pool.jpeg[p]));
const pictograms = /[\u2300-\u27ff\u2b00-\u2bff\ufe00-\ufe0f\u200d]|[\u{1f000}-\u{10ffff}]/gu;

function shows(picture) {
	const names = pool.shows[picture].map((i) => pool.concept[i]);
	const alone = names.filter((n) => !names.some((other) => other !== n &&
		other.split(" ").includes(n)));

	return alone.length ? `scene with ${alone.join(", ")}` : "scene";
}

function element(name, properties, ...children) {
	const made = Object.assign(document.createElement(name), properties);

	made.append(...children);
	return made;
}

/* ask, + and - of the picture in this figure */
function makeAsking(figure, picture) {
	const image = figure.querySelector("img");
	const id = `id:"${pool.id[picture]}"`;
	const what = image.alt;
	const ask = element("button", { type: "button", className: "picture",
		title: "ask with this picture" });

	image.replaceWith(ask);
	ask.append(image);
	ask.addEventListener("click", () => askFor(id));
	const more = ["+", "\u2212"].map((sign) => {
		const b = element("button", { type: "button",
			textContent: sign, title: sign === "+" ?
			"add this picture to the query" :
			"take it from the query" });

		b.setAttribute("aria-label", `${b.title}: ${what}`);
		b.addEventListener("click", () => askFor(sign === "+" ?
			(box.value.trim() ? `${box.value.trim()} + ` : "") + id :
			`${box.value.trim()} - ${id}`));
		return b;
	});
	figure.querySelector("figcaption").prepend(
		element("span", { className: "asking" }, ...more));
}

function card({ picture, score }, place, want) {
	const right = !want || isRight(picture, want);
	const text = (score < 0 ? "\u2212" : "") + Math.abs(score).toFixed(3);
	const caption = element("figcaption", {},
		element("span", { className: "place", textContent: place }), " ");

	if (!right)
		caption.append(element("span", { className: "mark",
			textContent: "\u00d7 wrong" }), " ");
	caption.append(element("span", { className: "score",
		textContent: text }), " ", element("q", { textContent:
		pool.caption[picture].replace(pictograms, "") }));
	const figure = element("figure", {}, element("img", {
		width: pool.side, height: pool.side, alt: shows(picture),
		src: source(picture) }), caption);

	makeAsking(figure, picture);
	return element("li", { className: right ? "" : "wrong" }, figure);
}

/* ---- asking ---- */

const quoted = (s) => /^[\w./:@%+,=-]+$/.test(s) ? s :
	`'${s.replaceAll("'", "'\\''")}'`;

/* a query as words of a command; the program has had another last answer */
function asWords(text) {
	const plain = text.replaceAll("\u2212", "-").replace(
		/\[?IMG_(\d+)\]?/gi, (all, n) => `id:"${pool.id[last[n - 1]]}"`);

	return (plain.startsWith("-") ? "--query=" : "") + quoted(plain);
}

function answer(text) {
	found.replaceChildren();
	by("command").textContent = "";
	if (!text.trim()) {
		say.textContent = "";
		return;
	}
	try {
		const { left: terms, note } = withoutStops(parse(text));

		if (!terms.length)
			throw "a word is needed";
		const hits = search(terms), want = wanted(terms);
		const right = want && hits.slice(0, COUNTED).filter((h) =>
			isRight(h.picture, want)).length;

		const list = (start, end) => Object.assign(element("ol", {},
			...hits.slice(start, end).map((h, i) =>
				card(h, start + i + 1, want))),
			{ start: start + 1 });

		found.append(list(0, COUNTED));
		if (hits.length > COUNTED)
			found.append(element("p", { className: "line",
				textContent: `places ${COUNTED + 1} to ` +
				`${hits.length}` }), list(COUNTED, SHOWN));
		say.textContent = `${hits.length} of ${pool.id.length} ` +
			"pictures in this page" + (want ? `; ${right} of the ` +
			`first ${COUNTED} are right` : "") +
			(note ? `; ${note}` : "");
		by("command").textContent = `${holder.dataset.program} search ` +
			`${holder.dataset.index} ` + asWords(text.trim());
		last = hits.map((h) => h.picture);
	} catch (problem) {
		if (typeof problem !== "string")
			throw problem;
		say.textContent = problem;
	}
}

function askFor(text) {
	box.value = text;
	answer(text);
	by("ask").scrollIntoView();
	box.focus({ preventScroll: true });
}

by("ask").hidden = false;
document.querySelector("form").addEventListener("submit", (event) => {
	event.preventDefault();
	answer(box.value);
});
for (const text of ["beach", "beach - sunrise", "yellow + car", "dog + snow",
	"[IMG_1] + park"])
	document.querySelector(".examples").append(element("button", {
		type: "button", textContent: text,
		onclick: () => askFor(text) }), " ");
for (const figure of document.querySelectorAll("figure[data-picture]"))
	makeAsking(figure, Number(figure.dataset.picture));
answer(box.value = "beach - sunrise");
})();
