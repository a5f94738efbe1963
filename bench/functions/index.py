"""The echo of index.js in Python."""

import json
import time

took = {}
calls = 0


def handler(event, context):
    global calls
    begun = time.perf_counter()
    id = event["pathParameters"]["id"]
    if id == "own-time":
        return answer({"median": sorted(took.values())[len(took) // 2] * 1e6})
    result = answer({"id": id, "path": event["rawPath"]})
    took[calls % 1000] = time.perf_counter() - begun
    calls += 1
    return result


def empty(event, context):
    return {}


def answer(value):
    body = json.dumps(value, separators=(",", ":"))
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": body}
