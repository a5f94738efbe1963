// The function behind the authorizer. It shows who calls, as the authorizer told: HTTP APIs tell it in "lambda".
interface Caller {
  userId?: string;
  roles?: string;
}

interface Call {
  requestContext: { authorizer?: Caller & { lambda?: Caller } };
}

export const handler = async (call: Call) => {
  const caller: Caller = call.requestContext.authorizer?.lambda ?? call.requestContext.authorizer ?? {};
  return { users: ["ann", "bob"], askedBy: caller.userId, roles: caller.roles };
};
