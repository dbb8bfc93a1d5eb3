# bash completion for mqtt-doctor
# Made by mqtt-toolkit-generate from the option table; do not edit.

_mqtt_doctor() {
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
    esac
    return
  fi

  for ((at = 1; at < COMP_CWORD; at++)); do
    case ${COMP_WORDS[at]} in
      listen|explain|delivery|mend|check|phone) [[ $command || $operands -gt 0 ]] || command=${COMP_WORDS[at]} ;;
      -* | =) ;;
      *) [[ ${COMP_WORDS[at-1]} == -* || ${COMP_WORDS[at-1]} == = ]] || operands=1 ;;
    esac
  done

  case $before in
    --target) offered=$(compgen -A hostname -- "$current") ;;
    --lang) offered=$(compgen -W 'en zh' -- "$current") ;;
    --color) offered=$(compgen -W 'auto always never' -- "$current") ;;
    --report) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --symptom) offered=$(compgen -W 'cannot-connect drops nothing-arrives some-missing twice late old-messages no-last-value missed-while-away shown-offline shown-online no-reaction unreadable not-listed unwanted cannot-send too-much wrong-order' -- "$current") ;;
    --forward) offered=$(compgen -A hostname -- "$current") ;;
    --write) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --explain) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --captured-on) offered=$(compgen -W 'client server router' -- "$current") ;;
    -q|--qos) offered=$(compgen -W '0 1 2' -- "$current") ;;
    -D|--property) offered=$(compgen -W '' -- "$current") ;;
    --journal) compopt -o filenames 2>/dev/null; offered=$(compgen -d -- "$current") ;;
    --check) offered=$(compgen -A hostname -- "$current") ;;
    --targets) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --prometheus) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    --state) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    -h|--host) offered=$(compgen -A hostname -- "$current") ;;
    -A|--bind) offered=$(compgen -A hostname -- "$current") ;;
    --password-file) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
    -V|--protocol-version) offered=$(compgen -W '3.1 3.1.1 5' -- "$current") ;;
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
    --events) offered=$(compgen -W 'words json' -- "$current") ;;
    -t|--topic|--resolver|--timeout|--listen-on|--for|--said|--app|--sent-to|--sent-via|--as-publisher|--as-subscriber|--watch|--messages|--away|-x|--session-expiry|--session-expiry-interval|--size|--name|--tag|--accept|--jobs|--every|--on-change|--page-port|-p|--port|-L|--url|--ws-path|--ws-header|-i|--id|-u|--username|-P|--pw|--password|-k|--keepalive|--ciphers|--tls-alpn|--tls-server-name|--psk|--psk-identity|--tls-engine|--tls-engine-kpass-sha1) return ;;
    *)
      if [[ $current != -* ]]; then
        case $command in
          '') [[ $operands -gt 0 ]] || offered=$(compgen -W 'listen explain delivery mend check phone' -- "$current"; compgen -A hostname -- "$current") ;;
          explain) compopt -o filenames 2>/dev/null; offered=$(compgen -f -- "$current") ;;
          delivery) offered=$(compgen -A hostname -- "$current") ;;
          mend) offered=$(compgen -A hostname -- "$current") ;;
          check) offered=$(compgen -A hostname -- "$current") ;;
          phone) offered=$(compgen -A hostname -- "$current") ;;
        esac
        [[ $current || $offered ]] && { _mqtt_doctor_offer; return; }
      fi
      case $command in
        '') offered=$(compgen -W '--target -t --topic --publish --on-broker --resolver --timeout -v --verbose --json --json-schema --lang --color --ascii --report --blank-addresses --symptom -h --host -p --port -L --url -A --bind -4 --ipv4 -6 --ipv6 --ws --ws-path --ws-header -i --id -u --username -P --pw --password --password-file --ask-password -k --keepalive -V --protocol-version --cafile --capath --tls-use-os-certs --cert --key --key-pass-file --keyform --tls-version --ciphers --tls-alpn --tls-keylog --tls-server-name --insecure --trust-any-certificate --psk --psk-identity --tls-engine --tls-engine-kpass-sha1 -o --config --no-config --profile --print-config --events --quiet --help --help-all --version' -- "$current") ;;
        listen) offered=$(compgen -W '-v --verbose --json --lang --blank-addresses --symptom --listen-on --forward --capture --write --write-passwords --for --once -4 --ipv4 -6 --ipv6 --tls-keylog -o --config --no-config --profile --print-config --events --quiet --help --help-all --version' -- "$current") ;;
        explain) offered=$(compgen -W '-v --verbose --json --lang --color --ascii --report --blank-addresses --symptom --explain --captured-on --said --app --tls-keylog -o --config --no-config --profile --print-config --events --quiet --help --help-all --version' -- "$current") ;;
        delivery) offered=$(compgen -W '--target -t --topic --publish --on-broker --resolver --timeout -v --verbose --json --json-schema --lang --color --ascii --report --blank-addresses --symptom --sent-to --sent-via --as-publisher --as-subscriber --watch --messages --offline --away -c --disable-clean-session -x --session-expiry --session-expiry-interval -q --qos -D --property --no-local --retained --size -h --host -p --port -L --url -A --bind -4 --ipv4 -6 --ipv6 --ws --ws-path --ws-header -i --id -u --username -P --pw --password --password-file --ask-password -k --keepalive -V --protocol-version --cafile --capath --tls-use-os-certs --cert --key --key-pass-file --keyform --tls-version --ciphers --tls-alpn --tls-keylog --tls-server-name --insecure --trust-any-certificate --psk --psk-identity --tls-engine --tls-engine-kpass-sha1 -o --config --no-config --profile --print-config --events --quiet --help --help-all --version' -- "$current") ;;
        mend) offered=$(compgen -W '--target -t --topic --publish --on-broker --resolver --timeout -v --verbose --json --json-schema --lang --color --ascii --report --blank-addresses --symptom --dry-run --yes --undo --journal -h --host -p --port -L --url -A --bind -4 --ipv4 -6 --ipv6 --ws --ws-path --ws-header -i --id -u --username -P --pw --password --password-file --ask-password -k --keepalive -V --protocol-version --cafile --capath --tls-use-os-certs --cert --key --key-pass-file --keyform --tls-version --ciphers --tls-alpn --tls-keylog --tls-server-name --insecure --trust-any-certificate --psk --psk-identity --tls-engine --tls-engine-kpass-sha1 -o --config --no-config --profile --print-config --events --quiet --help --help-all --version' -- "$current") ;;
        check) offered=$(compgen -W '--target -t --topic --publish --on-broker --resolver --timeout -v --verbose --json --json-schema --lang --color --ascii --report --blank-addresses --symptom --check --targets --name --tag --accept --jobs --nagios --prometheus --every --state --on-change -h --host -p --port -L --url -A --bind -4 --ipv4 -6 --ipv6 --ws --ws-path --ws-header -i --id -u --username -P --pw --password --password-file --ask-password -k --keepalive -V --protocol-version --cafile --capath --tls-use-os-certs --cert --key --key-pass-file --keyform --tls-version --ciphers --tls-alpn --tls-keylog --tls-server-name --insecure --trust-any-certificate --psk --psk-identity --tls-engine --tls-engine-kpass-sha1 -o --config --no-config --profile --print-config --events --quiet --help --help-all --version' -- "$current") ;;
        phone) offered=$(compgen -W '--target -t --topic --publish --on-broker --resolver --timeout -v --verbose --json --json-schema --lang --color --ascii --report --blank-addresses --symptom --forward --for --once --page-port -h --host -p --port -L --url -A --bind -4 --ipv4 -6 --ipv6 --ws --ws-path --ws-header -i --id -u --username -P --pw --password --password-file --ask-password -k --keepalive -V --protocol-version --cafile --capath --tls-use-os-certs --cert --key --key-pass-file --keyform --tls-version --ciphers --tls-alpn --tls-keylog --tls-server-name --insecure --trust-any-certificate --psk --psk-identity --tls-engine --tls-engine-kpass-sha1 -o --config --no-config --profile --print-config --events --quiet --help --help-all --version' -- "$current") ;;
      esac
  esac
  _mqtt_doctor_offer
}

_mqtt_doctor_offer() {
  local line
  while IFS= read -r line; do
    [[ $line ]] && COMPREPLY+=("$attached$line")
  done <<< "$offered"
}

complete -F _mqtt_doctor mqtt-doctor
