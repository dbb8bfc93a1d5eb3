"""A client of MQTT for scripts: every flag, wrong packets and rude ends, as devices at home show them.

    from talk import *
    app = Talk(HOST, v5=True).connect("lamp", will=("lamp/state", "offline", 1))
    app.publish("lamp/state", "online", retain=1)
    app.reset()
"""
import base64
import os
import socket
import struct
import time

from client import Client, text


class Talk(Client):
    def __init__(self, host, port=1883, v5=False, web=False):
        super().__init__(host, port, v5)
        self.web = web
        self.heard = b""
        if web:
            self.link.sendall((f"GET /mqtt HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                               f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}\r\n"
                               "Sec-WebSocket-Protocol: mqtt\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
            self.link.settimeout(3)
            self.link.recv(4096)

    def raw(self, data):
        if self.web:
            mask = os.urandom(4)
            data = bytes([0x82, 0x80 | len(data)]) + mask + bytes(b ^ mask[i % 4] for i, b in enumerate(data))
        self.link.sendall(data)
        return self

    def send(self, first, body):
        size, head = len(body), bytes([first])
        while True:
            head += bytes([size % 128 | (128 if size > 127 else 0)])
            size //= 128
            if not size:
                break
        self.raw(head + body)

    def connect(self, identifier, keep_alive=60, clean=True, will=None, properties=b"", user=None):
        """will: topic, payload, retain."""
        flags = 2 if clean else 0
        body = text(identifier)
        if will:
            flags |= 4 | (0x20 if will[2] else 0)
            body += self.properties() + text(will[0]) + text(will[1])
        if user:
            flags |= 0xC0
            body += text(user) + text("secret")
        given = bytes([len(properties)]) + properties if self.is_5 else b""
        self.send(0x10, text("MQTT") + bytes([5 if self.is_5 else 4, flags]) + struct.pack(">H", keep_alive) + given + body)
        self.wait(0.3)
        return self

    def subscribe(self, *filters, qos=0):
        self.send(0x82, self.new_id() + self.properties() + b"".join(text(each) + bytes([qos]) for each in filters))
        self.wait(0.3)
        return self

    def publish(self, topic, payload, qos=0, retain=0, dup=0, packet=None, properties=b""):
        number = (self.new_id() if packet is None else struct.pack(">H", packet)) if qos else b""
        given = bytes([len(properties)]) + properties if self.is_5 else b""
        payload = payload.encode() if isinstance(payload, str) else payload
        self.send(0x30 | dup << 3 | qos << 1 | retain, text(topic) + number + given + payload)
        return self

    def wait(self, seconds):
        """Reads meanwhile; an end of the connection ends the wait."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.link.settimeout(left)
            try:
                more = self.link.recv(65536)
            except OSError:
                break
            if not more:
                break
            self.heard += more
        return self

    def answer(self, seconds, *, completes=True):
        """Acknowledges what comes; without `completes` no PUBCOMP."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.wait(min(left, 0.1))
            while (packet := self.first_packet(self.heard)) is not None:
                head, body = packet
                self.heard = self.heard[len(head) + len(body):]
                kind, qos = head[0] >> 4, head[0] >> 1 & 3
                if kind == 3 and qos:
                    at = 2 + struct.unpack(">H", body[:2])[0]
                    self.send(0x40 if qos == 1 else 0x50, body[at:at + 2])
                if kind == 6 and completes:
                    self.send(0x70, body[:2])
        return self

    def goodbye(self, reason=None):
        self.send(0xE0, b"" if reason is None else bytes([reason, 0]))
        self.close()

    def close(self):
        self.link.close()

    def reset(self):
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.link.close()


class Broker:
    """A broker of one's own: `answers` is called with each packet of a connection, and says what to send or None."""

    def __init__(self, answers, port=1883):
        self.answers = answers
        self.server = socket.create_server(("0.0.0.0", port))
        self.clients = {}

    def run(self):
        import threading
        while True:
            threading.Thread(target=self.serve, args=(self.server.accept()[0],), daemon=True).start()

    def serve(self, link):
        data, about = b"", {}
        try:
            while more := link.recv(65536):
                data += more
                while (packet := Client.first_packet(data)) is not None:
                    head, body = packet
                    data = data[len(head) + len(body):]
                    answer = self.answers(self, link, about, head[0], body)
                    if answer is False:
                        link.close()
                        return
                    if answer:
                        link.sendall(answer)
        except OSError:
            pass
        finally:
            link.close()
            if self.clients.get(about.get("id")) is link:
                del self.clients[about["id"]]


def usual(broker, link, about, first, body, v5=False):
    """What any broker answers; nothing is passed on."""
    kind, no_properties = first >> 4, b"\0" if v5 else b""
    if kind == 1:
        return b"\x20" + bytes([2 + len(no_properties)]) + b"\0\0" + no_properties
    if kind == 8:
        count, at = 0, 2 + len(no_properties)
        while at < len(body):
            at += 3 + struct.unpack(">H", body[at:at + 2])[0]
            count += 1
        return b"\x90" + bytes([2 + len(no_properties) + count]) + body[:2] + no_properties + bytes(count)
    if kind == 12:
        return b"\xd0\0"
    if kind == 3 and first & 6:
        at = 2 + struct.unpack(">H", body[:2])[0]
        return (b"\x40\2" if first & 6 == 2 else b"\x50\2") + body[at:at + 2]
    if kind == 6:
        return b"\x70\2" + body[:2]
    if kind == 14:
        return False
    return None
