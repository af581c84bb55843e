#!/bin/sh
# Starts the Redis of a deployment with the settings that settlements need (docs/architecture.md): every acknowledged
# write is on the disk, and nothing is ever evicted. The password comes from the environment and is passed through
# standard input, because a process list shows arguments to every user.
set -eu

if [ -z "${REDIS_PASSWORD:-}" ]; then
  echo 'REDIS_PASSWORD is not set: a production Redis has no default password' >&2
  exit 1
fi
case $REDIS_PASSWORD in
  *[!A-Za-z0-9._~+/=-]*)
    echo 'REDIS_PASSWORD may hold letters, digits and . _ ~ + / = - (openssl rand -hex 32 makes one)' >&2
    exit 1
    ;;
esac

exec redis-server - \
  --appendonly yes \
  --appendfsync always \
  --maxmemory "${REDIS_MAXMEMORY:-512mb}" \
  --maxmemory-policy noeviction \
  "$@" <<CONFIGURATION
requirepass $REDIS_PASSWORD
CONFIGURATION
