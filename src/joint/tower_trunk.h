/*
 * tower_trunk.h - a net that stays as it is and one on top of its features, as
 * the picture side of a space.
 *
 *	f = the mean of the trunk's features over the views (trunk.h)
 *	picture = head((f - mean) * scale)
 *
 * In a space: the trunk's tensors under "trunk.", the head's under "net.",
 * "feature_mean" and "feature_scale" F32 [features], and the metadata "trunk",
 * its text, "trunk.dim", "trunk.views", "net", the head's text, and "output" as
 * a net has it.
 */
#ifndef TOWER_TRUNK_H
#define TOWER_TRUNK_H

#include "joint/features.h"
#include "joint/tower.h"

/* With a head to be trained; the trunk is that of `file`. */
int tower_trunk_open(struct tower *t, const struct st_file *file, size_t views,
		     size_t dim, enum tower_output output,
		     const struct machine *machine, struct error *e);
struct trunk *tower_trunk_of(const struct tower *t);
struct net *tower_trunk_head(const struct tower *t);
int tower_trunk_set_head(struct tower *t, struct str text, struct error *e);
/* Mean and scale from the rows of these pictures, so that each feature has
 * mean 0 and deviation 1. */
int tower_trunk_standardise(struct tower *t, const struct features *f,
			    const uint32_t *picture, size_t count,
			    struct error *e);
/* Between this and another tower with an equal trunk: features [views, dim] of
 * up to TRUNK_BATCH pictures, in the tower; and the head on such rows. */
int tower_trunk_features(struct tower *t, const unsigned char *const *pixels,
			 size_t side, size_t count, const float **rows,
			 struct error *e);
void tower_trunk_head_run(struct tower *t, const float *const *rows,
			  size_t count, float *out);
/* Features as they are: mean 0, scale 1. */
void tower_trunk_plain(struct tower *t);
/* out [features] = (f - mean) * scale; out may be f. */
void tower_trunk_see(const struct tower *t, const float *f, float *out);

#endif
