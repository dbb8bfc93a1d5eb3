#!/usr/bin/env bash
# Speed of mqtt-pub and mqtt-sub beside mosquitto's clients and beside the floor of this machine,
# on the same input, in the same run. Run it through ./dev bench, which builds what it needs.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.."
export LC_ALL=C

usage() {
  cat <<'TEXT'
usage: ./dev bench [OPTION...]
  --messages N   messages where every client takes any number (default 1000000)
  --runs N       best of N runs (default 3)
  --only TEXT    only the rows whose name contains TEXT
  --quick        --messages 100000 --runs 1, without the system calls
  --cuts N       how often the line of the last table is cut (default 50; 0 leaves it out)
environment: PUB, SUB, DOCTOR  the programs measured (default: those of build/release/bin)
             BENCH_BIN      where the bench's own programs are
TEXT
}

messages=1000000 runs=3 only='' count_calls=1 cuts=50
while [[ $# -gt 0 ]]; do
  case $1 in
    --messages | --runs | --only | --cuts)
      [[ $# -ge 2 ]] || { usage >&2; exit 2; }
      case $1 in
        --messages) messages=$2 ;;
        --runs) runs=$2 ;;
        --only) only=$2 ;;
        --cuts) cuts=$2 ;;
      esac
      shift
      ;;
    --quick) messages=100000 runs=1 count_calls=0 ;;
    --help | -h) usage; exit ;;
    *) usage >&2; exit 2 ;;
  esac
  shift
done

readonly bench_bin=${BENCH_BIN:-build/release/bin}
readonly floor=$bench_bin/bench_floor
readonly nullbroker=$bench_bin/bench_nullbroker
readonly stopwatch=$bench_bin/bench_stopwatch
readonly doctor=${DOCTOR:-build/release/bin/mqtt-doctor}
pub=${PUB:-build/release/bin/mqtt-pub}
sub=${SUB:-build/release/bin/mqtt-sub}
their_pub=$(command -v mosquitto_pub || true)
their_sub=$(command -v mosquitto_sub || true)
command -v strace >/dev/null || count_calls=0
command -v "$pub" >/dev/null || pub=''
command -v "$sub" >/dev/null || sub=''
readonly their_limit=60000 # mosquitto_pub -l loses lines beyond 65,535 at QoS 1 and 2
readonly payload_bytes=100
readonly patience=120      # seconds for one run; a client that hangs is reported, not waited for

folder=$(mktemp -d "${TMPDIR:-/tmp}/mqtt-bench.XXXXXX")
export XDG_CONFIG_HOME=$folder # no configuration files, and below no variables of ours
unset MQTT_URL MQTT_USERNAME MQTT_PASSWORD
peer=''
stop_peer() {
  [[ -z $peer ]] || { kill "$peer" && wait "$peer"; } 2>/dev/null || true
  peer=''
}
others=() # what else runs beside a peer
stop_others() {
  [[ ${#others[@]} -eq 0 ]] || { kill "${others[@]}" && wait "${others[@]}"; } 2>/dev/null || true
  others=()
}
trap 'stop_others; stop_peer; rm -rf -- "$folder"' EXIT
trap 'exit 130' HUP INT TERM

# start_peer COMMAND...: sets `port` from the line "listening PORT"
start_peer() {
  : >"$folder/peer" # what is there is of the peer before
  "$@" >>"$folder/peer" 2>&1 </dev/null &
  peer=$!
  local i
  for ((i = 0; i < 200; ++i)); do
    read -r _ port <"$folder/peer" && [[ -n $port ]] && return
    sleep 0.02
  done
  cat "$folder/peer" >&2
  exit 1
}

lines() { # COUNT: a file of that many lines of 100 bytes
  local file=$folder/lines.$1
  [[ -f $file ]] ||
    awk -v n="$1" -v size=$payload_bytes 'BEGIN {
      pad = sprintf("%*s", size, ""); gsub(/ /, "x", pad)
      for (i = 1; i <= n; ++i) { head = i " "; print head substr(pad, 1, size - length(head)) }
    }' >"$file"
  echo "$file"
}

# measure INPUT COMMAND...: best of the runs; sets seconds, rss (KiB), code
measure() {
  local input=$1 i wall memory status
  shift
  seconds='' rss='' code=''
  for ((i = 0; i < runs; ++i)); do
    read -r wall _ memory status < <(timeout "$patience" "$stopwatch" --input "$input" -- "$@" 2>>"$folder/errors" || echo "0 0 0 124")
    if [[ -z $seconds ]] || awk "BEGIN { exit !($wall < $seconds) }"; then seconds=$wall; fi
    rss=$memory code=$status
    [[ $status == 0 ]] || return 0
  done
}

# calls INPUT COMMAND...: system calls of one run
calls() {
  local input=$1
  shift
  timeout "$patience" strace -f -c -o "$folder/strace" "$@" <"$input" >/dev/null 2>&1 || true
  awk '$NF == "total" { print $4 }' "$folder/strace" # share, seconds, microseconds per call, calls
}

per_thousand() { # FEW MANY CALLS_FEW CALLS_MANY
  [[ -n $3 && -n $4 ]] || { echo -; return; }
  awk "BEGIN { printf \"%.1f\", ($4 - $3) * 1000 / ($2 - $1) }"
}

ratio() { # A B
  if [[ -z ${1:-} || -z ${2:-} || $1 == 0.000000 || $2 == 0.000000 ]]; then echo -; else awk "BEGIN { printf \"%.2f\", $1 / $2 }"; fi
}

row_format='%-30s %8s %9s %8s %9s %9s %7s %7s %9s %9s %8s %8s\n'
print_head() {
  # shellcheck disable=SC2059 # the format is ours
  printf "$row_format" path messages 'ours s' 'ns/msg' 'theirs s' 'floor s' 'o/t' 'o/floor' 'calls/k' 'their c/k' 'RSS MiB' 'their R'
}

mib() { if [[ -n ${1:-} && ${1:-0} -gt 0 ]]; then awk "BEGIN { printf \"%.1f\", $1 / 1024 }"; else echo -; fi; }

all_arrived() { # COUNT: the peer counts when it has seen the end of the connection
  local i
  for ((i = 0; i < 50; ++i)); do
    [[ $(grep -c '^received' "$folder/peer") -ge $runs ]] && break
    sleep 0.02
  done
  ! grep '^received' "$folder/peer" | grep -qv "^received $1 "
}

per_message() { # SECONDS COUNT: ns
  if [[ -n $1 ]]; then awk "BEGIN { printf \"%.0f\", $1 * 1e9 / $2 }"; else echo -; fi
}

# One row. `commands` is called with "ours", "theirs" or "floor" and a number of messages, and sets
# the array `command` (empty: there is none) and `input`; `peer_of` starts the peer for that number.
row() { # NAME MESSAGES COMMANDS PEER_OF
  local name=$1 count=$2 commands=$3 peer_of=$4 who few=1000 many=21000 few_calls many_calls
  [[ $name == *"$only"* ]] || return 0
  declare -A time=() memory=() kcalls=()
  for who in ours theirs floor; do
    "$peer_of" "$count"
    "$commands" "$who" "$count"
    if [[ ${#command[@]} -gt 0 ]]; then
      measure "$input" "${command[@]}"
      time[$who]=$seconds memory[$who]=$rss
      if [[ $code != 0 ]]; then
        echo "  $name, $who: exit code $code" >&2
        time[$who]=''
      elif [[ $peer_of == *_sink ]] && ! all_arrived "$count"; then
        echo "  $name, $who: $count lines sent, the peer says: $(tail -n 1 "$folder/peer")" >&2
      fi
    fi
    stop_peer
    if ((count_calls)) && [[ ${#command[@]} -gt 0 && $who != floor ]]; then
      "$peer_of" $few; "$commands" "$who" $few; few_calls=$(calls "$input" "${command[@]}"); stop_peer
      "$peer_of" $many; "$commands" "$who" $many; many_calls=$(calls "$input" "${command[@]}"); stop_peer
      kcalls[$who]=$(per_thousand $few $many "$few_calls" "$many_calls")
    fi
  done
  # shellcheck disable=SC2059 # the format is ours
  printf "$row_format" "$name" "$count" "${time[ours]:--}" \
    "$(per_message "${time[ours]:-}" "$count")" \
    "${time[theirs]:--}" "${time[floor]:--}" "$(ratio "${time[ours]:-}" "${time[theirs]:-}")" \
    "$(ratio "${time[ours]:-}" "${time[floor]:-}")" "${kcalls[ours]:--}" "${kcalls[theirs]:--}" \
    "$(mib "${memory[ours]:-0}")" "$(mib "${memory[theirs]:-0}")"
}

# ------------------------------------------------------------------------------ publishing

qos=0 tls=() floor_tls=() window=() floor_window=()

publish_commands() { # WHO COUNT
  local publish=(-h 127.0.0.1 -p "$port" -t bench/topic -l -q "$qos" "${tls[@]}")
  command=() input=$(lines "$2")
  case $1 in
    ours) [[ -z $pub ]] || command=("$pub" "${publish[@]}" "${window[@]}") ;;
    theirs)
      if [[ -n $their_pub && ($qos == 0 || $2 -le $their_limit) ]]; then command=("$their_pub" "${publish[@]}"); fi
      ;;
    floor) command=("$floor" pub "$port" --qos "$qos" "${floor_tls[@]}" "${floor_window[@]}") ;;
  esac
}

plain_sink() { start_peer "$nullbroker" sink; }
tls_sink() { start_peer "$nullbroker" sink --tls "$folder/tls.crt" "$folder/tls.key"; }

# A real broker, to show how much of the difference is left when the broker is the limit.
real_mosquitto() {
  local program i
  program=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto) || return 0
  for ((i = 0; i < 20; ++i)); do
    port=$((10000 + RANDOM % 20000))
    printf 'listener %s 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nlog_type error\n' "$port" >"$folder/mosquitto.conf"
    if [[ ${#tls[@]} -gt 0 ]]; then
      printf 'certfile %s\nkeyfile %s\n' "$folder/tls.crt" "$folder/tls.key" >>"$folder/mosquitto.conf"
    fi
    if [[ $(id -u) -eq 0 ]]; then echo 'user root' >>"$folder/mosquitto.conf"; fi
    "$program" -c "$folder/mosquitto.conf" >"$folder/peer" 2>&1 </dev/null &
    peer=$!
    local tries
    for ((tries = 0; tries < 100; ++tries)); do
      kill -0 "$peer" 2>/dev/null || break
      if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && kill -0 "$peer" 2>/dev/null; then return; fi
      sleep 0.02
    done
    stop_peer
  done
  echo "mosquitto did not start" >&2
  exit 1
}

# ------------------------------------------------------------------------------ subscribing

format=() floor_format=() subscribe_qos=0

subscribe_commands() { # WHO COUNT
  local subscribe=(-h 127.0.0.1 -p "$port" -t '#' -q "$subscribe_qos" -C "$2" "${format[@]}")
  command=() input=/dev/null
  case $1 in
    ours) [[ -z $sub ]] || command=("$sub" "${subscribe[@]}") ;;
    theirs) [[ -z $their_sub ]] || command=("$their_sub" "${subscribe[@]}") ;;
    floor) ((subscribe_qos)) || command=("$floor" sub "$port" "$2" "${floor_format[@]}") ;;
  esac
}

fire() { start_peer "$nullbroker" fire "$1" $payload_bytes --qos "$subscribe_qos"; }
fire_json() { start_peer "$nullbroker" fire "$1" $payload_bytes --qos "$subscribe_qos" --json; }

# ------------------------------------------------------------------------------ a bad line

cut_format='%-30s %8s %10s %9s %9s %10s %9s %9s\n'
readonly cut_patience=300 # seconds; what waits out fifty cuts takes its time

# One client through a relay that cuts the line, a real broker and a session that misses nothing.
# Sets seconds, missing and twice.
through_cuts() { # COUNT QOS CLIENT [OPTION...]
  local count=$1 qos=$2 client=$3 broker_port relay_port='' i status
  shift 3
  seconds=- missing=- twice=-
  real_mosquitto
  broker_port=$port
  local reader=("$sub" -h 127.0.0.1 -p "$broker_port" -t cuts -q "$qos" -c -i reader --quiet)
  timeout "$patience" "${reader[@]}" -E
  : >"$folder/got"
  "${reader[@]}" >"$folder/got" 2>>"$folder/errors" &
  others+=($!)
  : >"$folder/relay"
  # The last of the line is left whole.
  "$bench_bin/bench_relay" "$broker_port" "$cuts" $((count * (payload_bytes + 12) / (cuts + 5))) >"$folder/relay" &
  others+=($!)
  for ((i = 0; i < 200; ++i)); do
    read -r _ relay_port <"$folder/relay" && [[ -n $relay_port ]] && break
    sleep 0.02
  done
  read -r seconds _ _ status < <(timeout "$cut_patience" "$stopwatch" --input "$(lines "$count")" -- \
    "$client" -h 127.0.0.1 -p "$relay_port" -t cuts -l -q "$qos" "$@" 2>/dev/null || echo "- 0 0 124")
  [[ $status == 0 ]] || echo "  ${client##*/} at QoS $qos $*: exit code $status" >&2
  grep -q '^cuts' "$folder/relay" || echo "  ${client##*/} at QoS $qos $*: ended before the last cut" >&2
  timeout "$patience" "$pub" -h 127.0.0.1 -p "$broker_port" -t cuts -q "$qos" -m end
  for ((i = 0; i < 600; ++i)); do
    [[ $(tail -n 1 "$folder/got") == end ]] && break
    sleep 0.1
  done
  read -r missing twice < <(awk -v count="$count" '
    $1 == "end" { next }
    seen[$1]++ { ++twice; next }
    { ++got }
    END { print count - got, twice + 0 }' "$folder/got")
  stop_others
  stop_peer
}

cut_row() { # NAME COUNT QOS [OPTION...]
  local name=$1 count=$2 qos=$3
  shift 3
  [[ $name == *"$only"* ]] || return 0
  local figures=() client
  for client in "$pub" "$their_pub"; do
    seconds=- missing=- twice=-
    [[ -z $client ]] || through_cuts "$count" "$qos" "$client" "$@"
    figures+=("$seconds" "$missing" "$twice")
  done
  # shellcheck disable=SC2059 # the format is ours
  printf "$cut_format" "$name" "$count" "${figures[@]}"
}

# ------------------------------------------------------------------------------ the table

start_row() { # NAME COMMAND...: milliseconds to CONNACK and memory, median of 21
  local name=$1 i
  shift
  command -v "$1" >/dev/null || return 0
  for ((i = 0; i < 21; ++i)); do
    timeout 10 "$stopwatch" --until-connack -- "$@" 2>>"$folder/errors" || echo "0 0 0 124"
  done | sort -n | awk -v name="$name" 'NR == 11 {
    printf "%-30s %8.2f ms to CONNACK, %.1f MiB, exit code %s\n", name, $1 * 1000, $3 / 1024, $4 }'
}

# One message and the end, to a real broker: what a script pays for each call. The two take turns,
# and the tenth part from below counts, which other work on the machine disturbs least. Ours is
# copied first, as it is when it is installed: what strip(1) wrote lies in the page cache in small
# pieces, and takes 70 microseconds more to map.
one_shot_row() { # NAME
  local name=$1 runs_here=301 i client who
  [[ $name == *"$only"* && -n $pub && -n $their_pub ]] || return 0
  PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto >/dev/null || return 0
  ((runs > 1)) || runs_here=51
  real_mosquitto
  cp -- "$(command -v "$pub")" "$folder/mqtt-pub"
  : >"$folder/one.ours"; : >"$folder/one.theirs"
  for ((i = 0; i < runs_here; ++i)); do
    for who in ours theirs; do
      client=$folder/mqtt-pub
      [[ $who == ours ]] || client=$their_pub
      timeout 10 "$stopwatch" -- "$client" -h 127.0.0.1 -p "$port" -t bench/topic -m x \
        >>"$folder/one.$who" 2>>"$folder/errors"
    done
  done
  stop_peer
  local figures=() column
  for column in 1 2; do
    for who in ours theirs; do
      figures+=("$(sort -n -k "$column,$column" "$folder/one.$who" |
        awk -v column=$column -v at=$((runs_here / 10 + 1)) 'NR == at { printf "%.6f", $column }')")
    done
  done
  printf '%-30s %s runs each: wall %.3f ms, theirs %.3f (o/t %s); processor %.3f ms, theirs %.3f (o/t %s)\n' \
    "$name" "$runs_here" \
    "$(awk "BEGIN { print ${figures[0]} * 1000 }")" "$(awk "BEGIN { print ${figures[1]} * 1000 }")" \
    "$(ratio "${figures[0]}" "${figures[1]}")" \
    "$(awk "BEGIN { print ${figures[2]} * 1000 }")" "$(awk "BEGIN { print ${figures[3]} * 1000 }")" \
    "$(ratio "${figures[2]}" "${figures[3]}")"
}

# Packets of a capture a second: what mqtt-doctor makes of them beside tshark, which reads the same
# file, and tcpdump, which only copies it. One thread each; the figure for sizing is our processor
# time, since live that is what keeps up with an interface or does not.
capture_row() { # MESSAGES
  local count=$1 name='capture, explain' file=$folder/bench.pcap packets i who
  [[ $name == *"$only"* && -x $doctor ]] || return 0
  "$bench_bin/bench_capture" "$count" >"$file"
  packets=$("$bench_bin/bench_capture" "$count" --count)
  local -A best=() memory=() argv_of=(
    [ours]="$doctor explain $file"
    [tshark]="tshark -r $file -T fields -e mqtt.topic"
    [tcpdump]="tcpdump -r $file -w $folder/copy.pcap"
  )
  echo
  echo "a capture of $packets packets with $count messages, read from a file"
  for who in ours tshark tcpdump; do
    [[ $who == ours ]] || command -v "$who" >/dev/null || continue
    for ((i = 0; i < runs; ++i)); do
      # shellcheck disable=SC2086 # words
      read -r wall cpu kib _ < <(timeout $patience "$stopwatch" -- ${argv_of[$who]} 2>>"$folder/errors" | tail -n 1)
      awk "BEGIN { exit !(${best[$who]:-1e9} > $cpu) }" && best[$who]=$cpu memory[$who]=$kib
    done
    printf '%-10s %9.3f s of processor %10d packets/s %8s MiB  o/t %s\n' "$who" "${best[$who]}" \
      "$(awk "BEGIN { printf \"%d\", $packets / ${best[$who]} }")" "$(mib "${memory[$who]}")" \
      "$(ratio "${best[ours]}" "${best[$who]}")"
  done
}

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
  -addext 'subjectAltName=DNS:localhost,IP:127.0.0.1' -keyout "$folder/tls.key" \
  -out "$folder/tls.crt" 2>/dev/null

[[ -n $pub && -n $sub ]] || echo "mqtt-pub or mqtt-sub is not built: their columns stay empty" >&2
[[ -n $their_pub ]] || echo "mosquitto-clients is not installed: its columns stay empty" >&2
echo "$payload_bytes-byte payloads, best of $runs, $(nproc) processors; o/t and o/floor below 1 mean faster than theirs, than the floor"
print_head

row 'pub -l, QoS 0' "$messages" publish_commands plain_sink
for qos in 1 2; do
  # By itself mqtt-pub has at QoS 2 what brokers of MQTT 3.1.1 bear in flight, and each twenty take two
  # round trips: no client is faster than a floor that waits for them as well.
  ((qos == 1)) || floor_window=(--window 20)
  row "pub -l, QoS $qos" "$their_limit" publish_commands plain_sink
  floor_window=()
  window=(-M 65535) # the floor's
  row "pub -l, QoS $qos, many" "$messages" publish_commands plain_sink
  window=()
done
tls=(--cafile "$folder/tls.crt") floor_tls=(--tls) qos=0
row 'pub -l, QoS 0, TLS' "$messages" publish_commands tls_sink
if PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto >/dev/null; then
  row 'pub -l, QoS 0, TLS, mosquitto' "$messages" publish_commands real_mosquitto
  tls=() floor_tls=() qos=1
  row 'pub -l, QoS 1, mosquitto' "$their_limit" publish_commands real_mosquitto
  qos=2 floor_window=(--window 20)
  row 'pub -l, QoS 2, mosquitto' "$their_limit" publish_commands real_mosquitto
  floor_window=()
fi
row 'sub, payloads' "$messages" subscribe_commands fire
format=(-F %j) floor_format=(--json)
row 'sub -F %j' "$messages" subscribe_commands fire
row 'sub -F %j, payload of JSON' "$messages" subscribe_commands fire_json
format=() floor_format=() subscribe_qos=1
row 'sub -q 1, payloads' "$messages" subscribe_commands fire

if ((cuts)) && [[ -n $pub && -n $sub ]] && PATH=$PATH:/usr/sbin:/usr/local/sbin command -v mosquitto >/dev/null; then
  tls=() floor_tls=()
  echo
  echo "mosquitto behind a line that is cut $cuts times"
  # shellcheck disable=SC2059 # the format is ours
  printf "$cut_format" path messages 'ours s' missing twice 'theirs s' missing twice
  cut_row 'cuts, QoS 1, 3.1.1' "$messages" 1 -V 311
  cut_row 'cuts, QoS 1, 5' "$messages" 1 -V 5
  cut_row 'cuts, QoS 2, 3.1.1' "$messages" 2 -V 311
  cut_row 'cuts, QoS 2, 3.1.1, -c -i ID' "$messages" 2 -V 311 -c -i writer
  cut_row 'cuts, QoS 2, 5' "$messages" 2 -V 5
fi

capture_row "$messages"
echo
tls=()
one_shot_row 'one-shot publish, QoS 0'
start_row 'start of mqtt-pub' "${pub:-mqtt-pub}" -h 127.0.0.1 -p PORT -t bench/topic -m x -q 1
start_row 'start of mosquitto_pub' mosquitto_pub -h 127.0.0.1 -p PORT -t bench/topic -m x -q 1
if [[ -s $folder/errors ]]; then
  echo "said while measuring:" >&2
  sort "$folder/errors" | uniq -c | sort -rn | sed -n 1,10p >&2
fi
