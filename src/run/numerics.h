/*
 * numerics.h - the version of all numbers that this program computes.
 *
 * It is raised in every commit that changes a number of tests/signature.txt
 * (new lines change none), together with that file's line "numerics", and
 * tools/lint.sh checks both.  It is part of the identity of every run and of
 * the metadata of what the run writes: a program never takes a result or a
 * checkpoint of another version for its own.  Files without it are older.
 */
#ifndef NUMERICS_H
#define NUMERICS_H

#define NUMERICS_VERSION 4

#endif
