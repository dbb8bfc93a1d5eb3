# bash completion for mqtt-sub
# Made by mqtt-toolkit-generate from the option table; do not edit.

_mqtt_sub() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local second=${COMP_WORDS[COMP_CWORD-2]-} attached= offered= command= operands=0 at
  COMPREPLY=()
  # --name=value: one word, or three where = parts words.
  if [[ $current == = ]]; then
    current=
  elif [[ $before == = ]]; then
    before=$second
  elif [[ $current == --*=* ]]; then
    attached=${current%%=*}=; before=${current%%=*}; current=${current#*=}
  fi
  # As it was typed: quoted, or with backslashes.
  case $current in [\'\"]*) current=${current:1} ;; *) current=${current//\\/} ;; esac

  # -D COMMAND NAME
  if [[ $second == -D || $second == --property ]]; then
    case $before in
      connect) COMPREPLY=($(compgen -W 'session-expiry-interval authentication-method authentication-data request-problem-information request-response-information receive-maximum topic-alias-maximum user-property maximum-packet-size' -- "$current")) ;;
      subscribe) COMPREPLY=($(compgen -W 'subscription-identifier user-property' -- "$current")) ;;
      unsubscribe) COMPREPLY=($(compgen -W 'user-property' -- "$current")) ;;
      disconnect) COMPREPLY=($(compgen -W 'session-expiry-interval reason-string user-property' -- "$current")) ;;
      will) COMPREPLY=($(compgen -W 'payload-format-indicator message-expiry-interval content-type response-topic correlation-data will-delay-interval user-property' -- "$current")) ;;
    esac
    return
  fi

  case $before in
    -h|--host) offered=$(compgen -A hostname -- "$current") ;;
    --unix) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    -A|--bind) offered=$(compgen -A hostname -- "$current") ;;
    -q|--qos) offered=$(compgen -W '0 1 2' -- "$current") ;;
    --retained) offered=$(compgen -W 'only skip all' -- "$current") ;;
    --retain-handling) offered=$(compgen -W 'send new never' -- "$current") ;;
    --decode) offered=$(compgen -W 'sparkplug' -- "$current") ;;
    --color) offered=$(compgen -W 'auto always never' -- "$current") ;;
    --out) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --on-exec-failure) offered=$(compgen -W 'continue stop' -- "$current") ;;
    --password-file) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    -V|--protocol-version) offered=$(compgen -W '3.1 3.1.1 5' -- "$current") ;;
    -D|--property) offered=$(compgen -W 'connect subscribe unsubscribe disconnect will' -- "$current") ;;
    --will-qos) offered=$(compgen -W '0 1 2' -- "$current") ;;
    --cafile) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --capath) compopt -o filenames 2>/dev/null; offered=$(compgen -d -- "$current") ;;
    --cert) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --key) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --key-pass-file) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --keyform) offered=$(compgen -W 'pem engine' -- "$current") ;;
    --tls-version) offered=$(compgen -W 'tlsv1.2 tlsv1.3' -- "$current") ;;
    --tls-keylog) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    -o|--config) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --profile) offered=$(compgen -W "$(sed -n "s/^[[:blank:]]*\[\([A-Za-z0-9._-]*\)\].*/\1/p" "${XDG_CONFIG_HOME:-$HOME/.config}"/mqtt-toolkit/config 2>/dev/null)" -- "$current") ;;
    --as-mosquitto) offered=$(compgen -W '2.0 2.1' -- "$current") ;;
    --events) offered=$(compgen -W 'words json' -- "$current") ;;
    -p|--port|-L|--url|--connect-timeout|--wait-broker|--proxy|--ws-path|--ws-header|-t|--topic|-T|--filter-out|-U|--unsubscribe|--subscribe|-C|--count|-W|--timeout|--idle|--clean-retained|--where|--sample|--random-filter|-F|--format|--summary-every|--rotate-size|--rotate-every|--exec|--exec-shell|--reply-exec|--reply-exec-shell|-e|--response-topic|--exec-jobs|--exec-timeout|-i|--id|-I|--id-prefix|-u|--username|-P|--pw|--password|-x|--session-expiry|--session-expiry-interval|-k|--keepalive|-M|--inflight|--max-inflight|--max-packet-size|--topic-id|--predefined|--sleep|--sn-max-packet|--will-topic|--will-payload|--ciphers|--tls-alpn|--tls-server-name|--psk|--psk-identity|--tls-engine|--tls-engine-kpass-sha1) return ;;
    *)
      if [[ $current != -* ]]; then
        case $command in
          '') offered=$(compgen -A hostname -- "$current") ;;
        esac
        [[ $current || $offered ]] && { _mqtt_sub_offer; return; }
      fi
      case $command in
        '') offered=$(compgen -W '-h --host -p --port -L --url --unix -A --bind -4 --ipv4 -6 --ipv6 --connect-timeout --wait-broker --nodelay --proxy --ws --ws-path --ws-header -t --topic -T --filter-out -U --unsubscribe -q --qos --subscribe -C --count -W --timeout --idle --retained -R --no-retained -E --exit-after-subscribe --retained-only --remove-retained --clean-retained --dry-run --yes --retain-as-published --retain-handling --no-local --changed --where --sample --random-filter -v --verbose -F --format -N --no-newline --pretty --json --parse --decode --json-schema --raw --color --summary --summary-every --tree -w --watch --message-rate --out --per-topic --rotate-size --rotate-every --exec --exec-shell --reply-exec --reply-exec-shell -e --response-topic --exec-jobs --exec-timeout --on-exec-failure -i --id -I --id-prefix -u --username -P --pw --password --password-file --ask-password -c --disable-clean-session -x --session-expiry --session-expiry-interval -k --keepalive -V --protocol-version -M --inflight --max-inflight --max-packet-size -D --property --topic-id --predefined --sleep --sn-max-packet --will-topic --will-payload --will-qos --will-retain --cafile --capath --tls-use-os-certs --no-tls --cert --key --key-pass-file --keyform --tls-version --ciphers --tls-alpn --tls-keylog --tls-server-name --insecure --trust-any-certificate --send-password-unverified --psk --psk-identity --tls-engine --tls-engine-kpass-sha1 -o --config --no-config --profile --print-config --as-mosquitto -d --debug --events --quiet --help --help-all --version' -- "$current") ;;
      esac
  esac
  _mqtt_sub_offer
}

_mqtt_sub_offer() {
  local line
  while IFS= read -r line; do
    [[ $line ]] && COMPREPLY+=("$attached$line")
  done <<< "$offered"
}

complete -F _mqtt_sub mqtt-sub
