#!/bin/sh
# A task: the proof of a cycle is the SHA-256 digest, as text, of the node's address and the cycle.
# The same as external.py, in nothing but a POSIX shell and coreutils.

# What the question has in the field $1, which is not an array.
field() {
    printf '%s\n' "$line" | sed 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/'
}

# Fails where a program that it needs cannot be started: a proof has 88 characters.
proof() {
    node=$(field node) && cycle=$(field cycle) || return
    proof=$(printf '%s %s' "$node" "$cycle" | sha256sum | cut -c 1-64 | tr -d '\n' | base64 | tr -d '\n')
    [ ${#proof} = 88 ] && printf '%s' "$proof"
}

# The nodes whose submissions stand, separated by blanks. A pipeline says how its last part ended: each has one part.
standing() {
    objects=$(printf '%s\n' "$line" | tr '{' '\n') &&
        nodes=$(printf '%s\n' "$objects" | sed -n 's/.*"node":"\([^"]*\)".*/\1/p') &&
        verdicts=$(printf '%s\n' "$line" | sed 's/.*"verdicts":\[\([^]]*\)\].*/\1/') &&
        verdicts=$(printf '%s\n' "$verdicts" | tr ',' ' ') || return
    set -- $nodes
    for stands in $verdicts; do
        if [ "$stands" = true ]; then
            printf '%s ' "$1"
        fi
        shift
    done
}

list() {
    standing=$(standing) && bounty=$(field bounty) || return
    set -- $standing
    # expr divides numbers that the shell has no room for. It ends with 1 where the share is 0.
    share=$(expr "$bounty" / "$(($# > 0 ? $# : 1))")
    [ $? -le 1 ] || return
    comma=
    for node in $standing; do
        if [ "$share" != 0 ]; then
            printf '%s{"node":"%s","amount":"%s"}' "$comma" "$node" "$share"
            comma=,
        fi
    done
}

# What is said where sed, sha256sum or another program cannot be started, as when there is no memory: nothing of the
# question is at fault.
outage='a program that this one needs cannot be started'

while read -r line; do
    case $line in
    *'"hello":{'*) printf '{}\n' ;;
    *'"work":{'*)
        if proof=$(proof); then printf '{"value":"%s"}\n' "$proof"; else printf '{"error":"%s"}\n' "$outage"; fi
        ;;
    *'"audit":{'*)
        # What cannot be read is invalid, too; "unknown" is for an outage of this program's own.
        if value=$(field value) && proof=$(proof); then
            if [ "$value" = "$proof" ]; then valid=true; else valid=false; fi
            printf '{"valid":%s}\n' "$valid"
        else
            printf '{"unknown":"%s"}\n' "$outage"
        fi
        ;;
    *'"distribution":{'*)
        if list=$(list); then printf '{"list":[%s]}\n' "$list"; else printf '{"error":"%s"}\n' "$outage"; fi
        ;;
    *) printf '{"error":"this question is not known"}\n' ;;
    esac
done
