"""Kin of a broker that says it does not serve: whom else it turns away tells what is the matter; and of clouds' logins
whose parts contradict each other."""
from .cases import case, doctor
from .reported import proved, reported
from .stage_delivery import AT
from .stage_unmet_more_thirteen import in_the_cloud
from .stage_unmet_twentysix import odd

KIND = "kin: a refusal by a code that has several reasons"

# The broker's answer to CONNECT, in the client's own version.
REFUSES = """
def refuse(body, old, new):
    return b"\\x20\\x02\\0" + bytes([old]) if body[6] < 5 else b"\\x20\\x03\\0" + bytes([new]) + b"\\0"
def named(body):
    at = 10 + (1 + body[10] if body[6] == 5 else 0)
    return body[at + 2:at + 2 + size(body, at)].decode()
def has_user(body):
    return bool(body[7] & 128)
def let_in(broker, link, about, first, body):
    if first >> 4 == 1:
        about["v5"] = body[6] == 5
    return usual(broker, link, about, first, body, about["v5"])
"""


def broker(lab, refuses, old, new):
    odd(lab, REFUSES + f"""
def answers(broker, link, about, first, body):
    if first >> 4 == 1 and ({refuses}):
        link.sendall(refuse(body, {old}, {new}))
        return False
    return let_in(broker, link, about, first, body)
""")


@reported(KIND, r"unavailable", r"this login alone", r"plug-in|HTTP service|database",
          unsaid=r"(wrong|bad) password|nothing listens|anybody")
def the_database_of_users_is_gone(lab):
    """True: without a user name nobody asks the database, and the broker lets in."""
    broker(lab, "has_user(body)", 3, 0x88)
    proved(lab.phone, "-u", "alice", "-P", "alice-pw", not_=True)
    proved(lab.phone)
    return doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")


@reported(KIND, r"quota", r"this user", r"connections")
def the_users_connections_are_all_taken(lab):
    broker(lab, "has_user(body)", 3, 0x97)
    proved(lab.phone, "-u", "alice", "-P", "alice-pw", not_=True)
    return doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")


@reported(KIND, r"banned", r"client identifier")
def one_identifier_is_banned(lab):
    broker(lab, "named(body) == 'lamp'", 5, 0x8A)
    proved(lab.phone, "-i", "lamp", not_=True)
    proved(lab.phone, "-i", "lamp2")
    return doctor(lab.phone, AT, "-i", "lamp")


@case("mqtt-server-busy-or-banned", layer="kin")
def everybody_is_told_that_it_is_unavailable(lab):
    broker(lab, "True", 3, 0x88)
    answer = doctor(lab.phone, AT, "-u", "alice", "-P", "alice-pw")
    if answer.report["causes"][0]["certainty"] == "certain":
        answer.found += " (and is certain of what it does not know)"
    return answer


# ---- logins of clouds whose parts contradict each other ---------------------------------------------

PARTS = "kin: a cloud's login whose parts do not fit each other"


def cloud(lab, domain, name, *words):
    in_the_cloud(lab, domain, "121.36.42.100")
    broker(lab, "True", 4, 0x86)
    proved(lab.phone, *words, at=name, not_=True)
    return doctor(lab.phone, f"{name}:1883", *words)


@reported(PARTS, r"user name is of lamp\b", r"lamp2_0_0_2026030405", r"must be the same")
def huaweis_identifier_is_of_another_device(lab):
    return cloud(lab, "myhuaweicloud.com", "a1.iot-mqtts.cn-north-4.myhuaweicloud.com", "-u", "lamp",
                 "-i", "lamp2_0_0_2026030405", "-P", "c1fb7a52d94e1f0b")


@reported(PARTS, r"AB12lamp", r"AB12door", r"must be the same")
def tencents_identifier_is_of_another_device(lab):
    return cloud(lab, "tencentdevices.com", "AB12.iotcloud.tencentdevices.com", "-u",
                 "AB12lamp;12010126;x7y8z;2000000000", "-i", "AB12door", "-P", "0" * 64 + ";hmacsha256")


@reported(PARTS, r"products/P1/devices/door", r"lamp", r"token is for")
def onenets_token_is_of_another_device(lab):
    return cloud(lab, "heclouds.com", "mqtts.heclouds.com", "-u", "P1", "-i", "lamp", "-P",
                 "version=2018-10-31&res=products%2FP1%2Fdevices%2Fdoor&et=2000000000&method=md5&sign=abc%3D")
