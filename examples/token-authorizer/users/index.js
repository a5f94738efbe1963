"use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.handler = void 0;
const handler = async (call) => {
    const caller = call.requestContext.authorizer?.lambda ?? call.requestContext.authorizer ?? {};
    return { users: ["ann", "bob"], askedBy: caller.userId, roles: caller.roles };
};
exports.handler = handler;
