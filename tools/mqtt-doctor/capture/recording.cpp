#include "mqtt-doctor/capture/recording.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <utility>

#include "common/utc_time.hpp"
#include "mqtt-doctor/capture/address_conflict.hpp"
#include "mqtt-doctor/capture/capture_file.hpp"
#include "mqtt-doctor/capture/captured_sensor.hpp"
#include "mqtt-doctor/capture/captured_stream.hpp"
#include "mqtt-doctor/capture/said_findings.hpp"
#include "mqtt-doctor/capture/sensor_ear.hpp"
#include "mqtt-doctor/capture/wiretap.hpp"
#include "mqtt-doctor/causes/registry.hpp"
#include "mqtt-doctor/causes/support.hpp"
#include "mqtt-doctor/causes/symptoms.hpp"
#include "mqtt-doctor/words/language.hpp"
#include "mqttkit/base/text.hpp"

namespace mqttkit::doctor {
namespace {

using namespace std::chrono_literals;

// seconds; an app gives up on an answer by then
constexpr double answer_limit_s = 5;

std::string text_of(system_time from) {
  tools::utc_time time;
  return std::string(time.text_of(from));
}

std::string time_of(capture_time from) { return text_of(shown_time(from)); }

std::string broker_of(const kept_stream& stream) {
  return host_and_port(stream.story.broker.address,
                       static_cast<unsigned>(stream.story.broker.port));
}

class recorder {
 public:
  recorder(byte_source& from, const recording_options& how)
      : how_(how),
        file_(from),
        keys_(how.key_log),
        heard_(
            packet_style{how.shows_payload, how.seen},
            [this](const event& what, const event_place& where) { note(what, where); }, &keys_),
        ear_(heard_, {},
             [this](const tcp_stream& stream, const connection_summary* heard) {
               keep(stream, heard);
             }),
        sensors_(
            packet_style{how.shows_payload, how.seen},
            [this](const event& what, const event_place& where) { note(what, where); },
            sensor_tracker::room::keeps_first),
        air_(sensors_, {}, [this] { return ear_.take_number(); }) {}

  recording read() {
    captured_packet packet;
    while (file_.next(packet)) {
      if (file_.key_log().size() != keys_known_) {
        keys_.add(std::string_view(file_.key_log()).substr(keys_known_));
        keys_known_ = file_.key_log().size();
      }
      ear_.take(packet);
      air_.take(packet, ear_.instant_of(ear_.last()));
    }
    ear_.finish();
    heard_.conclude(N_("still open when the capture ended"), ear_.instant_of(ear_.last()));
    out_.problem = file_.problem();
    out_.about.file = how_.name;
    out_.about.packets = static_cast<std::int64_t>(file_.packets());
    out_.about.dropped = static_cast<std::int64_t>(file_.dropped());
    out_.about.seconds =
        std::chrono::duration<double>(ear_.last().time - ear_.first().time).count();
    if (ear_.first()) {
      out_.began = time_of(ear_.first().time);
      out_.ended = time_of(ear_.last().time);
    }
    out_.streams = ear_.counted().streams;
    out_.without_ip = ear_.counted().without_ip;
    // Streams are kept in the order of their ends; they are shown in that of their beginnings.
    std::stable_sort(streams_.begin(), streams_.end(),
                     [](const kept_stream& stream, const kept_stream& other) {
                       return stream.first.number < other.first.number;
                     });
    join_strange_answers();
    relate_ends(streams_);
    find_place();
    for (const std::uint16_t port : ear_.flood().ports(ear_.last().time)) flooded_.insert(port);
    choose();
    for (const auto& [key, numbers] : clients_) add_client(numbers, key.first.empty());
    for (const auto& [number, sensor] : sensors_.sensors()) add_sensor(number, sensor);
    out_.clients_left_out += sensors_.left_out();
    std::stable_sort(out_.clients.begin(), out_.clients.end(),
                     [](const captured_client& client, const captured_client& other) {
                       return client.began < other.began;
                     });
    out_.all_came = heard_.monitor().all_came();
    for (const ruled_out& each : heard_.monitor().excluded())
      if (each.connection == 0) out_.excluded.push_back(each.why);
    return std::move(out_);
  }

 private:
  using client_key = std::pair<std::string, std::string>;  // address; identifier or broker

  void note(const event& what, const event_place& where) {
    if (where.connection == 0) return;
    auto made = step_of(what, where);
    if (!made) return;
    auto& list = steps_[where.connection];
    list.push_back(std::move(*made));
    keep_ends(list, recording::most_steps);
  }

  void keep(const tcp_stream& stream, const connection_summary* heard) {
    auto noted = steps_.extract(stream.number());
    // A flood's SYNs must not use up the room for streams that carry MQTT.
    const bool is_wordless = !stream.stands() && heard == nullptr;
    if (streams_.size() == recording::most_streams ||
        (is_wordless && wordless_ == recording::most_wordless)) {
      ++out_.streams_left_out;
      return;
    }
    if (is_wordless) ++wordless_;
    kept_stream made;
    made.number = stream.number();
    made.client = stream.client();
    made.story = stream.story(ear_.last());
    made.first = stream.first();
    made.last = stream.last();
    made.place = stream.place();
    made.links = stream.links();
    if (heard != nullptr) {
      made.heard = *heard;
      made.story.client_id = heard->client_id;
      if (heard->has_connect) made.story.keep_alive_s = heard->keep_alive_s;
    }
    made.story.speaks = spoken_by(heard);
    made.was_answered = made.story.broker.packets != 0;
    made.story.steps =
        ladder_of(stream, noted.empty() ? std::vector<stream_step>() : std::move(noted.mapped()),
                  made.story, recording::most_steps);
    streams_.push_back(std::move(made));
  }

  /// A SYN-ACK from another address or port than was asked, to the client's port: it is no
  /// connection of its own but the answer to the SYN that got none.
  void join_strange_answers() {
    constexpr double soon_s = 5;
    const auto is_answer_to = [](const kept_stream& asked, const kept_stream& other) {
      const stream_side_fact &mine = asked.story.client, &its = other.story.client;
      if (mine.address != its.address || mine.port != its.port) return false;
      if (other.story.steps.empty() || other.first.number < asked.first.number) return false;
      const stream_step_fact& first = other.story.steps.front();
      const double after =
          std::chrono::duration<double>(other.first.time - asked.first.time).count();
      return !first.from_client && first.what == "SYN-ACK" && after < soon_s;
    };
    std::set<std::uint64_t> joined;
    for (kept_stream& asked : streams_) {
      if (asked.story.ending != stream_ending::unanswered || asked.story.attempts == 0) continue;
      for (const kept_stream& other : streams_) {
        if (&other == &asked || !is_answer_to(asked, other)) continue;
        stream_step_fact made = other.story.steps.front();
        made.at_s = std::chrono::duration<double>(other.first.time - asked.first.time).count();
        made.detail = broker_of(other);
        made.is_bad = true;
        asked.story.steps.push_back(std::move(made));
        joined.insert(other.number);
      }
    }
    std::erase_if(streams_,
                  [&](const kept_stream& stream) { return joined.contains(stream.number); });
  }

  /// The place of capture by the votes of all connections; an undecided connection has no vote.
  void find_place() {
    if (how_.place != capture_place::none) {
      out_.about.place = how_.place;
      out_.about.is_place_said = true;
      return;
    }
    std::map<capture_place, std::size_t> votes;
    for (const kept_stream& stream : streams_) {
      if (stream.place != capture_place::none) ++votes[stream.place];
    }
    // Connections inside one machine do not tell where the other machines are.
    if (votes.size() > 1) votes.erase(capture_place::same);
    std::size_t most = 0, all = 0;
    for (const auto& [where, count] : votes) {
      all += count;
      if (count <= most) continue;
      most = count;
      out_.about.place = where;
    }
    // A machine that is a client of one broker and the server of another has no single place.
    if (most * 3 < all * 2) out_.about.place.clear();
  }

  /// Chooses the streams about MQTT, and finds the client of each.
  void choose() {
    std::set<int> mqtt_ports, all_ports;
    for (const kept_stream& stream : streams_) {
      all_ports.insert(stream.story.broker.port);
      if (stream.heard && is_mqtt(*stream.heard)) mqtt_ports.insert(stream.story.broker.port);
    }
    const auto is_usual = [](int port) {
      return port != 443 && expected_scheme(port) != scheme::none;
    };
    // A capture in which all established streams are MQTT was filtered for it: the others then were
    // meant to be MQTT as well.
    const bool is_all_mqtt =
        !mqtt_ports.empty() &&
        std::all_of(streams_.begin(), streams_.end(), [&](const kept_stream& stream) {
          return !stream.heard || mqtt_ports.contains(stream.story.broker.port);
        });
    std::vector<const kept_stream*> chosen;
    for (const kept_stream& stream : streams_) {
      const int port = stream.story.broker.port;
      const bool is_place = mqtt_ports.contains(port) || all_ports.size() == 1 || is_usual(port) ||
                            (!stream.heard && is_all_mqtt);
      const bool is_tls = stream.heard && stream.heard->speaks == spoken::tls;
      const bool is_chosen =
          is_tls ? is_mqtt_tls(*stream.heard) || all_ports.size() == 1 || mqtt_ports.contains(port)
          : stream.heard && is_mqtt(*stream.heard) ? true
                                                   : is_place;
      if (!is_chosen) {
        ++out_.others;
        if (is_tls) ++out_.other_tls;
        continue;
      }
      chosen.push_back(&stream);
      count(stream);
    }
    assign(chosen);
  }

  /// Counts what this stream tells about the broker's port to other clients.
  void count(const kept_stream& stream) {
    const int port = stream.story.broker.port;
    if (stream.heard && stream.heard->had_proxy_header && is_let_in(stream))
      with_proxy_header_.insert(port);
    if (stream.was_answered) ++answered_[port][stream.story.client.address];
    if (stream.story.broker.bytes != 0) {
      ++served_[port].first;
    } else if (stream.story.client.bytes != 0) {
      ++served_[port].second;
    }
    const stream_side_fact& broker = stream.story.broker;
    if (stream.heard && is_mqtt(*stream.heard)) spoken_[broker.address].insert(port);
    if (broker.ttl >= 0) ttls_[broker.address] = broker.ttl;
  }

  /// Assigns streams to clients, by identifier and address.
  void assign(const std::vector<const kept_stream*>& chosen) {
    std::map<client_key, std::set<std::string>> ids;  // of an address at a broker
    for (const kept_stream* const stream : chosen) {
      if (!stream->story.client_id.empty())
        ids[{stream->story.client.address, broker_of(*stream)}].insert(stream->story.client_id);
    }
    for (const kept_stream* const stream : chosen) {
      std::string id = stream->story.client_id;
      const std::string& address = stream->story.client.address;
      if (id.empty()) {  // another connection may tell the identifier
        const auto known = ids.find({address, broker_of(*stream)});
        if (known != ids.end() && known->second.size() == 1) id = *known->second.begin();
      }
      const bool is_flood = flooded_.contains(stream->story.broker.port) && !stream->heard &&
                            is_part_of_flood(*stream);
      const client_key key = is_flood
                                 ? client_key{"", broker_of(*stream)}
                                 : client_key{address, id.empty() ? '\0' + broker_of(*stream) : id};
      if (!clients_.contains(key) && clients_.size() == recording::most_clients) {
        ++out_.clients_left_out;
        continue;
      }
      clients_[key].push_back(stream);
    }
  }
  /// Whether the stream is one of the SYNs watched for a flood, or of the many behind them.
  bool is_part_of_flood(const kept_stream& stream) const {
    const auto port = static_cast<std::uint16_t>(stream.story.broker.port);
    return stream.story.attempts == 1 && !stream.story.is_late &&
           !ear_.flood().is_real(stream.client, port);
  }
  /// Whether an earlier CONNECT of the client's with the same login was accepted there.
  static bool was_let_in_before(const kept_stream& told,
                                const std::vector<const kept_stream*>& streams) {
    const connection_summary& refused = *told.heard;
    if (refused.client_id.empty() || refused.is_connect_cut) return false;
    return std::any_of(streams.begin(), streams.end(), [&](const kept_stream* stream) {
      if (stream->number >= told.number || !is_let_in(*stream)) return false;
      const connection_summary& before = *stream->heard;
      return !before.is_connect_cut && before.client_id == refused.client_id &&
             before.has_user == refused.has_user && before.user_name == refused.user_name &&
             before.version == refused.version && broker_of(*stream) == broker_of(told);
    });
  }
  static std::uint64_t last_let_in(const std::vector<const kept_stream*>& streams) {
    for (auto at = streams.rbegin(); at != streams.rend(); ++at) {
      if (is_let_in(**at)) return (*at)->number;
    }
    return 0;
  }

  void add_client(const std::vector<const kept_stream*>& streams, bool is_flood) {
    // The told stream says most of the client in MQTT; the last of all tells how it is now.
    const kept_stream* told = nullptr;
    const kept_stream* named = nullptr;
    for (const kept_stream* const stream : streams) {
      if (!stream->story.client_id.empty()) named = stream;
      if (!stream->heard) continue;
      // The last CONNACK counts: a client that was let in at last is not shut out, and vice versa.
      const bool is_other_answer = told != nullptr && stream->heard->connack &&
                                   told->heard->connack && is_let_in(*stream) != is_let_in(*told);
      if (told == nullptr || is_other_answer || tells_more(*stream->heard, *told->heard))
        told = stream;
    }
    const kept_stream& last = *streams.back();
    facts known = facts_of(last, told, streams);
    known.capture->is_flood = is_flood;
    const std::string& address = last.story.client.address;
    std::string name = named != nullptr
                           ? shown(named->story.client_id) + " (" + address + ")"
                           : host_and_port(address, static_cast<unsigned>(last.story.client.port));
    if (is_flood) name = say(N_("many addresses"));
    vantage from(how_.name + ": " + name, std::move(known));
    sentence summary;
    from.made = diagnosis_of(from, told, streams, summary);
    out_.clients.push_back({std::move(name), time_of(streams.front()->first.time),
                            time_of(last.last ? last.last.time : last.first.time),
                            std::move(summary), std::move(from)});
  }

  void add_sensor(std::uint64_t number, const sensor_story& sensor) {
    const auto noted = steps_.extract(number);
    std::vector<stream_step_fact> ladder;
    system_time began, ended;
    if (!noted.empty()) {
      began = noted.mapped().front().when;
      ended = noted.mapped().back().when;
      for (stream_step& line : noted.mapped()) ladder.push_back(fact_of(std::move(line), began));
    }
    out_.clients.push_back(captured_sensor(sensor, std::move(ladder), text_of(began),
                                           text_of(ended), out_.about, how_.name,
                                           ear_.instant_of(ear_.last()).at));
  }

  facts facts_of(const kept_stream& last, const kept_stream* told,
                 const std::vector<const kept_stream*>& streams) const {
    facts known;
    known.started = time_of(streams.front()->first.time);
    capture_facts& capture = known.capture.emplace(out_.about);
    capture.connections = static_cast<std::int64_t>(streams.size());
    if (const auto answered = answered_.find(last.story.broker.port); answered != answered_.end()) {
      const auto own = answered->second.find(last.story.client.address);
      const bool has_own = own != answered->second.end();
      capture.own_answered = has_own ? own->second : 0;
      capture.others_answered =
          static_cast<std::int64_t>(answered->second.size() - (has_own ? 1 : 0));
    }
    if (const auto flood =
            ear_.flood().of(static_cast<std::uint16_t>(last.story.broker.port), ear_.last().time)) {
      capture.flood_syns = static_cast<std::int64_t>(flood->syns);
      capture.flood_watched = static_cast<std::int64_t>(flood->watched);
      capture.flood_addresses = static_cast<std::int64_t>(flood->addresses);
      capture.flood_answered = static_cast<std::int64_t>(flood->answered);
      capture.flood_s = flood->seconds;
    }
    if (const auto served = served_.find(last.story.broker.port); served != served_.end()) {
      capture.served = served->second.first;
      capture.unserved = served->second.second;
    }
    if (const auto ports = spoken_.find(last.story.broker.address); ports != spoken_.end())
      capture.mqtt_ports.assign(ports->second.begin(), ports->second.end());
    const std::size_t kept = std::min(streams.size(), recording::most_streams_of_one);
    for (std::size_t i = streams.size() - kept; i < streams.size(); ++i)
      capture.streams.push_back(streams[i]->story);
    for (stream_fact& stream : capture.streams) {
      const auto ttl = ttls_.find(stream.broker.address);
      if (ttl != ttls_.end()) stream.usual_ttl = ttl->second;
    }
    const kept_stream& main =
        told != nullptr && last.story.client.packets != 0 && last.heard && told != &last ? *told
                                                                                         : last;
    const stream_fact& story = main.story;
    asked_facts& asked = known.asked;
    asked.host = story.broker.address;
    asked.port = story.broker.port;
    asked.typed = broker_of(main);
    asked.symptom = how_.seen;
    known.name.is_literal = true;
    known.name.canonical = asked.host;
    known.name.addresses = {asked.host};
    known.name.lookup = lookup_outcome::ok;
    endpoint_facts at;
    at.port = asked.port;
    at.scheme = usual_scheme(at.port) == scheme::none ? scheme::mqtt : usual_scheme(at.port);
    at.contacts.push_back(contact_of(main, asked, at));
    asked.scheme = at.scheme;
    known.endpoints.push_back(std::move(at));
    return known;
  }

  template <typename Told>
  static bool is_about(const Told& note, const std::vector<const kept_stream*>& streams) {
    return std::any_of(streams.begin(), streams.end(), [&](const kept_stream* stream) {
      return stream->number == note.connection;
    });
  }

  /// Whether bytes of that connection were never acknowledged, or a router forgot it.
  static bool is_lost(const remark& note, const std::vector<const kept_stream*>& streams) {
    return std::any_of(streams.begin(), streams.end(), [&](const kept_stream* stream) {
      return stream->number == note.connection &&
             (stream->story.ending == stream_ending::vanished ||
              stream->story.ending == stream_ending::forgotten ||
              stream->story.ending == stream_ending::reset_on_the_way);
    });
  }

  /// Whether the client's own bytes did not get through: then the broker had nothing to answer.
  static bool is_swallowed(const remark& note, const std::vector<const kept_stream*>& streams) {
    return is_lost(note, streams) ||
           std::any_of(streams.begin(), streams.end(), [&](const kept_stream* stream) {
             const auto& client = stream->story.client;
             const bool is_it = stream->number == note.connection;
             return client.largest_lost != 0 || (is_it && client.largest_acknowledged == 0);
           });
  }

  /// What distinguishes a CONNECT from those that were let in tells something where all of them
  /// went to one broker.
  bool is_compared_rightly(const remark& note) const {
    const auto own = std::find_if(streams_.begin(), streams_.end(), [&](const kept_stream& each) {
      return each.number == note.connection;
    });
    return own != streams_.end() &&
           std::none_of(streams_.begin(), streams_.end(), [&](const kept_stream& other) {
             return is_let_in(other) && broker_of(other) != broker_of(*own);
           });
  }

  /// Whether one of the connections had bytes sent to it again and again, and none of its own came
  /// to the end: what was sent behind those bytes waits in the broker's machine.
  static bool is_out_of_reach(const std::vector<const kept_stream*>& streams) {
    constexpr auto least = 4, share = 4;  // times, and one packet in so many
    return std::any_of(streams.begin(), streams.end(), [&](const kept_stream* stream) {
      const auto& broker = stream->story.broker;
      return broker.again >= least && broker.again * share >= broker.packets;
    });
  }

  /// Whether the monitor saw the client's identifier used twice.
  bool has_duplicate(const std::vector<const kept_stream*>& streams) const {
    const auto& all = heard_.monitor().causes();
    return std::any_of(all.begin(), all.end(), [&](const remark& note) {
      return note.id == "session-duplicate-client-id" && is_about(note, streams);
    });
  }

  /// Judges a client by TCP first, then by the conversation, then by what the monitor noticed.
  diagnosis diagnosis_of(const vantage& from, const kept_stream* told,
                         const std::vector<const kept_stream*>& streams, sentence& summary) const {
    diagnosis made;
    const view known = {from.known, from.known.endpoints[0]};
    const auto add = [&](finding found) {
      auto& into = found.how_bad == severity::problem ? made.causes : made.warnings;
      const auto same = std::find_if(into.begin(), into.end(), [&](const finding& other) {
        // Of warnings, each that says something else is told.
        return other.id == found.id &&
               (&into == &made.causes || other.cause.text == found.cause.text);
      });
      if (same == into.end()) {
        into.push_back(std::move(found));
      } else if (how_.seen != symptom::none && found.weight > same->weight) {
        *same = std::move(found);  // it fits what is seen better
      }
    };
    for (const cause_table& table : {capture_causes(), capture_flow_causes()}) {
      for (const second_look& look : table.looks) {
        if (auto found = look.weigh(known, made.excluded)) add(std::move(*found));
      }
    }
    if (auto found = address_used_twice(streams)) add(std::move(*found));
    const auto& remarks = heard_.monitor().causes();
    const auto is_his = [&](const remark& note) {
      return is_about(note, streams) &&
             (note.what != noticed::connect_closes || is_compared_rightly(note));
    };
    const auto is_remarked = [&](auto is_it) {
      return std::any_of(remarks.begin(), remarks.end(),
                         [&](const remark& note) { return is_his(note) && is_it(note); });
    };
    if (told != nullptr && is_judged(*told)) {
      listening where;
      where.port = told->heard->port;
      where.broker = told->heard->broker;
      where.is_capture = true;
      connection_summary heard = *told->heard;
      heard.was_let_in_before = was_let_in_before(*told, streams);
      conclusion said = conclusion_of(heard, told->story.client.address, where);
      if (said.id == "mqtt-closed-after-connect" && with_proxy_header_.contains(where.port)) {
        const std::map<std::string, std::string> names{{"client", told->story.client.address},
                                                       {"broker", where.broker}};
        said.id = "proxy-protocol-expected";
        said.text =
            words(N_("{client} sent its CONNECT to {broker} without a PROXY protocol header, "
                     "and was closed without an answer; others send that header there and "
                     "are let in: connect by the load balancer, or to a port that does not "
                     "expect it."),
                  names);
      }
      const bool is_known_by_tcp = !made.causes.empty() &&
                                   cause_of(said.id).how_bad != severity::note &&
                                   tells_only_the_end(said);
      // That the broker closed without a word is no reason where another client came in its place.
      const bool is_takeover = (said.id == "mqtt-closed-after-connect" ||
                                (said.id == "ended-by-broker" && heard.disconnect_code <= 0)) &&
                               has_duplicate(streams);
      // The remark names the filter and the code, or what is peculiar to this CONNECT.
      const bool is_said_better = is_remarked([&](const remark& note) {
        if (said.id == "mqtt-broker-hung" && note.what == noticed::gives_up_before_connack)
          return true;
        return said.id == "auth-acl-subscribe-refused"
                   ? is_about_subscription(note)
                   : note.id == said.id && !is_about_login(note);
      });
      const bool is_end = said.id == "ended-by-broker";
      const bool is_explained =
          is_known_by_tcp || is_takeover || is_said_better ||
          (is_end && is_remarked([&](const remark& note) {
             return explains_end(note, heard.disconnect_code > 0 || heard.web_close > 1000);
           }));
      // A client that acknowledged none of the broker's bytes has not seen its certificate.
      const bool is_unread = heard.speaks == spoken::tls && heard.tls_answered &&
                             heard.client_alert <= 0 && heard.broker_alert <= 0 &&
                             told->story.broker.largest_acknowledged == 0;
      if (auto found = finding_of(said); found && !is_explained && !is_unread) {
        // What those that were let in say of a refused login.
        for (const remark& note : remarks) {
          if (note.id != found->id || !is_about_login(note) || !is_about(note, streams)) continue;
          for (std::size_t i = 1; i < note.facts; ++i) found->evidence.push_back(note.sentences[i]);
        }
        add(std::move(*found));
      }
      summary = said.text;
    }
    for (const remark& note : remarks) {
      if (!is_his(note) || (is_about_login(note) && note.connection < last_let_in(streams)))
        continue;
      // Where the way itself failed, the broker is not to blame for its silence.
      if (note.id == "mqtt-broker-hung" && is_lost(note, streams)) continue;
      if (is_about_silence(note) && is_swallowed(note, streams)) continue;
      const bool is_of_withholding = note.what == noticed::withheld ||
                                     note.what == noticed::withheld_from_reader ||
                                     note.what == noticed::withheld_from_writer;
      if (is_of_withholding && is_out_of_reach(streams)) continue;
      // A code in the Close frame says more than the order of things.
      const bool is_end = note.what == noticed::publish_closes ||
                          note.what == noticed::retain_closes || note.what == noticed::qos_closes ||
                          note.what == noticed::odd_message_closes ||
                          note.what == noticed::stops_inside_packet;
      if (is_end && told != nullptr && told->heard->web_close > 1000) continue;
      // Where several fell silent together, no single app hung.
      if (note.what == noticed::keep_alive_expired &&
          is_remarked([](const remark& other) { return other.what == noticed::many_silent; }))
        continue;
      // Who broke a rule of MQTT each time was not ended without a reason.
      if (note.what == noticed::ended_without_word && told != nullptr &&
          !told->heard->broken_rule.empty())
        continue;
      remark told_note = note;
      // What ends the connection again and again comes before a subscription refused meanwhile.
      const bool is_about_ends = how_.seen == symptom::none || how_.seen == symptom::drops;
      if (is_about_ends && is_about_subscription(note) && is_remarked(ends_again))
        told_note.how = strength::leaning;
      if (auto found = finding_of(told_note)) add(std::move(*found));
    }
    for (const remark& note : heard_.monitor().notes()) {
      if (!is_about(note, streams) || !is_worth_a_note(note)) continue;
      if (auto found = finding_of(note)) add(std::move(*found));
    }
    for (const ruled_out& each : heard_.monitor().excluded()) {
      if (each.connection != 0 && is_about(each, streams))
        made.excluded.push_back({each.id, each.why, each.is_answer, each.is_sent});
    }
    sort_by_weight(made.causes);
    sort_by_weight(made.warnings);
    put_symptom_first(how_.seen, made);
    made.is_healthy = made.causes.empty();
    made.steps = steps_of(known);
    if (!made.is_healthy) {
      made.exit_code = exit_code_of(made.causes.front());
      // Rows of `listen` have exit code 0, since listening succeeded; here the code means failure.
      if (made.exit_code == 0) made.exit_code = static_cast<int>(tools::exit_code::failed);
    }
    return made;
  }

  /// Whether enough of a conversation was captured to judge it.
  bool is_judged(const kept_stream& stream) const {
    const connection_summary& heard = *stream.heard;
    if (heard.joined_late || heard.is_one_way) return false;
    // The missing bytes may have held the answer.
    if (heard.missed != 0 && !heard.connack) return false;
    // The capture ended before an answer was overdue.
    const double stood =
        std::chrono::duration<double>(ear_.last().time - stream.first.time).count();
    const bool is_open = stream.story.ending == stream_ending::open;
    return !is_open || heard.connack || heard.client_alert > 0 || heard.broker_alert > 0 ||
           heard.http_status != 0 || heard.tls_answered || heard.is_no_mqtt ||
           stood >= answer_limit_s;
  }

  recording_options how_;
  capture_file file_;
  nat_twins twins_;
  std::size_t keys_known_ = 0;
  std::size_t wordless_ = 0;  // kept streams that were never established
  std::set<int> flooded_;     // ports under flood
  tls_keylog keys_;
  recording out_;
  std::map<std::uint64_t, std::vector<stream_step>> steps_;  // of streams that go on
  std::deque<kept_stream> streams_;                          // streams that have ended
  std::map<client_key, std::vector<const kept_stream*>> clients_;
  // By the broker's port: its clients with answered connections, the number of connections on which
  // it sent bytes, and on which only the client did.
  std::map<int, std::map<std::string, std::int64_t>> answered_;
  std::map<int, std::pair<std::int64_t, std::int64_t>> served_;
  std::set<int> with_proxy_header_;  // ports where clients with a PROXY header were let in
  std::map<std::string, std::set<std::int64_t>> spoken_;  // MQTT's ports, by broker address
  std::map<std::string, int> ttls_;                       // TTL of packets, by broker
  connection_tracker heard_;
  wiretap ear_;
  sensor_tracker sensors_;
  sensor_ear air_;
};

}  // namespace

diagnosis diagnosis_of_all(const std::vector<captured_client>& clients, symptom seen,
                           const std::vector<sentence>& excluded, bool all_came) {
  diagnosis made;
  for (const captured_client& client : clients) {
    for (finding found : client.from.made.causes) {
      found.cause.seen_by = client.from.name;
      for (sentence& evidence : found.evidence) evidence.seen_by = client.from.name;
      const auto same = std::find_if(made.causes.begin(), made.causes.end(),
                                     [&](const finding& other) { return other.id == found.id; });
      if (same == made.causes.end()) {
        made.causes.push_back(std::move(found));
      } else if (seen != symptom::none && found.weight > same->weight) {
        *same = std::move(found);  // this client's fits what is seen better
      }
    }
    for (finding found : client.from.made.warnings) {
      const auto same =
          std::find_if(made.warnings.begin(), made.warnings.end(), [&](const finding& other) {
            return other.id == found.id && other.how_bad == found.how_bad;
          });
      found.cause.seen_by = client.from.name;
      for (sentence& evidence : found.evidence) evidence.seen_by = client.from.name;
      if (same == made.warnings.end()) made.warnings.push_back(std::move(found));
    }
    if (made.exit_code == 0) made.exit_code = client.from.made.exit_code;
  }
  sort_by_weight(made.causes);
  sort_by_weight(made.warnings);
  put_symptom_first(seen, made);
  made.is_healthy = made.causes.empty();
  if (clients.empty() || seen == symptom::none || !made.causes.empty()) return made;
  add_if_unexplained(seen, true, clients.front().from.known.asked.typed, made, excluded, all_came);
  std::vector<exclusion> of_clients;
  for (const captured_client& client : clients)
    for (const exclusion& each : client.from.made.excluded)
      if (symptoms_of(each.id).contains(seen)) of_clients.push_back(each);
  if (of_clients.size() == 1 && (of_clients.front().is_answer || of_clients.front().is_sent)) {
    made.causes.front() = answered_symptom(of_clients.front().why, of_clients.front().is_answer);
    return made;
  }
  // What the messages of each client exclude of it.
  constexpr std::size_t most_excluded = 3;
  std::vector<sentence>& evidence = made.causes.front().evidence;
  for (const captured_client& client : clients) {
    for (const exclusion& each : client.from.made.excluded) {
      if (evidence.size() < most_excluded && symptoms_of(each.id).contains(seen))
        evidence.push_back(each.why);
    }
  }
  return made;
}

recording read_recording(byte_source& from, const recording_options& how) {
  return recorder(from, how).read();
}

}  // namespace mqttkit::doctor
