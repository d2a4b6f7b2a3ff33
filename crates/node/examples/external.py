"""A task: the proof of a cycle is the SHA-256 digest of the node's address and the cycle."""
import base64, hashlib, json, sys


def proof(node, cycle):
    digest = hashlib.sha256(f"{node} {cycle}".encode()).digest()
    return base64.b64encode(digest).decode()


def work(node, cycle):
    return {"value": proof(node, cycle)}


def audit(cycle, node, value, slot):
    return {"valid": value == proof(node, cycle)}


def distribution(task, cycle, bounty, submissions, verdicts):
    standing = [s["node"] for s, stands in zip(submissions, verdicts) if stands]
    share = int(bounty) // len(standing) if standing else 0
    return {"list": [{"node": node, "amount": str(share)} for node in standing if share]}


questions = {"work": work, "audit": audit, "distribution": distribution}
for line in sys.stdin:
    ((name, arguments),) = json.loads(line).items()
    try:
        answer = questions[name](**arguments)
    except Exception as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)
