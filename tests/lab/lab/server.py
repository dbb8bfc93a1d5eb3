"""A server that does one odd thing to every connection:  server.py PORT BEHAVIOUR [ARGUMENT...]

    silent                  accepts and says nothing
    refuse                  resets every connection as soon as it is accepted
    close [SECONDS]         closes after that time (0)
    banner TEXT             speaks first
    reply HEX [SECONDS]     answers the first bytes with these
    drip HEX                the same, a byte at a time
    reset-after-data        resets once something was received
    reset-on-text TEXT      resets when the first bytes contain it, else stays silent
    http STATUS [HEADER...] answers any request; a body of "BODY:..." may be given
    mqtt STEP               a broker that closes at connect, subscribe or publish; or "no-suback",
                            "no-puback", "deaf-to-ping"
"""
import socket
import struct
import sys
import threading
import time


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_packet(connection):
    head = connection.recv(1)
    if not head:
        return None, b""
    size, shift = 0, 0
    while True:
        byte = connection.recv(1)
        if not byte:
            return None, b""
        size |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            break
    body = b""
    while len(body) < size:
        more = connection.recv(size - len(body))
        if not more:
            return None, b""
        body += more
    return head[0] >> 4, body


def broker(connection, step):
    version = 4
    while True:
        kind, body = read_packet(connection)
        if kind is None:
            return
        if kind == 1:
            if step == "connect":
                return
            version = body[2 + body[1]]
            connection.sendall(b"\x20\x03\x00\x00\x00" if version == 5 else b"\x20\x02\x00\x00")
        elif kind == 8:
            if step == "subscribe":
                return
            if step != "no-suback":
                extra = b"\x00" if version == 5 else b""
                connection.sendall(bytes([0x90, 3 + len(extra)]) + body[:2] + extra + b"\x01")
        elif kind == 3:
            if step == "publish":
                return
            topic = 2 + (body[0] << 8 | body[1])
            if step != "no-puback":
                connection.sendall(b"\x40\x02" + body[topic:topic + 2])
        elif kind == 12 and step != "deaf-to-ping":
            connection.sendall(b"\xd0\x00")


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
        elif behaviour == "http":
            connection.recv(4096)
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
        elif behaviour == "mqtt":
            broker(connection, arguments[0])


def main():
    port, behaviour, arguments = int(sys.argv[1]), sys.argv[2], sys.argv[3:]
    listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True,
                                    backlog=64)
    def guarded(connection):
        try:
            serve(connection, behaviour, arguments)
        except OSError:
            pass
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=guarded, args=(connection,), daemon=True).start()


main()
