#!/usr/bin/env python3
"""What answers over UDP and is no gateway of MQTT-SN, or an odd one.

    odd_gateway.py PORT WAY

WAY: echo, text, search (answers the search alone), goodbye (DISCONNECT for CONNECT), elsewhere (answers
from another port), code=N (of CONNACK), swallow (acknowledges all and delivers nothing), early (sends to
who sleeps), no-sleep, no-will, taken=ID (ends the connection of a client of that name after a moment).
"""
import socket
import sys
import threading

ADVERTISED = bytes([3, 0x02, 1])
SEARCHGW, CONNECT, CONNACK, WILLTOPICREQ, WILLTOPIC, WILLMSGREQ, WILLMSG = 1, 4, 5, 6, 7, 8, 9
REGISTER, REGACK, PUBLISH, PUBACK, SUBSCRIBE, SUBACK = 0x0A, 0x0B, 0x0C, 0x0D, 0x12, 0x13
PINGREQ, PINGRESP, DISCONNECT = 0x16, 0x17, 0x18


def message(kind, *content):
    body = bytes([kind]) + b"".join(part if isinstance(part, bytes) else bytes([part]) for part in content)
    return bytes([len(body) + 1]) + body


def main():
    port, way = int(sys.argv[1]), sys.argv[2]
    here = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    here.bind(("", port))
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    subscriber = None
    asleep = False
    wills = set()
    while True:
        asked, who = here.recvfrom(2048)

        def say(kind, *content, by=other if way == "elsewhere" else here, to=who):
            by.sendto(message(kind, *content), to)

        kind = asked[1] if len(asked) > 1 else 0
        if way == "echo":
            here.sendto(asked, who)
        elif way == "text":
            here.sendto(b"ERROR unknown command\r\n", who)
        elif kind == SEARCHGW:
            if way == "search":
                here.sendto(ADVERTISED, who)
        elif way == "search":
            pass
        elif kind == CONNECT and way == "goodbye":
            say(DISCONNECT)
        elif kind == CONNECT and way.startswith("code="):
            say(CONNACK, int(way[5:]))
        elif kind == CONNECT:
            if asked[2] & 0x08 and way != "no-will":
                wills.add(who)
                say(WILLTOPICREQ)
                continue
            say(CONNACK, 0)
            if way.startswith("taken=") and asked[6:] == way[6:].encode():
                threading.Timer(0.02, lambda to=who: here.sendto(message(DISCONNECT), to)).start()
        elif kind == WILLTOPIC:
            say(WILLMSGREQ)
        elif kind == WILLMSG:
            say(CONNACK, 0)
        elif kind == REGISTER:
            say(REGACK, b"\0\1", asked[4:6], 0)
        elif kind == SUBSCRIBE:
            subscriber = who
            say(SUBACK, 0x20, b"\0\1", asked[3:5], 0)
        elif kind == PUBLISH:
            say(PUBACK, asked[3:5], asked[5:7], 0)
            is_kept = way == "swallow" or (asleep and way != "early")
            if subscriber is not None and not is_kept:
                here.sendto(message(PUBLISH, 0, b"\0\1", b"\0\0", asked[7:]), subscriber)
        elif kind == PINGREQ:
            say(PINGRESP)
        elif kind == DISCONNECT:
            asleep = len(asked) > 2
            if not (asleep and way == "no-sleep"):
                say(DISCONNECT)


main()
