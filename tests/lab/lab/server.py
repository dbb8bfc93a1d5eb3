"""A server that does one odd thing to every connection:  server.py PORT BEHAVIOUR [ARGUMENT...]

    silent                  accepts and says nothing
    refuse                  resets every connection as soon as it is accepted
    close [SECONDS]         closes after that time (0)
    banner TEXT             speaks first
    reply HEX [SECONDS]     answers the first bytes with these
    drip HEX                the same, a byte at a time
    half HEX                the same, and hangs up
    relay PORT SECONDS      hands on to a port of this host, so much later either way
    forget PORT SECONDS HOW hands on to a port of this host; after so much silence it closes ("close"),
                            or resets ("reset") or swallows ("drop") what comes later
    echo                    sends back what comes
    deaf WAITING            accepts nobody, and so many wait
    http-patient STATUS ... as http, and silent until a whole request is there
    reset-after-data        resets once something was received
    reset-on-text TEXT      resets when the first bytes contain it, else stays silent
    http STATUS [HEADER...] answers any request; a body of "BODY:..." may be given
    broker [WORD...]        a broker that answers as it is told; see odd_broker.py
    exchange [WORD...]      one that passes messages on, oddly; see odd_exchange.py

and in front of these:

    tls CERTIFICATE KEY [alpn=NAME] [or-alert]  BEHAVIOUR...    behind a TLS handshake; with or-alert
                            plain text is answered with an alert, as Erlang and Java do
    ws [WORD...] --         BEHAVIOUR...    behind a WebSocket upgrade; see odd_websocket.py
"""
import queue
import select
import socket
import ssl
import struct
import sys
import threading
import time

from odd_broker import Broker
from odd_exchange import Exchange
from odd_websocket import WebSocket


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def serve_tls(connection, arguments):
    certificate, key, *rest = arguments
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    alpn = None
    while rest[0].startswith("alpn=") or rest[0] == "or-alert":
        word = rest.pop(0)
        if word == "or-alert":
            if connection.recv(1, socket.MSG_PEEK) != b"\x16":
                connection.recv(4096)
                connection.sendall(bytes.fromhex("1503010002020a"))
                return
        else:
            alpn = word[5:]
            context.set_alpn_protocols([alpn])
    with context.wrap_socket(connection, server_side=True) as secure:
        # As on AWS's port 443: without ALPN it is a web server.
        if alpn and secure.selected_alpn_protocol() != alpn:
            secure.recv(4096)
            return
        serve(secure, rest[0], rest[1:])


def serve_websocket(connection, arguments):
    end = arguments.index("--")
    socket_above = WebSocket(connection, arguments[:end])
    if not socket_above.upgrade():
        return
    behaviour, *rest = arguments[end + 1:]
    if behaviour == "broker":
        Broker(socket_above, rest).run()
    elif behaviour == "silent":
        while socket_above.recv(4096):
            pass
    elif behaviour == "close":
        pass


def relay(connection, port, seconds):
    """What a long way does: everything later, and in order."""
    def hand_on(source, sink):
        due = queue.SimpleQueue()

        def write():
            while True:
                at, data = due.get()
                time.sleep(max(0.0, at - time.monotonic()))
                try:
                    if data:
                        sink.sendall(data)
                    else:
                        sink.shutdown(socket.SHUT_WR)
                        return
                except OSError:
                    return

        threading.Thread(target=write, daemon=True).start()
        data = b"?"
        while data:
            try:
                data = source.recv(65536)
            except OSError:
                data = b""
            due.put((time.monotonic() + seconds, data))

    time.sleep(2 * seconds)
    with socket.create_connection(("127.0.0.1", port)) as other:
        back = threading.Thread(target=hand_on, args=(other, connection), daemon=True)
        back.start()
        hand_on(connection, other)
        back.join(2 * seconds + 1)


def forget(connection, port, seconds, how):
    """A NAT or a proxy that keeps nothing about a connection that is silent for too long."""
    with socket.create_connection(("127.0.0.1", port)) as other:
        is_forgotten = False
        while True:
            ready, _, _ = select.select([connection, other], [], [], None if is_forgotten else seconds)
            if not ready:
                if how == "close":
                    return
                is_forgotten = True
                continue
            for source in ready:
                data = source.recv(65536)
                if is_forgotten and source is connection and how == "reset" and data:
                    reset(connection)
                    return
                if not data:
                    return
                if not is_forgotten:
                    (other if source is connection else connection).sendall(data)


def serve(connection, behaviour, arguments):
    with connection:
        if behaviour == "silent":
            while connection.recv(4096):
                pass
        elif behaviour == "refuse":
            reset(connection)
        elif behaviour == "close":
            time.sleep(float(arguments[0]) if arguments else 0)
        elif behaviour == "banner":
            connection.sendall(arguments[0].encode().decode("unicode_escape").encode("latin-1"))
            while connection.recv(4096):
                pass
        elif behaviour in ("reply", "drip"):
            if not connection.recv(4096):
                return
            if behaviour == "reply" and len(arguments) > 1:
                time.sleep(float(arguments[1]))
            data = bytes.fromhex(arguments[0])
            for part in ([data] if behaviour == "reply" else [data[i:i + 1] for i in range(len(data))]):
                connection.sendall(part)
                if behaviour == "drip":
                    time.sleep(0.05)
            while connection.recv(4096):
                pass
        elif behaviour == "half":
            if connection.recv(4096):
                connection.sendall(bytes.fromhex(arguments[0]))
        elif behaviour == "relay":
            relay(connection, int(arguments[0]), float(arguments[1]))
        elif behaviour == "forget":
            forget(connection, int(arguments[0]), float(arguments[1]), arguments[2])
        elif behaviour == "reset-after-data":
            connection.recv(4096)
            reset(connection)
        elif behaviour == "reset-on-text":
            data = connection.recv(4096)
            if arguments[0].encode() in data:
                reset(connection)
            else:
                while connection.recv(4096):
                    pass
        elif behaviour == "echo":
            while data := connection.recv(4096):
                connection.sendall(data)
        elif behaviour in ("http", "http-patient"):
            data = connection.recv(4096)
            while behaviour == "http-patient" and b"\r\n\r\n" not in data:
                more = connection.recv(4096)
                if not more:
                    return
                data += more
            body = b""
            lines = [f"HTTP/1.1 {arguments[0]}"]
            for argument in arguments[1:]:
                if argument.startswith("BODY:"):
                    body = argument[5:].encode()
                else:
                    lines.append(argument)
            lines.append(f"Content-Length: {len(body)}")
            connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
            time.sleep(0.2)
        elif behaviour == "broker":
            Broker(connection, arguments).run()
        elif behaviour == "exchange":
            Exchange(connection, arguments).run()
        elif behaviour == "tls":
            serve_tls(connection, arguments)
        elif behaviour == "ws":
            serve_websocket(connection, arguments)


def main():
    port, behaviour, arguments = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    is_deaf = behaviour == "deaf"
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True,
                                    backlog=int(arguments[0]) if is_deaf else 64)
    while is_deaf:
        time.sleep(60)
    def guarded(connection):
        try:
            serve(connection, behaviour, arguments)
        except OSError:
            pass
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=guarded, args=(connection,), daemon=True).start()


main()
