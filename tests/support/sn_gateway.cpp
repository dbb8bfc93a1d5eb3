#include "support/sn_gateway.hpp"

#include <utility>

namespace mqttkit::testing {

using namespace sn;

namespace {

constexpr std::size_t short_name_bytes = 2;

bool is_short(const std::string& topic) { return topic.size() == short_name_bytes; }

}  // namespace

sn_gateway_client::sn_gateway_client(sn_gateway_options options, sn_upstream& upstream)
    : options_(std::move(options)), upstream_(upstream) {}

void sn_gateway_client::put(const message& any) {
  byte_buffer made;
  if (encode(made, any)) return;
  output.emplace_back(made.view().begin(), made.view().end());
}

void sn_gateway_client::feed(bytes_view datagram, sn_time now) {
  now_ = now;
  message any;
  if (decode(datagram, any)) return;
  const message_type type = type_of(any);
  const bool needs_connection = type != message_type::connect && type != message_type::willtopic &&
                                type != message_type::willmsg;
  const auto* const got = std::get_if<publish_message>(&any);
  const bool is_without = got != nullptr && got->qos == qos_level::without_connection;
  if (needs_connection && !is_connected_ && !is_without) {
    return put(disconnect_message{});  // §6.12 and common practice: tells a client of our restart
  }
  std::visit(
      [this](const auto& each) {
        if constexpr (requires { this->handle(each); }) this->handle(each);
      },
      any);
}

void sn_gateway_client::handle(const connect_message& asked) {
  if (options_.connect_answer != return_code::accepted) {
    return put(connack_message{options_.connect_answer});
  }
  const bool wakes = is_connected_ && is_asleep_;  // the connection goes on (§6.14)
  is_asleep_ = false;
  is_awake_ = false;
  if (wakes) {
    put(connack_message{});
    return push();
  }
  client_ = {};
  client_.client_id = asked.client_id;
  client_.clean_session = asked.clean_session;
  client_.keep_alive = asked.duration;
  wants_will_ = asked.will;
  is_connected_ = false;
  topics_.clear();
  ids_.clear();
  known_.clear();
  if (asked.clean_session) {
    received_.clear();
    waiting_.clear();
  }
  step_ = step::idle;
  due_ = sn_time::max();
  if (asked.will) return put(willtopicreq_message{});
  greet();
}

void sn_gateway_client::handle(const willtopic_message& topic) {
  if (is_connected_) return;
  if (topic.topic.empty()) {
    client_.will_topic.reset();
    return greet();
  }
  client_.will_topic = std::string(topic.topic);
  client_.will_qos = static_cast<int>(topic.qos);
  client_.will_retain = topic.retain;
  put(willmsgreq_message{});
}

void sn_gateway_client::handle(const willmsg_message& content) {
  if (is_connected_ && wants_will_) return put(connack_message{});  // the first one was lost
  if (is_connected_ || !client_.will_topic) return;
  client_.will_payload = as_text(content.payload);
  greet();
}

void sn_gateway_client::greet() {
  upstream_.connect(client_, [this](bool taken) {
    is_connected_ = taken;
    put(connack_message{taken ? return_code::accepted : return_code::congestion});
    if (taken) push();
  });
}

std::string sn_gateway_client::topic_of(topic_id_type type, std::uint16_t id) const {
  if (type == topic_id_type::short_name) return std::string(short_topic_name(id).view());
  const auto& table = type == topic_id_type::predefined ? options_.predefined : topics_;
  const auto found = table.find(id);
  return found == table.end() ? std::string() : found->second;
}

std::uint16_t sn_gateway_client::id_for(const std::string& topic) {
  const auto found = ids_.find(topic);
  if (found != ids_.end()) return found->second;
  const std::uint16_t id = ++last_topic_;
  topics_[id] = topic;
  ids_[topic] = id;
  return id;
}

void sn_gateway_client::handle(const register_message& asked) {
  if (options_.register_answer != return_code::accepted) {
    return put(regack_message{0, asked.message_id, options_.register_answer});
  }
  const std::uint16_t id = id_for(std::string(asked.topic));
  known_.insert(id);
  put(regack_message{id, asked.message_id, return_code::accepted});
}

void sn_gateway_client::handle(const publish_message& got) {
  const std::string topic = topic_of(got.type, got.topic_id);
  return_code code = options_.publish_answer;
  if (topic.empty()) code = return_code::invalid_topic_id;
  if (code != return_code::accepted) {
    if (got.qos != qos_level::without_connection) {
      put(puback_message{got.topic_id, got.message_id, code});
    }
    return;
  }
  sn_message message{topic, std::string(as_text(got.payload)), static_cast<int>(got.qos),
                     got.retain};
  if (message.qos < 0) message.qos = 0;
  const std::uint16_t id = got.message_id;
  const std::uint16_t topic_id = got.topic_id;
  if (got.qos == qos_level::exactly_once) {
    if (!received_.insert(id).second) return put(pubrec_message{id});
    return upstream_.publish(message, [this, id](bool) { put(pubrec_message{id}); });
  }
  const bool is_answered = got.qos == qos_level::at_least_once;
  upstream_.publish(message, [this, id, topic_id, is_answered](bool taken) {
    const return_code answer = taken ? return_code::accepted : return_code::not_supported;
    if (is_answered) put(puback_message{topic_id, id, answer});
  });
}

void sn_gateway_client::handle(const pubrel_message& got) {
  received_.erase(got.message_id);
  put(pubcomp_message{got.message_id});
}

void sn_gateway_client::handle(const subscribe_message& asked) {
  std::string filter = asked.type == topic_id_type::normal ? std::string(asked.filter)
                                                           : topic_of(asked.type, asked.topic_id);
  suback_message answer;
  answer.message_id = asked.message_id;
  answer.qos = asked.qos;
  answer.code = filter.empty() ? return_code::invalid_topic_id : options_.subscribe_answer;
  if (answer.code != return_code::accepted) return put(answer);
  if (asked.type != topic_id_type::normal) {
    answer.topic_id = asked.topic_id;
  } else if (filter.find_first_of("+#") == std::string::npos) {
    answer.topic_id = id_for(filter);
    known_.insert(answer.topic_id);
  }
  upstream_.subscribe(filter, static_cast<int>(asked.qos), [this, answer](bool taken) mutable {
    if (!taken) answer.code = return_code::not_supported;
    put(answer);
  });
}

void sn_gateway_client::handle(const unsubscribe_message& asked) {
  const std::string filter = asked.type == topic_id_type::normal
                                 ? std::string(asked.filter)
                                 : topic_of(asked.type, asked.topic_id);
  const std::uint16_t id = asked.message_id;
  upstream_.unsubscribe(filter, [this, id] { put(unsuback_message{id}); });
}

void sn_gateway_client::handle(const pingreq_message& asked) {
  if (!is_asleep_ || asked.client_id.empty()) return put(pingresp_message{});
  is_awake_ = true;
  push();
  end_waking();
}

void sn_gateway_client::handle(const disconnect_message& asked) {
  if (asked.duration) {
    is_asleep_ = true;
    is_awake_ = false;
    return put(disconnect_message{});
  }
  is_connected_ = false;
  upstream_.disconnect(false);
  put(disconnect_message{});
}

void sn_gateway_client::handle(const willtopicupd_message& topic) {
  if (topic.topic.empty()) {
    client_.will_topic.reset();
  } else {
    client_.will_topic = std::string(topic.topic);
  }
  put(willtopicresp_message{});
}

void sn_gateway_client::handle(const willmsgupd_message& content) {
  client_.will_payload = as_text(content.payload);
  put(willmsgresp_message{});
}

// ---- to the client: one at a time (§6.10)

void sn_gateway_client::deliver(sn_message each, sn_time now) {
  now_ = now;
  const bool is_kept = waiting_.size() < options_.most_waiting &&
                       (!is_asleep_ || is_awake_ || options_.keeps_for_sleepers);
  if (!is_kept) {
    ++lost;
    return;
  }
  waiting_.push_back(std::move(each));
  push();
}

void sn_gateway_client::send(const message& any) {
  put(any);
  again_ = output.back();
  due_ = now_ + options_.retry_time;
  left_ = options_.retries;
}

void sn_gateway_client::push() {
  while (step_ == step::idle && !waiting_.empty() && is_connected_ && (!is_asleep_ || is_awake_)) {
    const sn_message& message = waiting_.front();
    publish_message made;
    made.payload = as_bytes(message.payload);
    made.retain = message.retain;
    made.qos = static_cast<qos_level>(message.qos);
    for (const auto& [id, name] : options_.predefined) {
      if (name != message.topic) continue;
      made.type = topic_id_type::predefined;
      made.topic_id = id;
    }
    if (made.type == topic_id_type::normal && is_short(message.topic)) {
      made.type = topic_id_type::short_name;
      made.topic_id = short_topic_id(message.topic);
    }
    if (made.type == topic_id_type::normal) {
      made.topic_id = id_for(message.topic);
      if (known_.count(made.topic_id) == 0) {
        message_id_ = ++last_id_;
        step_ = step::registering;
        return send(register_message{made.topic_id, message_id_, message.topic});
      }
    }
    if (made.qos == qos_level::at_most_once) {
      put(made);
      waiting_.pop_front();
      continue;
    }
    message_id_ = ++last_id_;
    made.message_id = message_id_;
    step_ = step::publishing;
    return send(made);
  }
}

void sn_gateway_client::sent_one() {
  due_ = sn_time::max();
  step_ = step::idle;
  waiting_.pop_front();
  push();
  end_waking();
}

void sn_gateway_client::end_waking() {
  if (!is_awake_ || step_ != step::idle || !waiting_.empty()) return;
  is_awake_ = false;
  put(pingresp_message{});
}

void sn_gateway_client::handle(const regack_message& answer) {
  if (step_ != step::registering || answer.message_id != message_id_) return;
  due_ = sn_time::max();
  step_ = step::idle;
  if (answer.code == return_code::accepted) {
    known_.insert(answer.topic_id);
  } else {
    waiting_.pop_front();
    ++lost;
  }
  push();
  end_waking();
}

void sn_gateway_client::handle(const puback_message& answer) {
  if (answer.code == return_code::invalid_topic_id) known_.erase(answer.topic_id);
  if (step_ != step::publishing || answer.message_id != message_id_) return;
  if (answer.code == return_code::accepted) return sent_one();
  due_ = sn_time::max();
  step_ = step::idle;
  push();
}

void sn_gateway_client::handle(const pubrec_message& answer) {
  if (step_ == step::publishing && answer.message_id == message_id_) {
    step_ = step::releasing;
    return send(pubrel_message{message_id_});
  }
  put(pubrel_message{answer.message_id});
}

void sn_gateway_client::handle(const pubcomp_message& answer) {
  if (step_ == step::releasing && answer.message_id == message_id_) sent_one();
}

void sn_gateway_client::expire(sn_time now) {
  now_ = now;
  if (due_ > now) return;
  if (left_ == 0) {
    due_ = sn_time::max();
    is_connected_ = false;
    step_ = step::idle;
    return upstream_.disconnect(true);
  }
  --left_;
  due_ = now + options_.retry_time;
  set_dup(again_.data(), again_.size());
  output.push_back(again_);
}

sn_time sn_gateway_client::deadline() const noexcept { return due_; }

}  // namespace mqttkit::testing
