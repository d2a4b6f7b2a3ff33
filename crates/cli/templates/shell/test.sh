#!/bin/sh
# The task's tests: sh test.sh
folder=$(dirname "$0")
failed=0

# Asks the question $1 and compares the answer with $2.
expect() {
    answer=$(printf '%s\n' "$1" | sh "$folder/task.sh")
    if [ "$answer" != "$2" ]; then
        printf 'asked    %s\nexpected %s\nanswered %s\n' "$1" "$2" "$answer"
        failed=1
    fi
}

# The audit of the value $2, which is in base64, of the node $1.
audit() {
    printf '{"id":2,"audit":{"cycle":3,"node":"%s","value":"%s","slot":9}}' "$1" "$2"
}

expect '{"id":1,"hello":{"version":2}}' '{}'
proof=$(printf '{"id":1,"work":{"node":"a","cycle":3}}\n' | sh "$folder/task.sh" | sed 's/.*"value":"\([^"]*\)".*/\1/')
expect "$(audit a "$proof")" '{"valid":true}'
expect "$(audit another "$proof")" '{"valid":false}'
for hostile in '' '{ not JSON' null '{"nonce":-1}' '{"nonce":"1"}' '{"nonce":9007199254740993}'; do
    expect "$(audit a "$(printf '%s' "$hostile" | base64 | tr -d '\n')")" '{"valid":false}'
done
# The honest proof with a zero byte after it.
padded=$({ printf '%s' "$proof" | base64 -d && printf '\000'; } | base64 | tr -d '\n')
expect "$(audit a "$padded")" '{"valid":false}'
list='"submissions":[{"cycle":3,"node":"a"},{"cycle":3,"node":"b"}],"verdicts":[false,true]'
expect '{"id":3,"distribution":{"bounty":"18446744073709551615",'"$list"'}}' \
    '{"list":[{"node":"b","amount":"18446744073709551615"}]}'
expect '{"id":3,"distribution":{"bounty":"9","submissions":[],"verdicts":[]}}' '{"list":[]}'
expect '{"id":4,"another":{}}' '{"error":"this question is not known"}'

[ "$failed" = 0 ] && echo 'all passed'
exit "$failed"
