"""A broker whose connections hear each other, and that does one odd thing; part of server.py.

    lose=N          every Nth message of a connection goes nowhere
    twice           sends every message twice
    late=SECONDS    sends it that much later
    mangle          changes the payload's last byte
    prefix=TEXT     puts this before the topic
    flat            delivers at QoS 0, whatever it granted
    swap            sends every other message a little later, when the next one has gone out
    qos2=silent     never answers a message of QoS 2; with close it hangs up on that
    early           sends a retained message before the SUBACK of its filter
    kept=TOPIC      keeps retained messages, has one there, and gives none to shared subscriptions
    wrong-id        a SUBACK of another identifier
    life=SECONDS[,REASON]   ends every connection after that time; in MQTT 5 with this reason (hex)
    grant=CODE      answers SUBSCRIBE with this code (hex); with only=FILTER for that one alone
    refuse=CODE     acknowledges with this reason (hex) in MQTT 5 and delivers nothing; likewise for that topic alone
    end=REASON      answers SUBSCRIBE with a DISCONNECT of this reason (hex) in MQTT 5, and closes
"""
import queue
import socket
import threading
import time

from odd_broker import Broker, text_at

_lock = threading.RLock()
_connections = set()
_kept = {}


def matches(pattern, topic):
    """[MQTT-4.7]: levels, +, # and the parent of what stands before it."""
    wanted, levels = pattern.split("/"), topic.split("/")
    if topic.startswith("$") and wanted[0] in ("#", "+"):
        return False
    for i, word in enumerate(wanted):
        if word == "#":
            return True
        if i >= len(levels) or word not in ("+", levels[i]):
            return False
    return len(wanted) == len(levels)


class Exchange(Broker):
    def __init__(self, connection, words):
        super().__init__(connection, [word if "=" in word else word + "=1" for word in words])
        self.granted = {}
        self.count = 0
        self.last_id = 0
        self.due = queue.SimpleQueue()

    def run(self):
        threading.Thread(target=self.hand_out_in_order, daemon=True).start()
        with _lock:
            _connections.add(self)
        if "life" in self.told:
            threading.Thread(target=self.end_in_time, daemon=True).start()
        try:
            super().run()
        finally:
            with _lock:
                _connections.discard(self)

    def end_in_time(self):
        seconds, _, reason = self.told["life"].partition(",")
        time.sleep(float(seconds))
        try:
            self.end(reason)
        except OSError:
            pass

    def end(self, reason):
        if self.version == 5 and reason:
            self.send(0xE0, bytes.fromhex(reason) + b"\x00")
        self.connection.shutdown(socket.SHUT_RDWR)

    def send(self, kind, body):
        with _lock:
            super().send(kind, body)

    def other(self, kind, body):
        """What has no place in a broker that only answers."""
        if kind == 5:
            self.send(0x62, body[:2])
        elif kind == 6:
            self.send(0x70, body[:2])
        elif kind == 10:
            at = 2 + (1 + body[2] if self.version == 5 else 0)
            self.granted.pop(text_at(body, at)[0], None)
            self.send(0xB0, body[:2] + (b"\x00\x00" if self.version == 5 else b""))

    def subscribe(self, body):
        at = 2
        if self.version == 5:
            at += 1 + body[at]
        if "end" in self.told and self.concerns(text_at(body, at)[0]):
            self.end(self.told["end"])
            return False
        codes, kept = b"", []
        while at < len(body):
            wanted, at = text_at(body, at)
            qos = body[at] & 3
            at += 1
            if "grant" in self.told and self.concerns(wanted):
                codes += bytes.fromhex(self.told["grant"])
                qos = codes[-1]
                if qos > 2:
                    continue
            else:
                codes += bytes([qos])
            if "kept" in self.told and not wanted.startswith("$share/"):
                _kept.setdefault(self.told["kept"], b"kept")
                kept += [topic for topic in _kept if matches(wanted, topic)]
            self.granted[wanted.split("/", 2)[2] if wanted.startswith("$share/") else wanted] = qos
            if "early" in self.told and "#" not in wanted and "+" not in wanted:
                self.deliver(wanted, b"kept from before", 0, 1)
        number = b"\xff\xfe" if "wrong-id" in self.told else body[:2]
        self.send(0x90, number + (b"\x00" if self.version == 5 else b"") + codes)
        for topic in kept:
            self.deliver(topic, _kept[topic], 0, 1)
        return True

    def publish(self, flags, body):
        topic, at = text_at(body, 0)
        qos = flags >> 1 & 3
        number = b""
        if qos:
            number, at = body[at:at + 2], at + 2
        if self.version == 5:
            at += 1 + body[at]
        payload = body[at:]
        if qos == 2 and "qos2" in self.told:
            return self.told["qos2"] != "close"
        if "kept" in self.told and flags & 1:
            _kept[topic] = payload
            if not payload:
                del _kept[topic]
        is_refused = "refuse" in self.told and self.concerns(topic)
        if qos:
            reason = bytes.fromhex(self.told["refuse"]) if is_refused and self.version == 5 else b""
            self.send(0x40 if qos == 1 else 0x50, number + reason)
        if is_refused:
            return True
        self.count += 1
        if "lose" in self.told and self.count % int(self.told["lose"]) == 0:
            return True
        if "swap" in self.told and self.count % 2:
            threading.Timer(0.15, self.hand_out, (topic, payload, qos)).start()
        else:
            self.due.put((time.monotonic() + float(self.told.get("late", 0)), topic, payload, qos))
        return True

    def hand_out_in_order(self):
        while True:
            at, *message = self.due.get()
            time.sleep(max(0.0, at - time.monotonic()))
            self.hand_out(*message)

    def hand_out(self, topic, payload, qos):
        if "mangle" in self.told and payload:
            payload = payload[:-1] + bytes([payload[-1] ^ 1])
        with _lock:
            readers = [(reader, [granted for pattern, granted in reader.granted.items()
                              if matches(pattern, topic)]) for reader in _connections]
        for reader, granted in readers:
            for _ in range(2 if granted and "twice" in self.told else 1 if granted else 0):
                try:
                    reader.deliver(self.told.get("prefix", "") + topic, payload, min(qos, max(granted)), 0)
                except OSError:
                    pass

    def deliver(self, topic, payload, qos, retained):
        if "flat" in self.told:
            qos = 0
        name = topic.encode()
        body = bytes([len(name) >> 8, len(name) & 255]) + name
        with _lock:
            if qos:
                self.last_id += 1
                body += bytes([self.last_id >> 8, self.last_id & 255])
            self.send(0x30 | qos << 1 | retained,
                      body + (b"\x00" if self.version == 5 else b"") + payload)
