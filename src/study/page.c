/*
 * page.c - one HTML page of queries and the pictures they found.
 *
 * Style and script are src/web/demo.css and demo.js.
 */
#include "study/page.h"

#include "format/html.h"

static int put_words(struct buf *b, const char *text, struct error *e)
{
	return html_text(b, str_of(text), e);
}

int page_put_percent(struct buf *b, int thousandths, struct error *e)
{
	return buf_addf(b, e, "%d.%d&#8239;%%", thousandths / 10,
			thousandths % 10);
}

/* ---- summary ------------------------------------------------------------- */

static int precision_of(const struct page_query *q, enum page_column column)
{
	return column == PAGE_OURS ? q->ours :
	       column == PAGE_WORDS ? q->words : q->chance;
}

int page_mean(const struct page *p, enum page_row row, enum page_column column)
{
	int64_t sum = 0, n = 0;

	for (size_t i = 0; i < p->queries; i++) {
		const struct page_query *q = &p->query[i];

		if (row != PAGE_ALL && q->simple != (row == PAGE_SIMPLE))
			continue;
		sum += precision_of(q, column);
		n++;
	}
	return n ? (int)((sum + n / 2) / n) : 0;
}

static int put_table(struct buf *b, const struct page *p, struct error *e)
{
	static const char *const names[3] = {
		"seesay, from the pictures alone",
		"text search in the captions", "random order",
	};

	buf_addf(b, e, "<table>\n<caption>P@%zu, mean of the %zu queries"
		 "</caption>\n<thead><tr><th scope=\"col\">"
		 "ranking</th><th scope=\"col\">one concept</th>"
		 "<th scope=\"col\">two concepts</th>"
		 "<th scope=\"col\">all</th></tr></thead>\n<tbody>\n",
		 p->counted, p->queries);
	for (int column = PAGE_OURS; column <= PAGE_CHANCE; column++) {
		buf_addf(b, e, "<tr><th scope=\"row\">%s</th>", names[column]);
		for (int row = PAGE_SIMPLE; row <= PAGE_ALL; row++) {
			html_put(b, "<td>", e);
			page_put_percent(b, page_mean(p, (enum page_row)row,
				(enum page_column)column), e);
			html_put(b, "</td>", e);
		}
		html_put(b, "</tr>\n", e);
	}
	return html_put(b, "</tbody>\n</table>\n", e);
}

static int put_facts(struct buf *b, const struct page *p, struct error *e)
{
	html_put(b, "<dl>\n", e);
	for (size_t i = 0; i < p->facts; i++) {
		html_put(b, "<div><dt>", e);
		put_words(b, p->fact[i].name, e);
		html_put(b, "</dt><dd>", e);
		put_words(b, p->fact[i].value, e);
		html_put(b, "</dd></div>\n", e);
	}
	return html_put(b, "</dl>\n", e);
}

static int put_legend(struct buf *b, const struct page *p, struct error *e)
{
	return buf_addf(b, e, "<p><strong>P@%zu</strong> is the share of right "
		"pictures among the first %zu that a query finds: 100&#8239;%% "
		"if all %zu show everything it names. Places %zu and on stand "
		"below a line and are not counted. Wrong pictures have a "
		"broken frame and the sign <span class=\"mark\">&#215; wrong"
		"</span>; all others are right. The number after the place is "
		"the score: 1 is the same direction as the query, 0 is "
		"unrelated. Pictograms of captions are left out.</p>\n",
		p->counted, p->counted, p->counted, p->counted + 1);
}

/* "man 40 %" with a link; what is weak is marked. */
static int put_link(struct buf *b, const struct page_query *q, size_t number,
		    struct error *e)
{
	buf_addf(b, e, "<li%s><a href=\"#q%zu\">", q->ours <= PAGE_WEAK ?
		 " class=\"weak\"" : "", number);
	put_words(b, q->text, e);
	return buf_addf(b, e, " <span class=\"score\">%s%d&#8239;%%</span>"
			"</a></li>\n", q->ours <= PAGE_WEAK ?
			"<span class=\"mark\">weak</span> " : "",
			q->ours / 10);
}

static int put_nav(struct buf *b, const struct page *p, struct error *e)
{
	buf_addf(b, e, "<nav aria-label=\"queries\">\n<p class=\"away\">"
		 "<a href=\"#top\">Top</a>%s <a href=\"#means\">Results</a>"
		 "</p>\n<p class=\"wide\">P@%zu of each query</p>\n<ul>\n",
		 p->pool ? " <a href=\"#ask\">Ask</a>" : "", p->counted);
	for (size_t i = 0; i < p->queries; i++)
		put_link(b, &p->query[i], i + 1, e);
	for (size_t i = 0; i < p->mores; i++)
		put_link(b, &p->more[i], p->queries + i + 1, e);
	return html_put(b, "</ul>\n</nav>\n", e);
}

static int put_weak(struct buf *b, const struct page *p, struct error *e)
{
	const char *before = "<p>It fails most at ";

	for (int level = 0; level <= PAGE_WEAK; level += 200)
		for (size_t i = 0; i < p->queries; i++) {
			if (p->query[i].ours / 200 != level / 200 ||
			    p->query[i].ours > PAGE_WEAK)
				continue;
			buf_addf(b, e, "%s<a href=\"#q%zu\">", before, i + 1);
			put_words(b, p->query[i].text, e);
			buf_addf(b, e, "</a> (%d&#8239;%%)",
				 p->query[i].ours / 10);
			before = ", ";
		}
	return html_put(b, *before == ',' ? ".</p>\n" : "", e);
}

/* ---- the box, and what comes next ---------------------------------------- */

static int put_box(struct buf *b, struct error *e)
{
	return html_put(b, "<section id=\"ask\" aria-labelledby=\"asked\" "
		"hidden>\n<h2 id=\"asked\">Ask</h2>\n<form>\n<label "
		"for=\"query\">Words, + and &#8722;, and pictures: click one "
		"to ask with it, or the + and &#8722; below it.</label>\n<div>"
		"<input id=\"query\" type=\"text\" autocomplete=\"off\" "
		"autocapitalize=\"none\" spellcheck=\"false\" "
		"enterkeyhint=\"search\"><button>Search</button></div>\n"
		"</form>\n<p class=\"examples\"></p>\n"
		"<p id=\"status\" role=\"status\"></p>\n"
		"<div id=\"found\"></div>\n<p class=\"command\">The same in a "
		"terminal: <code id=\"command\"></code></p>\n</section>\n", e);
}

static int put_next(struct buf *b, const struct page *p, struct error *e)
{
	html_put(b, "<footer>\n<p>Next, in a terminal:</p>\n<pre><code>", e);
	put_words(b, p->program, e);
	html_put(b, " search ", e);
	put_words(b, p->index, e);
	html_put(b, " &#39;beach - sunrise&#39; --explain\n", e);
	put_words(b, p->program, e);
	html_put(b, " help search</code></pre>\n"
		 "<p>With pictures of your own: ", e);
	html_put(b, "<code>", e);
	put_words(b, p->program, e);
	html_put(b, " help posts</code> comes first, then <code>words</code>, "
		 "<code>learn</code> and <code>index</code>.</p>\n", e);
	return html_put(b, "</footer>\n", e);
}

static int put_script(struct buf *b, const struct page *p, struct error *e)
{
	html_put(b, "<script type=\"application/json\" id=\"pool\" "
		 "data-program=\"", e);
	put_words(b, p->program, e);
	html_put(b, "\" data-index=\"", e);
	put_words(b, p->index, e);
	html_put(b, "\">\n", e);
	page_pool_write(b, p->pool, e);
	html_put(b, "\n</script>\n<script>\n", e);
	html_file(b, "src/web/demo.js", e);
	return html_put(b, "</script>\n", e);
}

/* A failed append leaves *e set whatever comes after: one look at the end is
 * enough. */
int page_write(struct buf *b, const struct page *p, struct error *e)
{
	html_begin(b, str_of(p->title), "src/web/demo.css", e);
	html_put(b, "<header id=\"top\">\n<h1>", e);
	put_words(b, p->title, e);
	html_put(b, "</h1>\n<p>", e);
	put_words(b, p->about, e);
	html_put(b, "</p>\n</header>\n", e);
	put_nav(b, p, e);
	html_put(b, "<main>\n", e);
	if (p->pool)
		put_box(b, e);
	html_put(b, "<section id=\"means\">\n<h2>Results</h2>\n", e);
	put_table(b, p, e);
	put_weak(b, p, e);
	put_legend(b, p, e);
	put_facts(b, p, e);
	html_put(b, "</section>\n", e);
	for (size_t i = 0; i < p->queries && !e->code; i++)
		page_put_query(b, p, &p->query[i], i + 1, e);
	for (size_t i = 0; i < p->mores && !e->code; i++)
		page_put_query(b, p, &p->more[i], p->queries + i + 1, e);
	html_put(b, "</main>\n", e);
	put_next(b, p, e);
	if (p->pool && !e->code)
		put_script(b, p, e);
	html_put(b, "</body>\n</html>\n", e);
	return e->code;
}
