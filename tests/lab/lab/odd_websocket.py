"""The server's side of a WebSocket, as a connection with recv and sendall; part of server.py.

    path=PATH           others get 404
    subprotocol=NAME    the only one it knows; "none": confirms none
    unknown=close       or unknown=400: what a client that does not ask for it gets
    frames=text         sends MQTT in text frames
    piece=N             sends frames of at most N bytes
"""
import base64
import hashlib

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class WebSocket:
    def __init__(self, connection, words):
        self.connection = connection
        self.told = dict(word.split("=", 1) for word in words)
        self.ready = b""
        self.raw = b""

    def upgrade(self):
        head = b""
        while b"\r\n\r\n" not in head:
            more = self.connection.recv(4096)
            if not more:
                return False
            head += more
        head, self.raw = head.split(b"\r\n\r\n", 1)
        lines = head.decode("latin-1").split("\r\n")
        headers = {line.split(":", 1)[0].strip().lower(): line.split(":", 1)[1].strip()
                   for line in lines[1:] if ":" in line}
        path = lines[0].split(" ")[1]
        if path != self.told.get("path", path):
            return self.refuse("404 Not Found")
        if "sec-websocket-key" not in headers or headers.get("upgrade", "").lower() != "websocket":
            return self.refuse("426 Upgrade Required")
        known = self.told.get("subprotocol", "mqtt")
        offered = [word.strip() for word in headers.get("sec-websocket-protocol", "").split(",")]
        if known != "none" and known not in offered:
            return self.refuse("400 Bad Request") if self.told.get("unknown") == "400" else False
        accept = base64.b64encode(hashlib.sha1(headers["sec-websocket-key"].encode() + GUID).digest())
        answer = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                  f"Sec-WebSocket-Accept: {accept.decode()}"]
        if known != "none":
            answer.append(f"Sec-WebSocket-Protocol: {known}")
        self.connection.sendall("\r\n".join(answer).encode() + b"\r\n\r\n")
        return True

    def refuse(self, status):
        self.connection.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        return False

    def _raw(self, size):
        while len(self.raw) < size:
            more = self.connection.recv(4096)
            if not more:
                return None
            self.raw += more
        data, self.raw = self.raw[:size], self.raw[size:]
        return data

    def recv(self, size):
        while not self.ready:
            head = self._raw(2)
            if head is None:
                return b""
            length = head[1] & 127
            if length >= 126:
                more = self._raw(2 if length == 126 else 8)
                if more is None:
                    return b""
                length = int.from_bytes(more, "big")
            mask = self._raw(4)
            data = self._raw(length)
            if mask is None or data is None or head[0] & 15 == 8:
                return b""
            if head[0] & 15 in (0, 1, 2):
                self.ready = bytes(byte ^ mask[i % 4] for i, byte in enumerate(data))
        data, self.ready = self.ready[:size], self.ready[size:]
        return data

    def sendall(self, data):
        piece = int(self.told.get("piece", len(data) or 1))
        kind = 0x81 if self.told.get("frames") == "text" else 0x82
        for at in range(0, len(data), piece):
            part = data[at:at + piece]
            length = bytes([len(part)]) if len(part) < 126 else b"\x7e" + len(part).to_bytes(2, "big")
            self.connection.sendall(bytes([kind]) + length + part)
