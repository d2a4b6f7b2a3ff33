"""The task my-task: what a node's work is, when a value proves it, and who is paid what.

Put your own work in the place of this one. All nodes must audit and list alike, whenever and wherever they are asked:
`audit` and `distribution` use no clock, no locale, no random number and no order of a set.
"""

import hashlib
import itertools
import json

# The largest nonce: every language reads integers up to it exactly.
LARGEST = 2**53 - 1


def is_found(node, cycle, nonce):
    """Whether the SHA-256 digest of the node's address, the cycle and the nonce begins with twelve zero bits."""
    return hashlib.sha256(f"{node} {cycle} {nonce}".encode()).hexdigest().startswith("000")


def work(node, cycle):
    """The proof of the work of `node` for `cycle`: 1 to 512 bytes. An OSError is an outage: the node asks again."""
    nonce = next(nonce for nonce in itertools.count() if is_found(node, cycle, nonce))
    return json.dumps({"nonce": nonce}).encode()


def audit(node, cycle, value):
    """Whether the bytes `value`, which anybody may have made up, prove the work of `node` for `cycle`.

    What cannot be read is invalid. An OSError, as of a file or of the network, is an outage: the node does not vote, and
    asks again. So raise one where your source of data answers nonsense: any other exception calls the value invalid, and
    whoever calls honest work invalid is slashed.
    """
    try:
        proof = json.loads(value.decode())
    except (ValueError, RecursionError):
        return False
    nonce = proof.get("nonce") if isinstance(proof, dict) else None
    return type(nonce) is int and 0 <= nonce <= LARGEST and is_found(node, cycle, nonce)


def distribution(bounty, submissions, verdicts):
    """Who is paid what, in base units, together at most `bounty`: all whose submissions stand, the same.

    `verdicts[i]` says whether `submissions[i]` stands.
    """
    standing = [submission["node"] for submission, stands in zip(submissions, verdicts) if stands]
    share = bounty // len(standing) if standing else 0
    return [(node, share) for node in standing if share]
