#!/bin/sh
# The task my-task: what a node's work is, when a value proves it, and who is paid what. It answers a node's questions: one
# JSON object a line, on standard input and output. Only answers may be printed there; what is printed to standard error
# goes into the node's log.
#
# Put your own work in the place of this one. All nodes must audit and list alike, whenever and wherever they are asked:
# no clock, no locale, no random number.
LC_ALL=C
export LC_ALL

# What the question has in the field $1, which is not an array.
field() {
    printf '%s\n' "$line" | sed 's/.*"'"$1"'":"\{0,1\}\([^",}]*\).*/\1/'
}

# Standard input in base64, in one line.
encoded() {
    base64 | tr -d '\n'
}

# Whether the SHA-256 digest of the node's address, the cycle and the nonce $1 begins with four zero bits.
is_found() {
    case $(printf '%s %s %s' "$(field node)" "$(field cycle)" "$1" | sha256sum) in
    0*) return 0 ;;
    *) return 1 ;;
    esac
}

# The proof of this node's work: 1 to 512 bytes, in base64.
work() {
    nonce=0
    until is_found "$nonce"; do
        nonce=$((nonce + 1))
    done
    printf '{"nonce":%s}' "$nonce" | encoded
}

# Whether the question's value, which anybody may have made up, is such a proof. What cannot be read is invalid. An audit
# that needs what it cannot have now, whatever the value is, answers {"unknown":"why"} instead.
audit() {
    value=$(field value)
    nonce=$(printf '%s' "$value" | base64 -d 2>/dev/null | tr -d '\000' | sed -n 's/^{"nonce":\([0-9]\{1,15\}\)}$/\1/p')
    # Byte for byte: whatever else the value holds was lost above.
    if [ -n "$nonce" ] && [ "$value" = "$(printf '{"nonce":%s}' "$nonce" | encoded)" ] && is_found "$nonce"; then
        printf '{"valid":true}\n'
    else
        printf '{"valid":false}\n'
    fi
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

# Who is paid what, in base units, together at most the bounty: all whose submissions stand, the same.
distribution() {
    standing=$(standing)
    count=$(printf '%s' "$standing" | grep -c .)
    # expr divides numbers that the shell has no room for.
    share=$(expr "$(field bounty)" / "$((count > 0 ? count : 1))")
    comma=
    printf '{"list":['
    for node in $standing; do
        if [ "$share" != 0 ]; then
            printf '%s{"node":"%s","amount":"%s"}' "$comma" "$node" "$share"
            comma=,
        fi
    done
    printf ']}\n'
}

while read -r line; do
    case $line in
    *'"hello":{'*) printf '{}\n' ;;
    *'"work":{'*) printf '{"value":"%s"}\n' "$(work)" ;;
    *'"audit":{'*) audit ;;
    *'"distribution":{'*) distribution ;;
    *) printf '{"error":"this question is not known"}\n' ;;
    esac
done
