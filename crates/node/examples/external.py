"""A task: the proof of a cycle is the SHA-256 digest of the node's address and the cycle."""
import base64, hashlib, json, sys
from http.client import HTTPException


def proof(node, cycle):
    digest = hashlib.sha256(f"{node} {cycle}".encode()).digest()
    return base64.b64encode(digest).decode()


def hello(**task):
    return {}


def work(node, cycle):
    return {"value": proof(node, cycle)}


def audit(cycle, node, value, **more):
    return {"valid": value == proof(node, cycle)}


def distribution(bounty, submissions, verdicts, **more):
    standing = [s["node"] for s, stands in zip(submissions, verdicts) if stands]
    share = int(bounty) // len(standing) if standing else 0
    return {"list": [{"node": node, "amount": str(share)} for node in standing if share]}


questions = {"hello": hello, "work": work, "audit": audit, "distribution": distribution}
for line in sys.stdin:
    question = json.loads(line)
    name = next(name for name in question if name != "id")
    try:
        answer = questions[name](**question[name])
    except (OSError, HTTPException) as outage:  # A disk or a network failed, whatever the value is.
        answer = {"unknown" if name == "audit" else "error": str(outage)}
    except Exception as error:  # A value that cannot be read is not valid.
        answer = {"valid": False} if name == "audit" else {"error": str(error)}
    print(json.dumps(answer), flush=True)
