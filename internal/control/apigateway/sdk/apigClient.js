// A client of a stage of a REST API, for browsers and for Node 18 and later.
//
//   const client = apigClientFactory.newClient({ apiKey: "..." });
//   const answer = await client.petsPetIdGet({ petId: 1, q: "x" }, undefined, { headers: {}, queryParams: {} });
//   answer.status; answer.data; answer.headers;
//
// Parameters fill the variables of the path; others go into the query or the header where the API has them.
"use strict";

const settings = { /* SETTINGS */ };

const apigClientFactory = {
  newClient(config = {}) {
    const url = (config.invokeUrl || settings.url).replace(/\/$/, "");
    const client = {};
    for (const method of settings.methods) {
      client[method.name] = (params, body, additionalParams) => call(url, config, method, params || {}, body, additionalParams || {});
    }
    return client;
  },
};

async function call(url, config, method, params, body, additional) {
  const headers = { ...(config.apiKey ? { "x-api-key": config.apiKey } : {}) };
  const query = new URLSearchParams();
  const add = (name, value) => [].concat(value).forEach((one) => query.append(name, one));
  const path = method.path.replace(/\{([^}+]+)(\+?)\}/g, (_, name, greedy) => {
    const value = params[name] === undefined ? "" : String(params[name]);
    return greedy ? value.split("/").map(encodeURIComponent).join("/") : encodeURIComponent(value);
  });
  for (const name of method.query || []) if (params[name] !== undefined) add(name, params[name]);
  for (const name of method.header || []) if (params[name] !== undefined) headers[name] = String(params[name]);
  for (const [name, value] of Object.entries(additional.queryParams || {})) add(name, value);
  Object.assign(headers, additional.headers || {});

  const init = { method: method.verb, headers };
  if (body !== undefined && body !== null && method.verb !== "GET" && method.verb !== "HEAD") {
    init.body = typeof body === "string" ? body : JSON.stringify(body);
    if (!Object.keys(headers).some((name) => name.toLowerCase() === "content-type")) headers["Content-Type"] = "application/json";
  }
  const response = await fetch(url + path + (query.size ? "?" + query : ""), init);
  const text = await response.text();
  const answer = { status: response.status, headers: Object.fromEntries(response.headers), data: text };
  if (/json/.test(response.headers.get("content-type") || "") && text) answer.data = JSON.parse(text);
  if (!response.ok) throw Object.assign(new Error("status " + response.status), { response: answer });
  return answer;
}

if (typeof module !== "undefined") module.exports = { apigClientFactory };
