"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.handler = void 0;
const handler = async (call) => {
    let input = { name: call.pathParameters?.name };
    if (call.body) {
        try {
            input = JSON.parse(call.body);
        }
        catch {
            return answer(400, { message: "The body must be JSON with a name." });
        }
    }
    return answer(200, { message: `Hello, ${input.name || "world"}!` });
};
exports.handler = handler;
const answer = (statusCode, body) => ({
    statusCode,
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
});
