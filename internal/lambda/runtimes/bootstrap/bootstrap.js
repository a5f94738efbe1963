// Dipylon's runtime client for Node: takes calls from the Lambda Runtime API and gives them to the function's handler.
//
// It speaks HTTP by hand over one connection to a Unix socket, and sends a response together with the request for the
// next call in one write. What a handler sees (context, console, errors) is what AWS's managed runtimes show.
// It uses Node's own modules only, and few of them, since each costs time at every start of a worker.
'use strict';

const fs = require('fs');
const net = require('net');
const path = require('path');
const util = require('util');

const env = process.env;
const socketPath = env.DIPYLON_RUNTIME_SOCKET;
delete env.DIPYLON_RUNTIME_SOCKET;

const apiPath = '/2018-06-01/runtime/';
const nextRequest = `GET ${apiPath}invocation/next HTTP/1.1\r\nHost: lambda\r\n\r\n`;
const errorTypeHeader = 'Lambda-Runtime-Function-Error-Type';
const errorBodyHeader = 'Lambda-Runtime-Function-Error-Body';
const nodeMajor = Number(/^AWS_Lambda_nodejs(\d+)/.exec(env.AWS_EXECUTION_ENV)?.[1]) || 0;

// ---- Errors

// runtimeError makes an error of the runtime itself, of a class of that name, as logs show it.
function runtimeError(name, cause) {
  const named = { [name]: class extends Error {} }[name];
  named.prototype.name = 'Runtime.' + name;
  return new named(cause);
}

const isError = (e) =>
  util.types.isNativeError(e) ||
  (e && e.name && e.message && e.stack && typeof e.name === 'string' && typeof e.message === 'string' && typeof e.stack === 'string');

// errorObject is what a caller gets for an error.
function errorObject(e) {
  const clean = (s) => s?.replaceAll('\x7F', '%7F');
  try {
    if (isError(e)) {
      return { errorType: clean(e.name), errorMessage: clean(e.message), trace: clean(e.stack).split('\n') };
    }
    return { errorType: typeof e, errorMessage: e.toString(), trace: [] };
  } catch {
    return {
      errorType: 'handled',
      errorMessage: 'callback called with Error argument, but there was a problem while retrieving one or more of its message, name, and stack',
    };
  }
}

// An error's own members are not enumerable; JSON.stringify would leave them out.
function showError(_key, e) {
  if (!(e instanceof Error)) {
    return e;
  }
  const shown = { errorType: e.name, errorMessage: e.message, code: e.code, ...e };
  if (typeof e.stack === 'string') {
    shown.stack = e.stack.split('\n');
  }
  return shown;
}

// ---- Console

const requestIDSymbol = Symbol.for('aws.lambda.runtime.requestId');
const json = env.AWS_LAMBDA_LOG_FORMAT?.toUpperCase() === 'JSON';

function jsonLine(level, params) {
  const line = { timestamp: new Date().toISOString(), level, requestId: globalThis[requestIDSymbol] };
  const parts = (e) => ({
    errorType: e.constructor?.name ?? 'UnknownError',
    errorMessage: e.message,
    stackTrace: typeof e.stack === 'string' ? e.stack.split('\n') : e.stack,
  });
  if (params.length <= 1) {
    line.message = params[0];
    try {
      return JSON.stringify(line, (_, v) => (v instanceof Error ? { ...parts(v), ...v } : v));
    } catch {
      line.message = util.format(params[0]);
      return JSON.stringify(line);
    }
  }
  line.message = util.format(...params);
  const e = params.find((p) => p instanceof Error);
  return JSON.stringify(e ? { ...line, ...parts(e) } : line);
}

// An event of the log is one line: what would break it becomes a carriage return.
function write(level, message, params) {
  const line = json
    ? jsonLine(level, [message, ...params])
    : `${new Date().toISOString()}\t${globalThis[requestIDSymbol]}\t${level}\t${util.format(message, ...params)}`;
  process.stdout.write(line.replace(/\n/g, '\r') + '\n');
}

function patchConsole() {
  const levels = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'];
  const least = levels.indexOf(env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase());
  const quiet = env.AWS_LAMBDA_LOG_LEVEL?.toUpperCase() === 'FATAL';
  levels.forEach((level, i) => {
    console[level.toLowerCase()] = quiet || i < least ? () => {} : (message, ...params) => write(level, message, params);
  });
  console.log = console.info;
  console.fatal = (message, ...params) => write('FATAL', message, params);
}

function logError(title, e) {
  e = e instanceof Error ? e : new Error(e);
  if (json) {
    console.error(e);
    return;
  }
  let text;
  try {
    text = JSON.stringify(e, showError);
  } catch {
    text = JSON.stringify(errorObject(e));
  }
  console.error(title, '\t' + text);
}

// ---- Runtime API

// Responses of the API come in the order of the requests: each takes the first of `awaited`. A response of the API has a
// Content-Length, always.
const awaited = [];
const ignore = () => {};
let rest = null; // what came of a response that is not whole yet
let missing = 0; // how many bytes it lacks at least

function receive(n, buffer) {
  let data = buffer.subarray(0, n);
  if (rest !== null) {
    data = collect(data);
    if (data === null) {
      return true;
    }
  }
  let at = 0;
  while (at < data.length) {
    const head = data.indexOf('\r\n\r\n', at, 'latin1');
    const { status, headers, length } = head < 0 ? { length: 0 } : parseHead(data.toString('latin1', at, head));
    const end = head + 4 + length;
    if (head < 0 || end > data.length) {
      keep(data.subarray(at), head < 0 ? 0 : end - at);
      return true;
    }
    const body = data.toString('utf8', head + 4, end);
    at = end;
    awaited.shift()(status, headers, body);
  }
  return true;
}

// keep puts the begin of a response away; whole is its length if that is known.
function keep(part, whole) {
  const kept = Buffer.allocUnsafe(Math.max(whole, part.length + 4096));
  part.copy(kept);
  rest = { kept, length: part.length };
  missing = whole - part.length;
}

// collect adds data to what was kept, and returns all once it can be a whole response.
function collect(data) {
  const length = rest.length + data.length;
  if (length > rest.kept.length) {
    const larger = Buffer.allocUnsafe(length * 2);
    rest.kept.copy(larger, 0, 0, rest.length);
    rest.kept = larger;
  }
  data.copy(rest.kept, rest.length);
  rest.length = length;
  missing -= data.length;
  if (missing > 0) {
    return null;
  }
  const all = rest.kept.subarray(0, length);
  rest = null;
  return all;
}

function parseHead(text) {
  const lines = text.split('\r\n');
  const headers = {};
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i];
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(lines[0].slice(9, 12)), headers, length: Number(headers['content-length']) || 0 };
}

const socket = net.connect({ path: socketPath, onread: { buffer: Buffer.allocUnsafeSlow(64 << 10), callback: receive } });
// Without the API there is nothing to do, and nobody who would end this process.
socket.on('error', () => process.exit(1));
socket.on('close', () => process.exit(1));

// post returns a request. Its answer says nothing that would change what happens next.
function post(where, body, headers = '') {
  awaited.push(ignore);
  return `POST ${apiPath}${where} HTTP/1.1\r\nHost: lambda\r\nContent-Type: application/json\r\n${headers}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

function postError(where, e) {
  const object = errorObject(e);
  return post(where, JSON.stringify(object), `${errorTypeHeader}: ${headerValue(object.errorType)}\r\n`);
}

const headerValue = (s) => String(s).slice(0, 256).replace(/[^\x20-\x7E]/g, '?');

// next sends what stands before it and asks for a call. While a handler runs the connection does not keep the process
// alive, so that an empty event loop can be told.
function next(before = '') {
  call = null;
  onEmptyLoop = ignore;
  socket.ref();
  awaited.push(run);
  socket.write(before + nextRequest);
}

// ---- Calls

let call = null; // the call in hand: { id, fail(e, then) }
let onEmptyLoop = ignore;
let handler, isAsync, isStreaming, highWaterMark;

const { AWS_LAMBDA_FUNCTION_VERSION, AWS_LAMBDA_FUNCTION_NAME, AWS_LAMBDA_FUNCTION_MEMORY_SIZE, AWS_LAMBDA_LOG_GROUP_NAME, AWS_LAMBDA_LOG_STREAM_NAME } = env;

function run(status, headers, body) {
  if (status !== 200) {
    process.exit(1);
  }
  socket.unref();
  globalThis[requestIDSymbol] = headers['lambda-runtime-aws-request-id'];
  if (isStreaming) {
    runStreaming(headers, body);
  } else {
    runBuffered(headers, body);
  }
}

function runBuffered(headers, body) {
  const id = headers['lambda-runtime-aws-request-id'];
  const responsePath = `invocation/${id}/response`;
  let completed = false;
  const succeedNow = (result) => {
    if (completed) {
      console.error('Invocation has already been reported as done. Cannot call complete more than once per invocation.');
      return;
    }
    completed = true;
    next(post(responsePath, stringify(result)));
  };
  const failNow = (e) => {
    logError('Invoke Error', e);
    next(postError(`invocation/${id}/error`, e));
  };
  call = { fail: (e, then) => send(postError(`invocation/${id}/error`, e), then) };
  onEmptyLoop = () => {
    completed = true;
    if (isAsync) {
      failNow(runtimeError('NodeJsExit', unsettled));
    } else {
      next(post(responsePath, 'null'));
    }
  };

  let waits = true;
  const none = (e) => e === undefined || e === null;
  const done = (e, result) => {
    onEmptyLoop = ignore;
    return none(e) ? succeedNow(result) : failNow(e);
  };
  // Only the first of these counts.
  let finished = false;
  const first = (f) => (...args) => {
    if (!finished) {
      f(...args);
      finished = true;
    }
  };
  const callback = first((e, result) => {
    if (!none(e) || !waits) {
      done(e, result);
    } else {
      onEmptyLoop = () => setImmediate(succeedNow, result);
    }
  });
  const base = {
    get callbackWaitsForEmptyEventLoop() {
      return waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value;
    },
    succeed: first((result) => done(null, result)),
    fail: first((e) => done(none(e) ? 'handled' : e)),
    done: first(done),
  };
  try {
    const event = JSON.parse(body);
    const result = handler(event, context(base, headers), callback);
    if (typeof result?.then === 'function') {
      result.then(base.succeed, base.fail).catch(base.fail);
    }
  } catch (e) {
    callback(e);
  }
}

const unsettled =
  'The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes';

function stringify(result) {
  try {
    return JSON.stringify(result === undefined ? null : result) ?? 'null';
  } catch {
    throw new Error('Unable to stringify response body');
  }
}

function context(base, headers) {
  const trace = headers['lambda-runtime-trace-id'];
  if (trace) {
    env._X_AMZN_TRACE_ID = trace;
  } else {
    delete env._X_AMZN_TRACE_ID;
  }
  const deadline = Number(headers['lambda-runtime-deadline-ms']);
  return Object.assign(base, {
    functionVersion: AWS_LAMBDA_FUNCTION_VERSION,
    functionName: AWS_LAMBDA_FUNCTION_NAME,
    memoryLimitInMB: AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: AWS_LAMBDA_LOG_STREAM_NAME,
    clientContext: parseHeader(headers['lambda-runtime-client-context'], 'ClientContext'),
    identity: parseHeader(headers['lambda-runtime-cognito-identity'], 'CognitoIdentity'),
    invokedFunctionArn: headers['lambda-runtime-invoked-function-arn'],
    awsRequestId: headers['lambda-runtime-aws-request-id'],
    getRemainingTimeInMillis: () => deadline - Date.now(),
  });
}

function parseHeader(value, name) {
  if (value === undefined) {
    return undefined;
  }
  try {
    // A header's bytes are read as Latin-1, and are UTF-8.
    return JSON.parse(Buffer.from(value, 'latin1').toString());
  } catch (e) {
    throw new Error(`Cannot parse ${name} as json: ${e}`);
  }
}

// ---- Streams

const streamingSymbol = Symbol.for('aws.lambda.runtime.handler.streaming');
const highWaterMarkSymbol = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

function runStreaming(headers, body) {
  const id = headers['lambda-runtime-aws-request-id'];
  const { stream, fail } = responseStream(id);
  call = { fail };
  const failNow = (e) => {
    logError('Invoke Error', e);
    fail(e, () => next());
  };
  onEmptyLoop = () => failNow(runtimeError('NodeJsExit', unsettled));
  let waits = true;
  const base = {
    get callbackWaitsForEmptyEventLoop() {
      return waits;
    },
    set callbackWaitsForEmptyEventLoop(value) {
      waits = value;
    },
  };
  let result;
  try {
    result = handler(JSON.parse(body), stream, context(base, headers));
  } catch (e) {
    failNow(e);
    return;
  }
  if (typeof result?.then !== 'function') {
    failNow('Streaming does not support non-async handlers.');
    return;
  }
  result.then((value) => {
    if (value !== undefined) {
      console.warn('Streaming handlers ignore return values.');
    }
    // A stream that nobody ended is a failure; one that is being flushed is waited for.
    const go = () => {
      if (waits) {
        onEmptyLoop = () => setImmediate(next);
      } else {
        next();
      }
    };
    if (stream.writableFinished) {
      go();
    } else if (stream.writableEnded) {
      stream.once('finish', go);
    } else {
      // The loop may be empty before a pipe has ended the stream.
      stream.once('finish', go);
      onEmptyLoop = () => failNow('Response stream is not finished.');
    }
  }, failNow);
}

// responseStream is the body of a streamed response. Its head goes out with the first bytes, and an error as trailers.
function responseStream(id) {
  const { Writable } = require('stream');
  let contentType = 'application/octet-stream';
  let metadata; // of HttpResponseStream: goes before anything else
  let started = false;
  let ended = false;
  let answered = false;
  let onAnswer = ignore;
  const head = () => {
    if (started) {
      return '';
    }
    started = true;
    awaited.push(() => {
      answered = true;
      onAnswer();
    });
    return `POST ${apiPath}invocation/${id}/response HTTP/1.1\r\nHost: lambda\r\nContent-Type: ${contentType}\r\nLambda-Runtime-Function-Response-Mode: streaming\r\nTransfer-Encoding: chunked\r\nTrailer: ${errorTypeHeader}, ${errorBodyHeader}\r\n\r\n`;
  };
  const sendChunk = (chunk, then) => {
    socket.cork();
    socket.write(`${head()}${chunk.length.toString(16)}\r\n`, 'latin1');
    socket.write(chunk);
    socket.write('\r\n', 'latin1', then);
    socket.uncork();
  };
  const sendMetadata = () => {
    if (metadata !== undefined) {
      sendChunk(Buffer.concat([Buffer.from(metadata), Buffer.alloc(8)]), ignore);
      metadata = undefined;
    }
  };
  const end = (trailers, then) => {
    ended = true;
    socket.write(`${head()}0\r\n${trailers}\r\n`, 'latin1', then);
  };
  const stream = new Writable({
    highWaterMark,
    write(chunk, _encoding, then) {
      if (ended || chunk.length === 0) {
        then();
        return;
      }
      sendMetadata();
      sendChunk(chunk, then);
    },
    final(then) {
      if (ended) {
        then();
        return;
      }
      sendMetadata();
      end('', then);
    },
  });
  const writeBytes = stream.write.bind(stream);
  stream.write = (chunk, ...more) => {
    const bytes = typeof chunk === 'string' || chunk instanceof Uint8Array;
    return writeBytes(bytes ? chunk : JSON.stringify(chunk), ...more);
  };
  stream.setContentType = (type) => {
    if (started) {
      throw runtimeError('InvalidStreamingOperation', 'Cannot set content-type, too late.');
    }
    contentType = headerValue(type);
  };
  stream[metadataSymbol] = (text) => (metadata = text);
  const fail = (e, then) => {
    onEmptyLoop = ignore;
    socket.ref();
    if (!ended) {
      const object = errorObject(e);
      const text = Buffer.from(JSON.stringify(object)).toString('base64');
      end(`${errorTypeHeader}: ${headerValue(object.errorType)}\r\n${errorBodyHeader}: ${text}\r\n`, ignore);
    }
    if (answered) {
      then();
    } else {
      onAnswer = then;
    }
  };
  return { stream, fail };
}

const metadataSymbol = Symbol('metadata');

class HttpResponseStream {
  static from(stream, metadata) {
    stream.setContentType('application/vnd.awslambda.http-integration-response');
    stream[metadataSymbol](JSON.stringify(metadata));
    return stream;
  }
}

function streamifyResponse(f, options) {
  f[streamingSymbol] = 'response';
  if (typeof options?.highWaterMark === 'number') {
    f[highWaterMarkSymbol] = Math.trunc(options.highWaterMark);
  }
  return f;
}

// ---- The function

async function load(name) {
  if (name.includes('..')) {
    throw runtimeError('MalformedHandlerName', `'${name}' is not a valid handler name. Use absolute paths when specifying root directories in handler names.`);
  }
  const base = path.basename(name);
  const parts = /^([^.]*)\.(.*)$/.exec(base);
  if (!parts) {
    throw runtimeError('MalformedHandlerName', 'Bad handler');
  }
  const root = name.slice(0, name.indexOf(base));
  let loaded;
  try {
    loaded = await loadModule(env.LAMBDA_TASK_ROOT, root, parts[1]);
  } catch (e) {
    if (e instanceof SyntaxError) {
      throw runtimeError('UserCodeSyntaxError', e);
    }
    if (e?.code === 'MODULE_NOT_FOUND') {
      throw runtimeError('ImportModuleError', e);
    }
    throw e;
  }
  const find = (from) => parts[2].split('.').reduce((o, key) => o && o[key], from);
  const found = find(loaded) ?? (nodeMajor >= 24 ? find(loaded?.default) : undefined);
  if (!found) {
    throw runtimeError('HandlerNotFound', `${name} is undefined or not exported`);
  }
  if (typeof found !== 'function') {
    throw runtimeError('HandlerNotFound', `${name} is not a function`);
  }
  return found;
}

// loadModule looks for a file without extension, then .js, .mjs and .cjs, then where require looks.
async function loadModule(taskRoot, root, module) {
  const file = path.resolve(taskRoot, root, module);
  const exists = (extension) => fs.statSync(file + extension, { throwIfNoEntry: false })?.isFile();
  if (exists('')) {
    return require(file);
  }
  if (exists('.js')) {
    const isModule = typeOfPackage(path.dirname(file)) === 'module';
    return isModule ? import(url(file + '.js')) : require(file + '.js');
  }
  if (exists('.mjs')) {
    return import(url(file + '.mjs'));
  }
  if (exists('.cjs')) {
    return require(file + '.cjs');
  }
  return require(require.resolve(module, { paths: [taskRoot, path.resolve(taskRoot, root)] }));
}

const url = (file) => require('url').pathToFileURL(file).href;

// typeOfPackage is "type" of the nearest package.json, which does not lie above a node_modules.
function typeOfPackage(folder) {
  for (; ; folder = path.dirname(folder)) {
    const file = path.join(folder, 'package.json');
    if (path.basename(folder) === 'node_modules') {
      return undefined;
    }
    if (fs.existsSync(file)) {
      try {
        return JSON.parse(fs.readFileSync(file)).type;
      } catch (e) {
        console.warn(`${file} cannot be read, it will be ignored for ES module detection purposes.`, e);
        return undefined;
      }
    }
    if (folder === path.dirname(folder)) {
      return undefined;
    }
  }
}

// ---- Start

// send sends a request after which this process ends, or does as then says.
function send(request, then) {
  socket.ref();
  awaited[awaited.length - 1] = then;
  socket.write(request);
}

// crash reports what nobody caught to whom it concerns: the call in hand, or the start. Between two calls nobody asks.
let loading = true;
function crash(title, e, code) {
  const exit = () => process.exit(code);
  logError(title, e);
  if (loading) {
    send(postError('init/error', e), exit);
  } else if (call) {
    const { fail } = call;
    call = null;
    fail(e, exit);
  } else {
    exit();
  }
}

process.on('uncaughtException', (e) => crash('Uncaught Exception', e, 129));
process.on('unhandledRejection', (reason, promise) => {
  const e = Object.assign(runtimeError('UnhandledPromiseRejection', reason), { reason, promise });
  crash('Unhandled Promise Rejection', e, 128);
});
process.on('beforeExit', () => {
  const f = onEmptyLoop;
  onEmptyLoop = ignore;
  f();
});

async function start() {
  patchConsole();
  if (!/^(1|true)$/.test(env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA)) {
    globalThis.awslambda = { streamifyResponse, HttpResponseStream };
  }
  handler = await load(env._HANDLER);
  isAsync = handler.constructor?.name === 'AsyncFunction';
  const mode = handler[streamingSymbol] ?? false;
  if (mode !== false && mode !== 'response') {
    throw runtimeError('MalformedStreamingHandler', 'Only response streaming is supported.');
  }
  isStreaming = mode === 'response';
  highWaterMark = handler[highWaterMarkSymbol];
  if (nodeMajor >= 24 && handler.length >= 3 && !isStreaming) {
    throw runtimeError(
      'CallbackHandlerDeprecated',
      'ERROR: AWS Lambda has removed support for callback-based function handlers starting with Node.js 24. You need to modify this function to use a supported handler signature to use Node.js 24 or later. For more information see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html.',
    );
  }
  // What loading left behind, such as a rejection, belongs to the start.
  setImmediate(() => {
    loading = false;
    next();
  });
}

start().catch((e) => crash('Uncaught Exception', e, 129));
