/* Answers a node's questions: one JSON object a line, on standard input and output. Only answers may be printed there; what is
 * printed to standard error goes into the node's log. */
#include "answer.h"

#include <stdio.h>
#include <stdlib.h>

int main(void) {
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        answer(line, stdout);
    }
    free(line);
    return 0;
}
