/* The task my-task: what a node's work is, when a value proves it, and who is paid what. */
#ifndef TASK_H
#define TASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Most bytes of a proof. */
#define MOST_PROOF 512

/* A submission to be paid or not. */
struct submission {
    /* The address of the node that submitted it. */
    char *node;
    /* Whether it stands: nobody challenged it, or it was upheld as valid. */
    bool stands;
    /* What the node is paid, in base units. */
    uint64_t amount;
};

/* Writes the proof of the work of `node` for `cycle`, and returns how many bytes it has: 1 to MOST_PROOF. */
size_t work(const char *node, uint64_t cycle, char proof[MOST_PROOF]);

/* Whether the bytes of `value`, which anybody may have made up, prove the work of `node` for `cycle`. What cannot be read is
 * invalid. */
bool audit(const char *node, uint64_t cycle, const char *value, size_t length);

/* Sets who is paid what, together at most `bounty`. */
void distribution(uint64_t bounty, struct submission *submissions, size_t count);

#endif
