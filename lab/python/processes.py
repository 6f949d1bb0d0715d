"""Runs uvicorn in as many processes as the lab asks for, each with a socket of its own on the one port.

    processes.py APP PORT COUNT

The kernel hands connections out among sockets that share a port. Of processes that share one socket whoever is awake takes
the next connection; with few connections that are kept, one process may end up with all of them while the others idle.
"""

import os
import signal
import socket
import sys

import uvicorn


def serve(app, port):
    own = socket.socket()
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    own.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    own.bind(("127.0.0.1", port))
    uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="warning")).run(sockets=[own])


def main():
    app, port, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    if count == 1:
        return serve(app, port)
    children = []
    for _ in range(count):
        child = os.fork()
        if child == 0:
            return serve(app, port)
        children.append(child)
    signal.signal(signal.SIGTERM, lambda *_: [os.kill(child, signal.SIGTERM) for child in children])
    for child in children:
        os.waitpid(child, 0)


main()
