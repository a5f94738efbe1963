"""The function behind both APIs: it tells what it was called with."""
import json

RELEASE = "one"


def answer(status, body):
    return {"statusCode": status, "headers": {"Content-Type": "application/json"}, "body": json.dumps(body)}


def handler(event, context):
    if event.get("action") == "createUser":  # from the mapping template
        if event["body"].get("email") == "nobody@example.com":
            raise ValueError("nobody")
        return {"id": "u-1", "email": event["body"]["email"], "name": event["body"]["name"], "secret": event["requestId"]}
    if "routeKey" in event:  # from the HTTP API
        claims = event["requestContext"]["authorizer"]["jwt"]["claims"]
        return answer(200, {"release": RELEASE, "route": event["routeKey"], "sub": claims["sub"]})
    got = {"release": RELEASE, "resource": event["resource"], "method": event["httpMethod"]}
    authorizer = event["requestContext"].get("authorizer") or {}
    return answer(200, {**got, "roles": authorizer.get("roles"), "stage": event.get("stageVariables"), "user": event.get("pathParameters")})
