/*
 * objective_types.h - all objectives: one line each.
 *
 * OBJECTIVE(NAME, name) stands for OBJECTIVE_NAME, the user's "--loss name",
 * and `const struct objective_type objective_name`, which objective_name.c has.
 * The first is the default.
 */
OBJECTIVE(REGRESS, regress)
OBJECTIVE(TRIPLET, triplet)
OBJECTIVE(MSE, mse)
OBJECTIVE(COSINE, cosine)
OBJECTIVE(PAIRWISE, pairwise)
OBJECTIVE(HINGE, hinge)
OBJECTIVE(INFONCE, infonce)
OBJECTIVE(SIGLIP, siglip)
