"""What the path says is done, most of it bad."""

import os
import signal
import sys
import threading
import time


def echo():
    return {"pid": os.getpid()}


def leave():
    os._exit(7)


def leave_well():
    sys.exit(0)


def loop():
    while True:
        pass


def never():
    time.sleep(3600)


def throw():
    raise TypeError("as told")


def throw_odd():
    class Odd(Exception):
        def __str__(self):
            raise ValueError("odd")

    raise Odd()


def circular():
    a = []
    a.append(a)
    return a


def unserializable():
    return {1, 2}


def surrogate():
    return "\ud800"


def nan():
    return {"pid": os.getpid(), "n": float("nan")}


def large():
    return "x" * (7 << 20)


def recursion():
    return recursion()


def descriptors():
    os.closerange(0, 64)
    time.sleep(3600)


def forks():
    if os.fork() == 0:
        return {"pid": os.getpid()}  # the child answers too
    time.sleep(0.2)
    return {"pid": os.getpid()}


def threads():
    for _ in range(20):
        threading.Thread(target=time.sleep, args=(3600,)).start()
    return {"pid": os.getpid()}


def printing():
    for i in range(100000):
        print("line", i)
    return {"pid": os.getpid()}


def print_bytes():
    sys.stdout.buffer.write(bytes([0, 10, 13, 255, 254, 27, 10]))
    return {"pid": os.getpid()}


def memory():
    everything = []
    while True:
        everything.append(b"x" * (16 << 20))


def stop():
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(3600)


def handler(event, context):
    return globals()[event["rawPath"][1:].replace("-", "_")]()
