"""A client of MQTT that does only what it is told, one word after the other.

    client.py HOST PORT [v5] WORD...

    connect=ID[,KEEPALIVE[,keep]]   CONNECT; keep: clean session off
    subscribe=QOS,FILTER
    unsubscribe=FILTER
    publish=QOS,TOPIC[,BYTES]       payload of that size; QoS as a packet of its own identifier
    retain=QOS,TOPIC
    ping                            PINGREQ
    wait=SECONDS                    reads meanwhile, and answers nothing
    pings=SECONDS                   the same, with a PINGREQ a second
    deaf=SECONDS                    does not even read
    picky=BYTES,SECONDS             acknowledges messages of QoS 1 whose payload is no larger
"""
import socket
import struct
import sys
import time


def text(words):
    return struct.pack(">H", len(words)) + words.encode()


class Client:
    def __init__(self, host, port, is_5):
        self.link = socket.socket()
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16384)
        self.link.connect((host, port))
        self.is_5 = is_5
        self.last_id = 0

    def send(self, first, body):
        size, head = len(body), bytes([first])
        while True:
            head += bytes([size % 128 | (128 if size > 127 else 0)])
            size //= 128
            if not size:
                break
        self.link.sendall(head + body)

    def new_id(self):
        self.last_id += 1
        return struct.pack(">H", self.last_id)

    def properties(self):
        return b"\0" if self.is_5 else b""

    def connect(self, identifier, keep_alive="60", keep=""):
        flags = 0 if keep else 2
        self.send(0x10, text("MQTT") + bytes([5 if self.is_5 else 4, flags]) +
                  struct.pack(">H", int(keep_alive)) + self.properties() + text(identifier))
        self.wait(0.3)

    def subscribe(self, qos, filter_, no_local=0):
        self.send(0x82, self.new_id() + self.properties() + text(filter_) +
                  bytes([int(qos) | int(no_local) << 2]))
        self.wait(0.3)

    def unsubscribe(self, filter_):
        self.send(0xA2, self.new_id() + self.properties() + text(filter_))
        self.wait(0.3)

    def publish(self, qos, topic, size="1", retain=0):
        number = self.new_id() if int(qos) else b""
        self.send(0x30 | int(qos) << 1 | retain, text(topic) + number + self.properties() +
                  b"x" * int(size))

    def retain(self, qos, topic):
        self.publish(qos, topic, "1", 1)

    def ping(self):
        self.send(0xC0, b"")

    def wait(self, seconds):
        end = time.monotonic() + float(seconds)
        while (left := end - time.monotonic()) > 0:
            self.link.settimeout(left)
            try:
                if not self.link.recv(65536):
                    sys.exit(1)
            except socket.timeout:
                return

    def pings(self, seconds):
        for _ in range(int(seconds)):
            self.wait(1)
            self.ping()

    def deaf(self, seconds):
        time.sleep(float(seconds))

    def picky(self, largest, seconds):
        end = time.monotonic() + float(seconds)
        data = b""
        while (left := end - time.monotonic()) > 0:
            self.link.settimeout(left)
            try:
                more = self.link.recv(65536)
            except socket.timeout:
                return
            if not more:
                sys.exit(1)
            data += more
            while (packet := self.first_packet(data)) is not None:
                head, body = packet
                data = data[len(head) + len(body):]
                if head[0] >> 4 == 3 and head[0] & 2:
                    at = 2 + struct.unpack(">H", body[:2])[0]
                    if len(body) - at - 2 <= int(largest):
                        self.send(0x40, body[at:at + 2])

    @staticmethod
    def first_packet(data):
        """Its head and its body; None when it is not whole yet."""
        size = shift = 0
        for at in range(1, min(len(data), 5)):
            size |= (data[at] & 127) << shift
            shift += 7
            if data[at] < 128:
                end = at + 1 + size
                return (data[:at + 1], data[at + 1:end]) if len(data) >= end else None
        return None


def main():
    host, port, *words = sys.argv[1:]
    is_5 = words[0] == "v5"
    client = Client(host, int(port), is_5)
    for word in words[is_5:]:
        name, _, rest = word.partition("=")
        getattr(client, name)(*(rest.split(",") if rest else ()))


if __name__ == "__main__":
    try:
        main()
    except OSError as error:
        sys.exit(str(error))
