"""Dipylon's runtime client for Python: takes calls from the Lambda Runtime API and gives them to the function's handler.

It speaks HTTP by hand over one connection to a Unix socket, and sends a response together with the request for the next
call in one write. What a handler sees (context, logging, errors) is what AWS's managed runtimes show. It uses the
standard library only, and little of it, since each module costs time at every start of a worker.
"""

import _socket
import importlib
import json
import logging
import os
import sys
import time
import traceback

API = "/2018-06-01/runtime/"
NEXT = ("GET " + API + "invocation/next HTTP/1.1\r\nHost: lambda\r\n\r\n").encode()
NBSP = "\u00a0"


class Fault(Exception):
    """A failure that the runtime itself finds."""

    def __init__(self, kind, message, trace=None):
        super().__init__(message)
        self.kind, self.message, self.trace = "Runtime." + kind, message, trace


class Connection:
    """The connection to the Runtime API. Its responses have a Content-Length, always."""

    def __init__(self, path):
        self._socket = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
        self._socket.connect(path)
        self._rest = b""
        self.send = self._socket.sendall

    def receive(self):
        """Returns status, headers and body of the next response."""
        data = self._rest
        at = data.find(b"\r\n\r\n")
        while at < 0:
            data += self._read()
            at = data.find(b"\r\n\r\n")
        lines = data[:at].decode("latin-1").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        start = at + 4
        end = start + int(headers.get("content-length", 0))
        if end > len(data):
            data = self._fill(data, end)
        self._rest = data[end:]
        return lines[0][9:12], headers, data[start:end]

    def _read(self):
        data = self._socket.recv(65536)
        if not data:
            # Without the API there is nothing to do, and nobody who would end this process.
            os._exit(1)
        return data

    def _fill(self, data, size):
        whole = bytearray(size)
        n = len(data)
        whole[:n] = data
        view = memoryview(whole)
        while n < size:
            got = self._socket.recv_into(view[n:])
            if got == 0:
                os._exit(1)
            n += got
        return bytes(whole)


def post(path, body, content_type="application/json", headers=""):
    head = f"POST {API}{path} HTTP/1.1\r\nHost: lambda\r\nContent-Type: {content_type}\r\n{headers}Content-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


# ---- JSON

# AWS's runtimes write text as it is since Python 3.12, and escaped before.
def _escapes():
    version = os.environ.get("AWS_EXECUTION_ENV", "").replace("AWS_Lambda_python", "").split(".")
    try:
        return [int(n) for n in version] < [3, 12]
    except ValueError:
        return True


# A Decimal is a number in JSON, with all its digits. The encoder cannot write one, so it writes a string that nobody can
# guess, and the marks and quotes around it are taken away.
_mark = os.urandom(16).hex()
_marked = False


def _default(value):
    global _marked
    if isinstance(value, bytes):
        return value.decode()
    decimal = sys.modules.get("decimal")
    if decimal is not None and isinstance(value, decimal.Decimal):
        if value.is_nan():
            return float("nan")
        _marked = True
        return _mark + str(value) + _mark
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


_encode = json.JSONEncoder(ensure_ascii=_escapes(), default=_default).encode
_encode_ascii = json.JSONEncoder(default=_default).encode


def to_json(value):
    """Returns value as JSON, in bytes."""
    global _marked
    text = _encode(value)
    if _marked:
        _marked = False
        text = text.replace('"' + _mark, "").replace(_mark + '"', "")
    try:
        return text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return _encode_ascii(value).encode()


# ---- Context


class _Record:
    """An object with fixed attributes, made of a dict."""

    __slots__ = ()

    def __init__(self, values):
        for name in self.__slots__:
            setattr(self, name, values.get(name))

    def __repr__(self):
        shown = ",".join(f"{name}={getattr(self, name, None)}" for name in self.__slots__)
        return f"{type(self).__name__}([{shown}])"


class CognitoIdentity(_Record):
    __slots__ = ("cognito_identity_id", "cognito_identity_pool_id")


class Client(_Record):
    __slots__ = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


class ClientContext(_Record):
    __slots__ = ("custom", "env", "client")


class LambdaContext:
    log_group_name = os.environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
    log_stream_name = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
    function_name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME")
    memory_limit_in_mb = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    function_version = os.environ.get("AWS_LAMBDA_FUNCTION_VERSION")
    tenant_id = None

    def __init__(self, headers):
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self._deadline = int(headers.get("lambda-runtime-deadline-ms", 0))
        self.client_context = None
        client = _header(headers, "lambda-runtime-client-context", "Client Context")
        if client is not None:
            self.client_context = ClientContext(client)
            if self.client_context.client is not None:
                self.client_context.client = Client(self.client_context.client)
        identity = _header(headers, "lambda-runtime-cognito-identity", "Cognito Identity") or {}
        self.identity = CognitoIdentity(
            {
                "cognito_identity_id": identity.get("cognitoIdentityId"),
                "cognito_identity_pool_id": identity.get("cognitoIdentityPoolId"),
            }
        )

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        names = (
            "aws_request_id",
            "log_group_name",
            "log_stream_name",
            "function_name",
            "memory_limit_in_mb",
            "function_version",
            "invoked_function_arn",
            "client_context",
            "identity",
            "tenant_id",
        )
        shown = ",".join(f"{name}={getattr(self, name)}" for name in names)
        return f"LambdaContext([{shown}])"


def _header(headers, name, title):
    value = headers.get(name)
    if not value:
        return None
    try:
        return json.loads(value.encode("latin-1"))
    except Exception as e:
        raise Fault("LambdaContextUnmarshalError", f"Unable to parse {title} JSON: {e}") from e


# ---- Logging

_json_logs = os.environ.get("AWS_LAMBDA_LOG_FORMAT", "").upper() == "JSON"
_request_id = ""


class LambdaLoggerHandler(logging.Handler):
    """Writes a record as one line: what would break it becomes a carriage return."""

    def emit(self, record):
        record.aws_request_id = _request_id
        sys.stdout.write(self.format(record).rstrip("\n").replace("\n", "\r") + "\n")


class JsonFormatter(logging.Formatter):
    own = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "aws_request_id"}

    def format(self, record):
        info = record.exc_info
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%SZ"),
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "stackTrace": traceback.format_tb(info[2]) if info else None,
            "errorType": info[0].__name__ if info else None,
            "errorMessage": str(info[1]) if info else None,
            "requestId": record.aws_request_id,
            "location": f"{record.pathname}:{record.funcName}:{record.lineno}" if info else None,
        }
        for name, value in record.__dict__.items():
            if name not in self.own and name not in line:
                line[name] = value
        return json.dumps({k: v for k, v in line.items() if v is not None}, ensure_ascii=False, default=str)


def set_up_logging():
    logging.Formatter.converter = time.gmtime
    handler = LambdaLoggerHandler()
    text = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"
    )
    handler.setFormatter(JsonFormatter() if _json_logs else text)
    root = logging.getLogger()
    root.addHandler(handler)
    level = os.environ.get("AWS_LAMBDA_LOG_LEVEL", "").upper()
    level = {"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level, level)
    if isinstance(logging.getLevelName(level), int):
        root.setLevel(level)


def log_error(error):
    if _json_logs:
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        line = to_json({"timestamp": now, "log_level": "ERROR", **error}).decode()
        sys.stdout.write(line + "\n")
        return
    title = "[ERROR]"
    if error["errorType"]:
        title += " " + error["errorType"]
    if error["errorMessage"]:
        title += (": " if error["errorType"] else " ") + error["errorMessage"]
    lines = [title, "Traceback (most recent call last):"]
    for entry in error["stackTrace"]:
        for line in entry.splitlines() or [""]:
            text = line.lstrip(" ")
            lines.append(NBSP * (len(line) - len(text)) + text)
    sys.stdout.write("\r".join(lines).replace("\n", "\r") + "\n")


# ---- The function


def make_error(kind, message, trace, request_id=""):
    return {"errorMessage": message or "", "errorType": kind or "", "requestId": request_id, "stackTrace": trace or []}


def describe(exception, request_id=""):
    """Returns the object that a caller gets for an exception: with the stack as the function's author knows it."""
    if isinstance(exception, Fault):
        return make_error(exception.kind, exception.message, exception.trace, request_id)
    frames = list(traceback.extract_tb(exception.__traceback__))
    while frames and frames[0].filename == __file__:
        del frames[0]
    return make_error(type(exception).__name__, str(exception), traceback.format_list(frames), request_id)


def load(name):
    module, dot, function = name.rpartition(".")
    if not dot:
        raise Fault("MalformedHandlerName", f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)")
    if module.split(".")[0] in sys.builtin_module_names:
        raise Fault("BuiltInModuleConflict", f"Cannot use built-in module {module} as a handler module")
    try:
        loaded = importlib.import_module(module.replace("/", "."))
    except ImportError as e:
        raise Fault("ImportModuleError", f"Unable to import module '{module}': {e}") from e
    except SyntaxError as e:
        trace = [f'  File "{e.filename}" Line {e.lineno}\n    {e.text}']
        raise Fault("UserCodeSyntaxError", f"Syntax error in module '{module}': {e}", trace) from e
    if not hasattr(loaded, function):
        raise Fault("HandlerNotFound", f"Handler '{function}' missing on module '{module}'")
    return getattr(loaded, function)


def call(handler, headers, body):
    """Runs one call and returns the request that answers it."""
    request_id = headers["lambda-runtime-aws-request-id"]
    try:
        context = LambdaContext(headers)
        try:
            event = json.loads(body.decode())
        except Exception as e:
            raise Fault("UnmarshalError", f"Unable to unmarshal input: {e}") from e
        result = handler(event, context)
        content_type = "application/json"
        if isinstance(result, bytes):
            answer, content_type = result, "application/unknown"
        else:
            try:
                answer = to_json(result)
            except Exception as e:
                raise Fault("MarshalError", f"Unable to marshal response: {e}") from e
    except Exception as e:
        error = describe(e, request_id)
        log_error(error)
        return post(f"invocation/{request_id}/error", to_json(error), headers=error_type(error))
    return post(f"invocation/{request_id}/response", answer, content_type)


def error_type(error):
    kind = error["errorType"][:256].encode("ascii", "replace").decode()
    return f"Lambda-Runtime-Function-Error-Type: {kind}\r\n"


def serve(connection, handler, flush):
    global _request_id
    request, awaited = NEXT, 0
    while True:
        connection.send(request)
        for _ in range(awaited):  # what the API says to an answer changes nothing
            connection.receive()
        status, headers, body = connection.receive()
        if status != "200":
            sys.exit(1)
        _request_id = headers["lambda-runtime-aws-request-id"]
        trace = headers.get("lambda-runtime-trace-id")
        if trace:
            os.environ["_X_AMZN_TRACE_ID"] = trace
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        request, awaited = call(handler, headers, body) + NEXT, 1
        flush()


def set_up_path():
    """Code comes first, then layers, then what the interpreter has."""
    version = os.environ.get("AWS_EXECUTION_ENV", "").replace("AWS_Lambda_python", "")
    layers = os.environ.pop("DIPYLON_OPT", "")
    sys.path[0] = os.environ["LAMBDA_TASK_ROOT"]
    if layers:
        sys.path[1:1] = [f"{layers}/python/lib/python{version}/site-packages", f"{layers}/python"]


def main():
    connection = Connection(os.environ.pop("DIPYLON_RUNTIME_SOCKET"))
    out = sys.stdout
    for stream in (out, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    set_up_path()
    set_up_logging()
    try:
        handler = load(os.environ.get("_HANDLER", ""))
    except Exception as e:
        error = describe(e)
        log_error(error)
        out.flush()
        connection.send(post("init/error", to_json(error), headers=error_type(error)))
        connection.receive()
        sys.exit(1)
    serve(connection, handler, out.flush)
