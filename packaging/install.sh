#!/bin/sh
# Installs minik on this machine, or takes a newer one up: install.sh [--agent] [--no-start] [FILE]
# FILE is the executable; without it, the one beside this script or in artifacts/. Pods go on running meanwhile.
# --agent: as a machine that joins a cluster (MINIK_JOIN and MINIK_TOKEN are taken into /etc/minik/agent.env).
# 'minik uninstall' takes all of it away again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
unit=minik other=minik-agent command=server start=1 file=
while [ $# -gt 0 ]; do
  case $1 in
    --agent) unit=minik-agent other=minik command=agent ;;
    --no-start) start= ;;
    -h | --help) sed -n 's/^# //p' "$0"; exit 0 ;;
    -*) echo "install.sh: unknown argument $1; allowed: --agent, --no-start, FILE" >&2; exit 2 ;;
    *) file=$1 ;;
  esac
  shift
done
for candidate in "$here/minik" "$here/../artifacts/minik"; do
  [ -n "$file" ] || [ ! -f "$candidate" ] || file=$candidate
done
[ -n "$file" ] || { echo "install.sh: no executable here: name it, or make it with scripts/pack" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || { echo "install.sh: run as root" >&2; exit 1; }
line=$("$file" --version) || { echo "install.sh: $file doesn't run on this machine" >&2; exit 1; }

# A program that runs can't be written over, but another can take its name.
install -D -m 755 "$file" /usr/local/bin/minik.new
mv -f /usr/local/bin/minik.new /usr/local/bin/minik
if [ -d /usr/share/bash-completion/completions ]; then
  /usr/local/bin/minik completion bash >/usr/share/bash-completion/completions/minik
fi
if [ "$unit" = minik-agent ] && [ -n "${MINIK_JOIN:-}${MINIK_TOKEN:-}" ]; then
  mkdir -p /etc/minik
  (umask 077 && printf 'MINIK_JOIN=%s\nMINIK_TOKEN=%s\n' "${MINIK_JOIN:-}" "${MINIK_TOKEN:-}" >/etc/minik/agent.env)
fi
echo "installed $line"

if [ -d /run/systemd/system ]; then
  install -m 644 "$here/$unit.service" /etc/systemd/system/
  systemctl daemon-reload
  if systemctl --quiet is-enabled "$other.service" 2>/dev/null; then
    echo "install.sh: $other.service is enabled on this machine: disable it first" >&2
    exit 1
  fi
  systemctl --quiet enable "$unit.service"
  if [ -n "$start" ]; then systemctl restart "$unit.service"; fi
else
  echo "no systemd runs here; start it with: minik $command"
fi
