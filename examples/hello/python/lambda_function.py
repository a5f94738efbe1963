"""The function of ../openapi.yaml in Python."""

import json


def lambda_handler(call, context):
    name = (call.get("pathParameters") or {}).get("name")
    if call.get("body"):
        try:
            name = json.loads(call["body"]).get("name")
        except (ValueError, AttributeError):
            return answer(400, "The body must be JSON with a name.")
    return answer(200, f"Hello, {name or 'world'}!")


def answer(status, message):
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"message": message}, separators=(",", ":")),
    }
