# bash completion for mqtt-doctor
# Made by mqtt-toolkit-generate from the option table; do not edit.

_mqtt_doctor() {
  local current=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}
  local second=${COMP_WORDS[COMP_CWORD-2]-}
  COMPREPLY=()

  # -D COMMAND NAME
  if [[ $second == -D || $second == --property ]]; then
    case $before in
    esac
    return
  fi

  case $before in
    --target) COMPREPLY=($(compgen -A hostname -- "$current")); return ;;
    --lang) COMPREPLY=($(compgen -W 'en zh' -- "$current")); return ;;
    --color) COMPREPLY=($(compgen -W 'auto always never' -- "$current")); return ;;
    --report) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --forward) COMPREPLY=($(compgen -A hostname -- "$current")); return ;;
    --write) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --explain) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --captured-on) COMPREPLY=($(compgen -W 'client server router' -- "$current")); return ;;
    -q|--qos) COMPREPLY=($(compgen -W '0 1 2' -- "$current")); return ;;
    -D|--property) COMPREPLY=($(compgen -W '' -- "$current")); return ;;
    --journal) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")); return ;;
    --check) COMPREPLY=($(compgen -A hostname -- "$current")); return ;;
    --targets) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --prometheus) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --state) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    -h|--host) COMPREPLY=($(compgen -A hostname -- "$current")); return ;;
    -A|--bind) COMPREPLY=($(compgen -A hostname -- "$current")); return ;;
    --password-file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    -V|--protocol-version) COMPREPLY=($(compgen -W '3.1 3.1.1 5' -- "$current")); return ;;
    --cafile) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --capath) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current")); return ;;
    --cert) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --key) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --key-pass-file) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --keyform) COMPREPLY=($(compgen -W 'pem engine' -- "$current")); return ;;
    --tls-version) COMPREPLY=($(compgen -W 'tlsv1.2 tlsv1.3' -- "$current")); return ;;
    --tls-keylog) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    -o|--config) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")); return ;;
    --profile) COMPREPLY=($(compgen -W "$(sed -n "s/^[[:blank:]]*\[\([A-Za-z0-9._-]*\)\].*/\1/p" "${XDG_CONFIG_HOME:-$HOME/.config}"/mqtt-toolkit/config 2>/dev/null)" -- "$current")); return ;;
    -t|--topic|--resolver|--timeout|--listen-on|--for|--said|--app|--sent-to|--sent-via|--as-publisher|--as-subscriber|--watch|--messages|--away|-x|--session-expiry|--session-expiry-interval|--size|--name|--tag|--jobs|--every|--on-change|--page-port|-p|--port|-L|--url|--ws-path|--ws-header|-i|--id|-u|--username|-P|--pw|--password|-k|--keepalive|--ciphers|--tls-alpn|--tls-server-name|--psk|--psk-identity|--tls-engine|--tls-engine-kpass-sha1) return ;;
  esac

  COMPREPLY=($(compgen -W '--target -t --topic --publish --on-broker --resolver --timeout -v --verbose --json --json-schema --lang --color --ascii --report --blank-addresses --listen-on --forward --capture --write --write-passwords --for --once --explain --captured-on --said --app --sent-to --sent-via --as-publisher --as-subscriber --watch --messages --offline --away -c --disable-clean-session -x --session-expiry --session-expiry-interval -q --qos -D --property --no-local --retained --size --dry-run --yes --undo --journal --check --targets --name --tag --jobs --nagios --prometheus --every --state --on-change --page-port -h --host -p --port -L --url -A --bind -4 --ipv4 -6 --ipv6 --ws --ws-path --ws-header -i --id -u --username -P --pw --password --password-file --ask-password -k --keepalive -V --protocol-version --cafile --capath --tls-use-os-certs --cert --key --key-pass-file --keyform --tls-version --ciphers --tls-alpn --tls-keylog --tls-server-name --insecure --trust-any-certificate --psk --psk-identity --tls-engine --tls-engine-kpass-sha1 -o --config --no-config --profile --print-config --quiet --help --help-all --version' -- "$current"))
}

complete -F _mqtt_doctor mqtt-doctor
