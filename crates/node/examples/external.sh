#!/bin/sh
# A task: the proof of a cycle is the SHA-256 digest, as text, of the node's address and the cycle.
# The same as external.py, in nothing but a POSIX shell and coreutils.

# What the question has in the field $1, which is not an array.
field() {
    printf '%s\n' "$line" | sed 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/'
}

proof() {
    printf '%s %s' "$(field node)" "$(field cycle)" | sha256sum | cut -c 1-64 | tr -d '\n' | base64 | tr -d '\n'
}

# The nodes whose submissions stand, one a line.
standing() {
    set -- $(printf '%s\n' "$line" | tr '{' '\n' | sed -n 's/.*"node":"\([^"]*\)".*/\1/p')
    for stands in $(printf '%s\n' "$line" | sed 's/.*"verdicts":\[\([^]]*\)\].*/\1/' | tr ',' ' '); do
        if [ "$stands" = true ]; then
            printf '%s\n' "$1"
        fi
        shift
    done
}

list() {
    standing=$(standing)
    count=$(printf '%s' "$standing" | grep -c .)
    # expr divides numbers that the shell has no room for.
    share=$(expr "$(field bounty)" / "$((count > 0 ? count : 1))")
    comma=
    for node in $standing; do
        if [ "$share" != 0 ]; then
            printf '%s{"node":"%s","amount":"%s"}' "$comma" "$node" "$share"
            comma=,
        fi
    done
}

while read -r line; do
    case $line in
    *'"hello":{'*) printf '{}\n' ;;
    *'"work":{'*) printf '{"value":"%s"}\n' "$(proof)" ;;
    *'"audit":{'*)
        # What cannot be read is invalid, too; {"unknown":"why"} is for an outage of this program's own.
        if [ "$(field value)" = "$(proof)" ]; then valid=true; else valid=false; fi
        printf '{"valid":%s}\n' "$valid"
        ;;
    *'"distribution":{'*) printf '{"list":[%s]}\n' "$(list)" ;;
    *) printf '{"error":"this question is not known"}\n' ;;
    esac
done
