/* The answers to a node's questions about the task. */
#ifndef ANSWER_H
#define ANSWER_H

#include <stdio.h>

/* Writes the answer to one question, which is a line of JSON. */
void answer(const char *question, FILE *output);

#endif
