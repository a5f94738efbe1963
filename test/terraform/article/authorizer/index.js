// authorizer.ts without its types, for Node.js to run as it is.
const { verify } = require('jsonwebtoken');

const JWT_SECRET = process.env.JWT_SECRET;

exports.handler = async (event) => {
  try {
    const token = event.authorizationToken.replace('Bearer ', '');
    const decoded = verify(token, JWT_SECRET);

    return generatePolicy(decoded.sub, 'Allow', event.methodArn, {
      userId: decoded.sub,
      email: decoded.email,
      roles: decoded.roles?.join(',')
    });
  } catch (error) {
    console.error('Authorization failed:', error);
    return generatePolicy('anonymous', 'Deny', event.methodArn);
  }
};

const generatePolicy = (principalId, effect, resource, context) => {
  return {
    principalId,
    policyDocument: {
      Version: '2012-10-17',
      Statement: [{
        Action: 'execute-api:Invoke',
        Effect: effect,
        Resource: resource.replace(/\/[^/]+\/[^/]+$/, '/*/*') // Allow all methods/resources
      }]
    },
    context
  };
};
