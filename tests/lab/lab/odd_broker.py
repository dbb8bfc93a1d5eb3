"""A broker that answers as it is told; part of server.py.

    versions=3,4,5     levels it speaks; others are answered as `other` says
    other=close        or other=old (CONNACK 1 of 3.1.1) or other=code (0x84, in MQTT 5's form)
    anonymous=CODE     return code (3.1.1's; MQTT 5 gets the reason that means the same)
    user=NAME:CODE     for that user; others are accepted
    local=NAME         this user may come by the loopback address alone (code 5), as RabbitMQ's guest
    named=close        hangs up on whoever gives a user name
    will=CODE          for whoever leaves a will
    id=PREFIX          accepts only client identifiers that begin so (code 2)
    longest=N          accepts only client identifiers of so many letters (code 2)
    delay=SECONDS      before CONNACK
    answers=N          so many CONNECTs have an answer, and no further one
    limit=HEX          properties of the CONNACK
    subscribe=ANSWER   "close", "silent", or the code in hex; for every filter but...
    publish=ANSWER     "close", "silent", "swallow", or the code in hex; for every topic but...
    except=PREFIX      ...those that begin so
    only=TOPIC         the answers above are for this topic alone
    ping=silent        deaf to PINGREQ
    hub=no-parent      passes messages on between its connections; "a/#" does not fit "a"
"""
import contextlib
import time

HUB = []  # all connections of this server
CONNECTS = []  # one mark for each CONNECT that came


def fits(wanted, topic):
    """Whether the filter fits the topic, but for the level before /#."""
    left, right = wanted.split("/"), topic.split("/")
    for i, level in enumerate(left):
        if level == "#":
            return len(right) > i
        if i >= len(right) or level not in ("+", right[i]):
            return False
    return len(left) == len(right)


MEANING = {0: 0x00, 1: 0x84, 2: 0x85, 3: 0x88, 4: 0x86, 5: 0x87}


def read_exactly(connection, size):
    data = b""
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            return None
        data += more
    return data


def read_packet(connection):
    head = read_exactly(connection, 1)
    if head is None:
        return None, None, b""
    size = shift = 0
    while True:
        byte = read_exactly(connection, 1)
        if byte is None:
            return None, None, b""
        size |= (byte[0] & 127) << shift
        shift += 7
        if byte[0] < 128:
            break
    body = read_exactly(connection, size)
    if body is None:
        return None, None, b""
    return head[0] >> 4, head[0] & 15, body


def text_at(body, at):
    size = body[at] << 8 | body[at + 1]
    return body[at + 2:at + 2 + size].decode(errors="replace"), at + 2 + size


class Broker:
    def __init__(self, connection, words):
        self.connection = connection
        self.told = dict(word.split("=", 1) for word in words if "=" in word)
        self.users = dict(word[5:].split(":") for word in words if word.startswith("user="))
        self.version = 4
        self.filters = set()
        if "hub" in self.told:
            HUB.append(self)

    def send(self, kind, body):
        size, length = len(body), b""
        while True:
            size, low = divmod(size, 128)
            length += bytes([low | (128 if size else 0)])
            if not size:
                break
        self.connection.sendall(bytes([kind]) + length + body)

    def run(self):
        while True:
            kind, flags, body = read_packet(self.connection)
            if kind is None:
                return
            if kind == 1 and not self.connect(body):
                return
            if kind == 8 and not self.subscribe(body):
                return
            if kind == 3 and not self.publish(flags, body):
                return
            if kind == 12 and self.told.get("ping") != "silent":
                self.send(0xD0, b"")
            if kind == 14:
                return
            self.other(kind, body)

    def other(self, kind, body):
        """Packets that nobody asks about."""

    def connack(self, code):
        properties = bytes.fromhex(self.told.get("limit", "")) if code == 0 else b""
        if self.version == 5:
            self.send(0x20, bytes([0, MEANING[code], len(properties)]) + properties)
        else:
            self.send(0x20, bytes([0, code]))

    def connect(self, body):
        _, at = text_at(body, 0)
        self.version, flags = body[at], body[at + 1]
        at += 4
        if self.version == 5:
            at += 1 + body[at]
        client_id, at = text_at(body, at)
        if flags & 0x04:
            at += 1 + body[at] if self.version == 5 else 0
            for _ in range(2):
                at += 2 + (body[at] << 8 | body[at + 1])
        user = text_at(body, at)[0] if flags & 0x80 else None
        time.sleep(float(self.told.get("delay", 0)))
        CONNECTS.append(user)
        if len(CONNECTS) > int(self.told.get("answers", len(CONNECTS))):
            return True
        if str(self.version) not in self.told.get("versions", "3,4,5").split(","):
            other = self.told.get("other", "close")
            if other == "old":
                self.connection.sendall(b"\x20\x02\x00\x01")
            elif other == "code":
                self.connack(1)
            return False
        if user is not None and self.told.get("named") == "close":
            return False
        code = int(self.told.get("anonymous", 0)) if user is None else int(self.users.get(user, 0))
        if user is not None and user == self.told.get("local") and not self.is_local():
            code = 5
        if not client_id.startswith(self.told.get("id", "")) or \
                len(client_id) > int(self.told.get("longest", len(client_id))):
            code = 2
        if flags & 0x04:
            code = int(self.told.get("will", code))
        self.connack(code)
        return code == 0

    def is_local(self):
        return self.connection.getpeername()[0] in ("127.0.0.1", "::1", "::ffff:127.0.0.1")

    def concerns(self, topic):
        if "only" in self.told:
            return topic == self.told["only"]
        return not ("except" in self.told and topic.startswith(self.told["except"]))

    def subscribe(self, body):
        at = 2
        if self.version == 5:
            at += 1 + body[at]
        wanted, at = text_at(body, at)
        answer = self.told.get("subscribe", "") if self.concerns(wanted) else ""
        if answer == "close":
            return False
        if answer == "silent":
            return True
        code = bytes.fromhex(answer) if answer else b"\x01"
        if code[0] < 0x80:
            self.filters.add(wanted)
        self.send(0x90, body[:2] + (b"\x00" if self.version == 5 else b"") + code)
        return True

    def publish(self, flags, body):
        topic, at = text_at(body, 0)
        packet_id = b""
        if flags & 6:
            packet_id, at = body[at:at + 2], at + 2
        answer = self.told.get("publish", "") if self.concerns(topic) else ""
        if answer == "close":
            return False
        if answer == "silent":
            return True
        code = bytes.fromhex(answer) if answer and answer != "swallow" else b""
        if flags & 6:
            self.send(0x40, packet_id + (code if self.version == 5 else b""))
        payload = body[at + (1 + body[at] if self.version == 5 else 0):]
        if "hub" in self.told:
            for other in HUB:
                if any(fits(wanted, topic) for wanted in other.filters):
                    with contextlib.suppress(OSError):  # the client has left
                        other.deliver(topic, payload)
            return True
        if not answer and topic in self.filters:
            self.deliver(topic, payload)
        return True

    def deliver(self, topic, payload):
        name = topic.encode()
        properties = b"\x00" if self.version == 5 else b""
        self.send(0x30, bytes([len(name) >> 8, len(name) & 255]) + name + properties + payload)
