// The options of mqtt-sub beyond mosquitto_sub's: how they combine.
#include <doctest/doctest.h>

#include "unit/tools/command_line.hpp"

using namespace mqttkit;
using namespace mqttkit::tools;
using namespace mqttkit::tools::test;
using namespace std::chrono_literals;

namespace {

sub with(words more) {
  more.insert(more.begin(), {"-t", "a"});
  return sub(more);
}

}  // namespace

TEST_CASE("--raw is a form, and there is one") {
  CHECK(with({"--raw"}).settings.raw);
  CHECK(with({"--raw", "--json"}).error() ==
        "--raw and --json exclude each other: both say what is printed");
  CHECK(with({"--raw", "-v"}).error() ==
        "--raw and -v exclude each other: both say what is printed");
  CHECK(with({"--raw", "-F", "%t"}).error() ==
        "--raw and -F exclude each other: both say what is printed");
}

TEST_CASE("--retained says which messages are wanted") {
  CHECK(with({}).settings.retained_messages == retained_wanted::all);
  const sub skip = with({"--retained", "skip", "-V", "5"});
  CHECK(skip.settings.no_stale);
  CHECK(skip.settings.retained == retain_handling::do_not_send);
  CHECK(with({"--retained", "only"}).settings.retained_messages == retained_wanted::only);
  CHECK(with({"--retained", "some"}).error() == "--retained some: it is only, skip or all");
  CHECK(with({"--retained", "only", "-R"}).error() ==
        "-R and --retained only exclude each other: nothing would be printed");
  CHECK(with({"--retained", "skip", "--retained-only"}).error() ==
        "-R and --retained-only exclude each other: nothing would be printed");
  CHECK(with({"--retained", "only", "--retain-handling", "never"}).error() ==
        "--retained only and --retain-handling never exclude each other: nothing would be printed");
  CHECK(with({"--retained", "only", "--retain-as-published"}).error() ==
        "--retained only and --retain-as-published exclude each other: new messages could not be "
        "told from retained ones");
}

TEST_CASE("--idle is a duration, --sample a count, --where a condition, --color a choice") {
  CHECK(with({"--idle", "1.5s"}).settings.idle == 1500ms);
  CHECK(with({"--idle", "0"}).error() ==
        "--idle 0: a duration is a number and ms, s, m or h, and more than 0");
  CHECK(with({"--sample", "10"}).settings.sample == 10);
  CHECK(with({"--sample", "0"}).error() == "--sample 0: one of how many: 1 or more");
  CHECK(with({"--where", ".a > 1"}).settings.where == ".a > 1");
  CHECK(with({"--where", "a"}).error() ==
        "--where 'a': it begins with a path, such as .temp or .list[0].name (byte 1)");
  CHECK(with({"--color", "never"}).settings.colour == colour_when::never);
  CHECK(with({"--color", "blue"}).error() == "--color blue: it is auto, always or never");
}

TEST_CASE("--summary-every means --summary, and --events is told or not") {
  const sub line = with({"--summary-every", "2s"});
  CHECK(line.settings.summary);
  CHECK(line.settings.summary_every == 2s);
  CHECK(with({"--summary-every", "1ms"}).error() ==
        "--summary-every 1ms: a duration is a number and ms, s, m or h, and 100ms or more");
  CHECK(with({"--events", "json", "--quiet"}).settings.events == event_form::json);
  CHECK(with({"--events", "words", "--quiet"}).error() ==
        "--quiet and --events words exclude each other; --events json is told all the same");
  CHECK(with({"--events", "xml"}).error() == "--events xml: it is words or json");
}

TEST_CASE("--out says where, and what only files have needs it") {
  const sub line =
      with({"--out", "d/", "--per-topic", "--rotate-size", "10k", "--rotate-every", "24h"});
  CHECK(line.settings.out == "d/");
  CHECK(line.settings.per_topic);
  CHECK(line.settings.rotate_bytes == 10'240);
  CHECK(line.settings.rotate_every == 24h);
  CHECK(with({"--per-topic"}).error() == "--per-topic needs --out DIRECTORY");
  CHECK(with({"--rotate-size", "1M"}).error() == "--rotate-size needs --out");
  CHECK(with({"--rotate-every", "1h"}).error() == "--rotate-every needs --out");
  CHECK(with({"--out", "f", "--rotate-size", "big"}).error() ==
        "--rotate-size big: a size is a number of bytes, or one with k, M or G");
  CHECK(with({"--out", "f", "--exec", "cat"}).error() ==
        "--exec and --out exclude each other: both say where messages go");
}

TEST_CASE("--exec is taken apart into words, --exec-shell is left to the shell") {
  using strings = std::vector<std::string>;
  CHECK(with({"--exec", "cat"}).settings.exec == strings{"cat"});
  CHECK(with({"--exec", " a 'b c'  \"d \\\"e\" f\\ g '' $HOME "}).settings.exec ==
        strings{"a", "b c", "d \"e", "f g", "", "$HOME"});
  CHECK(with({"--exec-shell", "cat | wc"}).settings.exec == strings{"/bin/sh", "-c", "cat | wc"});
  CHECK(with({"--exec", "a 'b"}).error() == "--exec 'a 'b': a ' without its other half");
  CHECK(with({"--exec", " "}).error() == "--exec ' ': there is no command in it");
  CHECK(with({"--exec", "a\\"}).error() ==
        "--exec 'a\\': nothing follows the backslash at its end");
  CHECK(with({"--exec", "a", "--exec-shell", "b"}).error() ==
        "--exec, --exec-shell, --reply-exec and --reply-exec-shell: one can be given, once");
  CHECK(with({"--exec-jobs", "2"}).error() == "--exec-jobs needs --exec COMMAND");
  CHECK(with({"--exec", "a", "--exec-jobs", "0"}).error() == "--exec-jobs 0: 1 to 1000");
  CHECK(with({"--on-exec-failure", "stop"}).error() == "--on-exec-failure needs --exec COMMAND");
}

TEST_CASE("--clean-retained takes the place of -t, and wants an answer or --yes") {
  const sub line({"--clean-retained", "a/#", "--clean-retained", "b", "--yes", "-T", "a/x"});
  REQUIRE(line.runs());
  CHECK(line.settings.topics == std::vector<std::string>{"a/#", "b"});
  CHECK(line.settings.qos == qos_t::at_least_once);
  CHECK(line.settings.client.session.version == protocol_version::v5);
  CHECK(sub({"--clean-retained", "a", "--yes", "-V", "3.1.1"}).settings.client.session.version ==
        protocol_version::v3_1_1);
  CHECK(sub({"--clean-retained", "a", "-t", "b", "--yes"}).error() ==
        "--clean-retained and -t 'b' exclude each other: say what to remove with --clean-retained "
        "alone");
  CHECK(sub({"--clean-retained", "a", "--yes", "--json"})
            .error()
            .starts_with("--clean-retained prints topics and nothing else; leave -v, "));
  CHECK(sub({"--clean-retained", "a", "--yes", "-R"})
            .error()
            .starts_with("--clean-retained already says which messages; leave -R, "));
  CHECK(with({"--dry-run"}).error() == "--dry-run needs --clean-retained FILTER");
  CHECK(with({"--yes"}).error() == "--yes needs --clean-retained FILTER");
}

TEST_CASE("--decode knows Sparkplug, and wants the lines of --json") {
  CHECK(with({"--json", "--decode", "sparkplug"}).settings.decodes_sparkplug);
  CHECK(with({"--decode", "sparkplug"}).error() ==
        "--decode needs --json, which has the raw payload beside what was decoded");
  CHECK(with({"--json", "--decode", "cbor"}).error() == "--decode cbor: it is sparkplug");
}

TEST_CASE("--as-mosquitto says which of two ways is followed") {
  CHECK(sub({"-t", "a"}).settings.ways == mosquitto_ways::best);
  CHECK(sub({"-t", "a", "--as-mosquitto", "2.0"}).settings.ways == mosquitto_ways::v2_0);
  CHECK(pub({"-t", "a", "-n", "--as-mosquitto", "2.1"}).settings.ways == mosquitto_ways::v2_1);
  CHECK(sub({"-t", "a", "--as-mosquitto", "1.6"}).error() ==
        "--as-mosquitto 1.6: it is 2.0 or 2.1");
}

TEST_CASE("--watch and --message-rate take the place of the messages") {
  CHECK(sub({"-t", "a", "-w"}).settings.watch);
  const sub both({"-t", "a", "--watch", "--message-rate"});
  CHECK(both.settings.message_rate);
  CHECK_FALSE(both.settings.watch);
  CHECK(sub({"-t", "a", "-w", "--out", "f"}).error() ==
        "--watch and --out exclude each other: both say what becomes of the messages");
  CHECK(sub({"-t", "a", "--message-rate", "--tree"}).error() ==
        "--message-rate and --tree exclude each other: both say what becomes of the messages");
}

TEST_CASE("the reply topic of a request has its own rules for retained messages") {
  const pub line({"-t", "a", "-n", "--request", "--retain-handling", "always", "--latency"});
  CHECK(line.settings.retained == retain_handling::send);
  CHECK(line.settings.latency);
  CHECK(pub({"-t", "a", "-n", "--request", "--retain-as-published"}).settings.retain_as_published);
  CHECK(pub({"-t", "a", "-n", "--request", "--retain-handling", "often"}).error() ==
        "--retain-handling often: it is send, new or never");
}

TEST_CASE("--subscribe has options of its own, and its filter is what follows topic=") {
  const sub line({"-t", "a", "-q", "1", "--subscribe", "qos=2,topic=b,qos=0", "--subscribe",
                  "no-local,retain-handling=new,retain-as-published,topic=c?topic=d", "-t", "e"});
  REQUIRE_MESSAGE(line.runs(), line.result.err);
  CHECK(line.settings.topics == std::vector<std::string>{"a", "b,qos=0", "c?topic=d", "e"});
  CHECK(line.settings.qos == qos_t::at_least_once);
  REQUIRE(line.settings.own.size() == 2);
  CHECK(line.settings.own[0].topic == 1);
  CHECK(line.settings.own[0].qos == qos_t::exactly_once);
  CHECK_FALSE(line.settings.own[0].no_local);
  CHECK(line.settings.own[1].topic == 2);
  CHECK_FALSE(line.settings.own[1].qos.has_value());
  CHECK(line.settings.own[1].no_local);
  CHECK(line.settings.own[1].retain_as_published);
  CHECK(line.settings.own[1].retained == retain_handling::send_if_new);
  CHECK(line.settings.client.session.version == protocol_version::v5);
  CHECK(sub({"--subscribe", "qos=1,topic=a"}).settings.client.session.version ==
        protocol_version::v3_1_1);
  const auto wrong = [](std::string_view value) { return sub({"--subscribe", value}).error(); };
  CHECK(wrong("a/b") == "--subscribe a/b: topic=FILTER is missing at the end");
  CHECK(wrong("qos=3,topic=a").starts_with("--subscribe qos=3,topic=a: 'qos=3' is no option; "));
  CHECK(wrong("topic=a/#/b") == "--subscribe 'a/#/b': # must come last (byte 3)");
  CHECK(wrong("no-local,topic=$share/g/a") ==
        "no-local and '$share/g/a' exclude each other: MQTT forbids it for shared subscriptions");
  CHECK(sub({"-V", "311", "--subscribe", "no-local,topic=a"})
            .error()
            .starts_with("--subscribe needs MQTT 5"));
}

TEST_CASE("--reply-exec means MQTT 5, or a topic for the replies that is no request's") {
  const sub line({"-t", "a/#", "--reply-exec", "cat -n", "-D", "publish", "content-type", "x"});
  REQUIRE_MESSAGE(line.runs(), line.result.err);
  CHECK(line.settings.replies);
  CHECK(line.settings.exec == std::vector<std::string>{"cat", "-n"});
  CHECK(line.settings.exec_timeout == 60s);
  CHECK(line.settings.client.session.version == protocol_version::v5);
  CHECK(same(line.settings.publish_properties, made(property_id::content_type, "x")));
  CHECK(line.result.err.empty());
  CHECK(sub({"-t", "a", "-V", "311", "-e", "b", "--reply-exec-shell", "x"}).settings.exec.size() ==
        3);
  CHECK(sub({"-t", "a", "-V", "311", "--reply-exec", "x"}).error() ==
        "--reply-exec needs -e TOPIC before MQTT 5, where a request cannot say where its reply "
        "goes");
  CHECK(sub({"-t", "$share/g/a/#", "-e", "a/b", "--reply-exec", "x"}).error() ==
        "-e 'a/b' and -t '$share/g/a/#' exclude each other: replies would be taken for requests, "
        "without end");
  CHECK(sub({"-t", "a", "-e", "b"}).error() == "-e needs --reply-exec COMMAND");
  CHECK(sub({"-t", "a", "--exec", "x", "--reply-exec", "x"}).error() ==
        "--exec, --exec-shell, --reply-exec and --reply-exec-shell: one can be given, once");
  CHECK(sub({"-t", "a", "--reply-exec", "x", "-D", "publish", "topic-alias", "1"}).error() ==
        "-D publish topic-alias and --reply-exec exclude each other: it is the request that says "
        "it");
  CHECK(sub({"-t", "a", "--exec-timeout", "5s"}).error() == "--exec-timeout needs --exec COMMAND");
  CHECK(sub({"-t", "a", "--exec", "x"}).settings.exec_timeout == 0s);
}
