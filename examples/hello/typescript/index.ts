// The function of ../openapi.yaml in TypeScript. `npm install --save-dev @types/aws-lambda` has the types of events; these
// are as much of them as it needs, so that nothing is to be installed.
interface Call {
  pathParameters?: Record<string, string>;
  body?: string;
}

interface Answer {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
}

interface Greeting {
  name?: string;
  message?: string;
}

export const handler = async (call: Call): Promise<Answer> => {
  let input: Greeting = { name: call.pathParameters?.name };
  if (call.body) {
    try {
      input = JSON.parse(call.body);
    } catch {
      return answer(400, { message: "The body must be JSON with a name." });
    }
  }
  return answer(200, { message: `Hello, ${input.name || "world"}!` });
};

const answer = (statusCode: number, body: Greeting): Answer => ({
  statusCode,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
