#include "answer.h"

#include "base64.h"
#include "json.h"
#include "task.h"

#include <inttypes.h>
#include <stdlib.h>

static void refuse(const char *why, FILE *output) {
    fprintf(output, "{\"error\":\"%s\"}\n", why);
}

static void answer_work(const char *node, uint64_t cycle, FILE *output) {
    char proof[MOST_PROOF];
    char *value = base64_encoded(proof, work(node, cycle, proof));
    if (value == NULL) {
        refuse("there is no memory", output);
        return;
    }
    fprintf(output, "{\"value\":\"%s\"}\n", value);
    free(value);
}

static void answer_audit(const char *asked, const char *node, uint64_t cycle, FILE *output) {
    size_t length = 0;
    char *text = json_text(json_field(asked, "value"));
    char *value = text == NULL ? NULL : base64_decoded(text, &length);
    /* What cannot be read is invalid. An audit that needs what it cannot have now answers {"unknown":"why"} instead. */
    bool is_valid = value != NULL && audit(node, cycle, value, length);
    fprintf(output, "{\"valid\":%s}\n", is_valid ? "true" : "false");
    free(value);
    free(text);
}

/* Work and audits are about a node and a cycle. */
static void answer_about_node(const char *work, const char *audit, FILE *output) {
    const char *asked = work != NULL ? work : audit;
    uint64_t cycle = 0;
    char *node = json_text(json_field(asked, "node"));
    if (node == NULL || !json_number(json_field(asked, "cycle"), &cycle)) {
        refuse("node is no text, or cycle is no number", output);
    } else if (work != NULL) {
        answer_work(node, cycle, output);
    } else {
        answer_audit(asked, node, cycle, output);
    }
    free(node);
}

static void write_list(const struct submission *submissions, size_t count, FILE *output) {
    const char *comma = "";
    fputs("{\"list\":[", output);
    for (size_t i = 0; i < count; i++) {
        if (submissions[i].amount > 0) {
            fprintf(output, "%s{\"node\":\"%s\",\"amount\":\"%" PRIu64 "\"}", comma, submissions[i].node, submissions[i].amount);
            comma = ",";
        }
    }
    fputs("]}\n", output);
}

static void answer_distribution(const char *asked, FILE *output) {
    const char *bounty_text = json_field(asked, "bounty");
    uint64_t bounty = 0;
    /* Amounts are texts: a bounty may be larger than JSON's numbers are exact. */
    if (bounty_text == NULL || *bounty_text != '"' || !json_number(bounty_text + 1, &bounty)) {
        refuse("the bounty is no amount", output);
        return;
    }
    size_t room = 0, count = 0;
    struct submission *submissions = NULL;
    const char *verdict = json_first(json_field(asked, "verdicts"));
    const char *one = json_first(json_field(asked, "submissions"));
    bool is_read = true;
    for (; is_read && one != NULL && verdict != NULL; one = json_next(one), verdict = json_next(verdict)) {
        if (count == room) {
            room = room == 0 ? 64 : room * 2;
            struct submission *more = realloc(submissions, room * sizeof *submissions);
            if (more == NULL) {
                is_read = false;
                break;
            }
            submissions = more;
        }
        char *node = json_text(json_field(one, "node"));
        is_read = node != NULL;
        submissions[count] = (struct submission){.node = node, .stands = json_is_true(verdict)};
        count += is_read;
    }
    if (is_read) {
        distribution(bounty, submissions, count);
        write_list(submissions, count, output);
    } else {
        refuse("a submission cannot be read", output);
    }
    for (size_t i = 0; i < count; i++) {
        free(submissions[i].node);
    }
    free(submissions);
}

void answer(const char *question, FILE *output) {
    const char *work = json_field(question, "work");
    const char *audit = json_field(question, "audit");
    const char *distribution = json_field(question, "distribution");
    if (json_field(question, "hello") != NULL) {
        fputs("{}\n", output);
    } else if (work != NULL || audit != NULL) {
        answer_about_node(work, audit, output);
    } else if (distribution != NULL) {
        answer_distribution(distribution, output);
    } else {
        refuse("this question is not known", output);
    }
    fflush(output);
}
