// The function behind the authorizer. It shows who calls, as the authorizer told.
interface Call {
  requestContext: { authorizer?: { lambda?: Record<string, string> } };
}

export const handler = async (call: Call) => {
  const caller = call.requestContext.authorizer?.lambda ?? {};
  return { users: ["ann", "bob"], askedBy: caller.userId, roles: caller.roles };
};
