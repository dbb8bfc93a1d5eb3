"""A broker and its clients that exist on paper only: a script says what each does, and a capture file as
tcpdump on the broker's machine would have written comes out, hours in a moment.

    here = Recording(lab)
    lamp = here.client("lamp").connect()
    lamp.subscribe("home/lamp/set", 1)
    here.wait(60)                       pings go on meanwhile
    here.client("app").connect().publish("home/lamp/set", "ON")
    explain(here.file())

The broker keeps to MQTT: it matches, retains, queues for sessions, publishes wills and takes identifiers over.
What it does otherwise is said to it: copies=True (one for each subscription), highest=1 (QoS granted),
refused=(filters), forgets=True (each session at the end of its connection), closes_on=(topics or filters)."""
import struct

BROKER = "192.0.2.10"


def text(words):
    words = words.encode() if isinstance(words, str) else words
    return struct.pack(">H", len(words)) + words


def packet(first, body):
    size, head = len(body), bytes([first])
    while True:
        head += bytes([size % 128 | (128 if size > 127 else 0)])
        size //= 128
        if not size:
            return head + body


def matches(wanted, topic):
    if wanted.startswith("$share/"):
        wanted = wanted.split("/", 2)[-1]
    if topic.startswith("$") and wanted[:1] in "+#":
        return False
    ours, theirs = wanted.split("/"), topic.split("/")
    for place, level in enumerate(ours):
        if level == "#":
            return True
        if place >= len(theirs) or level not in ("+", theirs[place]):
            return False
    return len(ours) == len(theirs)


class Session:
    def __init__(self):
        self.filters = {}
        self.queue = []
        self.app = None


class Recording:
    def __init__(self, lab, port=1883, copies=False, highest=2, refused=(), forgets=False, closes_on=()):
        self.path = lab.file("recorded.pcap", "")
        self.now = 1_700_000_000.0
        self.port, self.copies, self.highest = port, copies, highest
        self.refused, self.forgets, self.closes_on = refused, forgets, closes_on
        self.packets, self.links = [], []
        self.sessions, self.retained, self.expiries = {}, {}, {}
        self.next_port = 40000

    def client(self, name, address=None):
        return App(self, name, address or f"198.51.100.{sum(name.encode()) % 200 + 20}")

    def wait(self, seconds):
        end = self.now + seconds
        while True:
            due = min((each for each in self.links if each.keep_alive and each.pings), key=lambda each: each.ping_at,
                      default=None)
            if due is None or due.ping_at > end:
                break
            self.now = max(self.now, due.ping_at)
            due.ping()
        self.now = end

    def deliver(self, sender, topic, payload, qos, retain, properties=b"", expiry=None):
        if retain:
            if payload:
                self.retained[topic] = (payload, qos, properties)
            else:
                self.retained.pop(topic, None)
        shared = set()
        for session in list(self.sessions.values()):
            fitting = [(name, how) for name, how in session.filters.items() if matches(name, topic)
                       and not (how[1] and session.app is sender)]
            if not self.copies and len(fitting) > 1:
                fitting = [max(fitting, key=lambda each: each[1][0])]
            for name, (granted, _) in fitting:
                if name.startswith("$share/"):
                    if name in shared or not session.app:
                        continue
                    shared.add(name)
                level = min(qos, granted)
                if session.app:
                    session.app.receive(topic, payload, level, False, properties)
                elif level:
                    session.queue.append((topic, payload, level, properties, self.now + expiry if expiry else None))

    def put(self, app, to_broker, flags, data=b""):
        self.now += 0.0004
        seq, ack = (app.seq, app.ack) if to_broker else (app.ack, app.seq)
        source, target = (app.address, app.port), (BROKER, self.port)
        if not to_broker:
            source, target = target, source
        tcp = struct.pack(">HHIIBBHHH", source[1], target[1], seq & 0xFFFFFFFF, ack & 0xFFFFFFFF if flags & 16 else 0, 0x50,
                          flags, 64000, 0, 0)
        addresses = b"".join(bytes(int(part) for part in each[0].split(".")) for each in (source, target))
        ip = struct.pack(">BBHHHBBH", 0x45, 0, 40 + len(data), len(self.packets) & 0xFFFF, 0x4000, 58 if to_broker else 64, 6,
                         0) + addresses
        frame = ip + tcp + data
        self.packets.append(struct.pack("<IIII", int(self.now), int(self.now % 1 * 1e6), len(frame), len(frame)) + frame)
        step = len(data) + (1 if flags & 3 else 0)
        if to_broker:
            app.seq += step
        else:
            app.ack += step

    def file(self):
        with open(self.path, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101) + b"".join(self.packets))
        return self.path


class App:
    def __init__(self, here, name, address):
        self.here, self.name, self.address = here, name, address
        self.is_on = False
        self.pings, self.acknowledges, self.keep_alive = True, True, 0
        self.will, self.v5, self.clean, self.expiry = None, False, True, 0

    # ---- bytes

    def says(self, first, body):
        data = packet(first, body)
        while data:
            self.here.put(self, True, 24, data[:1400])
            data = data[1400:]
            self.here.put(self, False, 16)
        self.ping_at = self.here.now + (self.keep_alive or 1e9)

    def hears(self, first, body):
        data = packet(first, body)
        while data:
            self.here.put(self, False, 24, data[:1400])
            data = data[1400:]
            self.here.put(self, True, 16)

    def properties(self, of=b""):
        return bytes([len(of)]) + of if self.v5 else b""

    # ---- what it does

    def connect(self, clean=True, keep_alive=60, will=None, user=None, v5=False, expiry=0, properties=b""):
        here = self.here
        self.port = here.next_port = here.next_port + 1
        self.seq, self.ack = 1000, 5000
        self.keep_alive, self.will, self.v5, self.clean, self.expiry = keep_alive, will, v5, clean, expiry
        for to_broker, flags in ((True, 2), (False, 18), (True, 16)):
            here.put(self, to_broker, flags)
        flags = (2 if clean else 0) | (0 if user is None else 0xC0)
        payload = text(self.name)
        if will:
            topic, message, qos, retain = (*will, 0, False)[:4]
            flags |= 4 | qos << 3 | (32 if retain else 0)
            payload += self.properties() + text(topic) + text(message)
        if user is not None:
            payload += text(user) + text("secret")
        own = properties + (b"\x11" + struct.pack(">I", expiry) if expiry else b"")
        self.last = 0
        before = here.sessions.get(self.name)
        self.says(0x10, text("MQTT") + bytes([5 if v5 else 4, flags]) + struct.pack(">H", keep_alive) +
                  self.properties(own) + payload)
        if before and before.app and before.app is not self:
            before.app.thrown_out()
        keeps = before and not clean
        session = before if keeps else Session()
        here.sessions[self.name] = session
        session.app = self
        self.session, self.is_on = session, True
        here.links.append(self)
        self.hears(0x20, bytes([1 if keeps else 0, 0]) + self.properties())
        queue, session.queue = session.queue, []
        for topic, payload, level, own, end in queue:
            if end is None or end > here.now:
                self.receive(topic, payload, level, False, own)
        return self

    def subscribe(self, *filters, qos=0, no_local=False):
        self.last += 1
        body, codes = struct.pack(">H", self.last) + self.properties(), b""
        for name in filters:
            body += text(name) + bytes([qos | (4 if no_local else 0)])
            granted = 0x80 if name in self.here.refused else min(qos, self.here.highest)
            codes += bytes([granted])
            if granted < 3:
                self.session.filters[name] = (granted, no_local)
        number = struct.pack(">H", self.last)
        self.says(0x82, body)
        if any(name in self.here.closes_on for name in filters):
            self.thrown_out()
            return self
        self.hears(0x90, number + self.properties() + codes)
        for name in filters:
            for topic, (payload, level, own) in list(self.here.retained.items()):
                if matches(name, topic) and not name.startswith("$share/") and name in self.session.filters:
                    self.receive(topic, payload, min(level, self.session.filters[name][0]), True, own)
        return self

    def unsubscribe(self, name):
        self.last += 1
        number = struct.pack(">H", self.last)
        self.session.filters.pop(name, None)
        self.says(0xA2, number + self.properties() + text(name))
        self.hears(0xB0, number + (self.properties() + b"\0" if self.v5 else b""))
        return self

    def publish(self, topic, payload="1", qos=0, retain=False, response=None, expiry=None, correlation=None):
        payload = payload.encode() if isinstance(payload, str) else payload
        own = b""
        if expiry is not None:
            own += b"\x02" + struct.pack(">I", expiry)
        if response:
            own += b"\x08" + text(response)
        if correlation:
            own += b"\x09" + text(correlation)
        number = b""
        if qos:
            self.last += 1
            number = struct.pack(">H", self.last)
        self.says(0x30 | qos << 1 | (1 if retain else 0), text(topic) + number + self.properties(own) + payload)
        if topic in self.here.closes_on:
            self.thrown_out()
            return self
        if qos == 1:
            self.hears(0x40, number)
        elif qos == 2:
            self.hears(0x50, number)
            self.says(0x62, number)
            self.hears(0x70, number)
        self.here.deliver(self, topic, payload, qos, retain, own, expiry)
        return self

    def receive(self, topic, payload, qos, retain, properties=b""):
        number = b""
        if qos:
            self.theirs = getattr(self, "theirs", 0) + 1
            number = struct.pack(">H", self.theirs)
        self.hears(0x30 | qos << 1 | (1 if retain else 0),
                   text(topic) + number + (self.properties(properties) if self.v5 else b"") + payload)
        if not self.acknowledges:
            return
        if qos == 1:
            self.says(0x40, number)
        elif qos == 2:
            self.says(0x50, number)
            self.hears(0x62, number)
            self.says(0x70, number)

    def ping(self):
        self.says(0xC0, b"")
        self.hears(0xD0, b"")

    def _ends(self):
        self.is_on = False
        self.here.links.remove(self)
        self.session.app = None
        keeps = self.expiry if self.v5 else not self.clean
        if (not keeps or self.here.forgets) and self.here.sessions.get(self.name) is self.session:
            del self.here.sessions[self.name]

    def leave(self):
        self.says(0xE0, b"")
        self.here.put(self, True, 17)
        self.here.put(self, False, 17)
        self.here.put(self, True, 16)
        self._ends()
        return self

    def dies(self):
        """Its program ends without a DISCONNECT."""
        self.here.put(self, True, 17)
        self.here.put(self, False, 17)
        self.here.put(self, True, 16)
        self._ends()
        self._will()
        return self

    def thrown_out(self):
        self.here.put(self, False, 17)
        self.here.put(self, True, 17)
        self.here.put(self, False, 16)
        if self.is_on:
            self._ends()
        self._will()

    def _will(self):
        if self.will:
            topic, message, qos, retain = (*self.will, 0, False)[:4]
            self.here.deliver(None, topic, message.encode(), qos, retain)
