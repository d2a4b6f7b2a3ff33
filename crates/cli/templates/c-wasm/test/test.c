/* The task's tests: make test */
#include "answer.h"
#include "base64.h"
#include "json.h"
#include "sha256.h"
#include "task.h"

#include <stdlib.h>
#include <string.h>

static int failed = 0;

static void expect(bool holds, const char *what) {
    if (!holds) {
        fprintf(stderr, "failed: %s\n", what);
        failed = 1;
    }
}

/* The answer to `question`, to be freed. */
static char *answered(const char *question) {
    char *text = NULL;
    size_t length = 0;
    FILE *output = open_memstream(&text, &length);
    answer(question, output);
    fclose(output);
    return text;
}

static void expect_answer(const char *question, const char *expected) {
    char *text = answered(question);
    expect(strcmp(text, expected) == 0, text);
    free(text);
}

static void digests_are_those_of_the_standard(void) {
    static const struct {
        const char *text, *digest;
    } vectors[] = {
        {"", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
        {"abc", "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "JI1qYdIGOLjlwCaTDD5gOaM85Flk/yFn9uzt1BnbBsE="},
    };
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        uint8_t digest[SHA256_LENGTH];
        sha256(vectors[i].text, strlen(vectors[i].text), digest);
        char *text = base64_encoded((const char *)digest, sizeof digest);
        expect(strcmp(text, vectors[i].digest) == 0, text);
        free(text);
    }
}

static void base64_is_read_as_it_is_written(void) {
    for (size_t length = 0; length < 8; length++) {
        size_t read = 0;
        char *text = base64_encoded("\xff\0abc\x80z", length);
        char *bytes = base64_decoded(text, &read);
        expect(bytes != NULL && read == length && memcmp(bytes, "\xff\0abc\x80z", length) == 0, text);
        free(bytes);
        free(text);
    }
    size_t read = 0;
    expect(base64_decoded("abc", &read) == NULL, "three letters");
    expect(base64_decoded("ab=c", &read) == NULL, "padding in the middle");
    expect(base64_decoded("a\"bc", &read) == NULL, "a letter of no base64");
}

static void honest_work_is_valid_for_its_node_and_cycle_only(void) {
    char proof[MOST_PROOF];
    size_t length = work("node", 3, proof);
    expect(audit("node", 3, proof, length), "honest work");
    expect(!audit("another", 3, proof, length), "another node's work");
    expect(!audit("node", 4, proof, length), "another cycle's work");
    expect(!audit("node", 3, proof, length + 1), "honest work with a zero byte after it");
}

static void what_cannot_be_read_is_invalid(void) {
    static const char *const hostile[] = {
        "", "{ not JSON", "null", "\xff\xfe", "{\"nonce\":}", "{\"nonce\":-1}", "{\"nonce\":\"1\"}", "{\"nonce\":9007199254740993}",
    };
    for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
        expect(!audit("node", 3, hostile[i], strlen(hostile[i])), hostile[i]);
    }
}

static void a_list_divides_any_bounty_exactly(void) {
    struct submission three[] = {{"a", true, 7}, {"b", false, 7}, {"c", true, 7}};
    distribution(UINT64_MAX, three, 3);
    expect(three[0].amount == UINT64_MAX / 2 && three[2].amount == UINT64_MAX / 2, "two halves");
    expect(three[1].amount == 0, "nothing for what fell");
    distribution(1, three, 3);
    expect(three[0].amount == 0, "no part of a base unit");
}

static void every_question_is_answered(void) {
    expect_answer("{\"id\":1,\"hello\":{\"texts\":{\"name\":\"\\\"work\\\":{\"}}}", "{}\n");
    char *worked = answered("{\"id\":2,\"work\":{\"node\":\"a\",\"cycle\":3}}");
    char *value = json_text(json_field(worked, "value"));
    char question[256];
    snprintf(question, sizeof question, "{\"id\":3,\"audit\":{\"cycle\":3,\"node\":\"a\",\"value\":\"%s\",\"slot\":9}}", value);
    expect_answer(question, "{\"valid\":true}\n");
    free(value);
    free(worked);
    expect_answer("{\"id\":3,\"audit\":{\"cycle\":3,\"node\":\"a\",\"value\":\"\",\"slot\":9}}", "{\"valid\":false}\n");
    expect_answer(
        "{\"id\":4,\"distribution\":{\"bounty\":\"18446744073709551615\",\"submissions\":"
        "[{\"node\":\"a\",\"votes\":[1,{\"b\":2}]},{\"node\":\"b\"}],\"verdicts\":[false,true]}}",
        "{\"list\":[{\"node\":\"b\",\"amount\":\"18446744073709551615\"}]}\n");
    expect_answer("{\"id\":4,\"distribution\":{\"bounty\":\"9\",\"submissions\":[],\"verdicts\":[]}}", "{\"list\":[]}\n");
    expect_answer("{\"id\":5,\"another\":{}}", "{\"error\":\"this question is not known\"}\n");
    expect_answer("{ not JSON", "{\"error\":\"this question is not known\"}\n");
}

int main(void) {
    digests_are_those_of_the_standard();
    base64_is_read_as_it_is_written();
    honest_work_is_valid_for_its_node_and_cycle_only();
    what_cannot_be_read_is_invalid();
    a_list_divides_any_bounty_exactly();
    every_question_is_answered();
    if (failed == 0) {
        puts("all passed");
    }
    return failed;
}
