/*
 * posts_layouts.h - all layouts of posts: one line each, in the order that
 * help shows.
 *
 * LAYOUT(NAME, name) stands for POSTS_NAME, the user's "--layout name", and
 * `const struct posts_layout_type posts_layout_name`, which posts_name.c has.
 * A source whose layout is not told is taken by the first that knows it.
 */
LAYOUT(FOLDER, folder)
LAYOUT(INSTACITIES, instacities)
LAYOUT(FLICKR, flickr)
LAYOUT(JSONL, jsonl)
LAYOUT(TABLE, table)
LAYOUT(JSON, json)
