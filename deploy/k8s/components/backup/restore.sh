#!/bin/sh
# Puts a backup into the data directory of a Redis that is stopped: `restore.sh [FILE]`; the newest without one. Redis
# ignores a snapshot while it has an append-only directory, so this makes a new one from the snapshot. The old directory
# stays beside it.
set -eu

: "${DATA_DIR:=/data}" "${BACKUP_DIR:=/backup}" "${REDIS_HOST:=127.0.0.1}" "${REDIS_PORT:=6379}"

fail() {
  echo "restore: $*" >&2
  exit 1
}

file=${1:-$(ls "$BACKUP_DIR"/x402-*.rdb 2>/dev/null | sort | tail -n 1)}
[ -f "$file" ] || fail "no backup in $BACKUP_DIR"
redis-check-rdb "$file" >/dev/null || fail "$file cannot be read"
# An error, too, is an answer: of a Redis that asks for a password.
if redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" ping 2>&1 | grep -qE 'PONG|NOAUTH|LOADING|WRONGPASS'; then
  fail "Redis runs on $REDIS_HOST:$REDIS_PORT; stop it first"
fi

work=$DATA_DIR/restore
socket=$work/redis.sock
rm -rf "$work"
mkdir "$work"
cp "$file" "$work/dump.rdb"
# A Redis of its own, which only this script reaches.
redis-server --port 0 --unixsocket "$socket" --dir "$work" --dbfilename dump.rdb --save '' --daemonize yes \
  --pidfile "$work/redis.pid" --logfile "$work/redis.log" >/dev/null
unset REDISCLI_AUTH
ask() { redis-cli -s "$socket" "$@"; }
tries=0
until [ "$(ask ping 2>/dev/null)" = PONG ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 600 ] || fail "the snapshot is not read: $(tail -n 1 "$work/redis.log")"
  sleep 1
done
ask config set appendonly yes >/dev/null
until ask info persistence | tr -d '\r' | grep -qx 'aof_rewrite_in_progress:0' &&
  ask info persistence | tr -d '\r' | grep -qx 'aof_rewrite_scheduled:0'; do
  sleep 1
done
ask info persistence | tr -d '\r' | grep -qx 'aof_last_bgrewrite_status:ok' || fail 'the append-only file was not written'
keys=$(ask dbsize)
ask shutdown nosave >/dev/null 2>&1 || true
while [ -e "$work/redis.pid" ]; do sleep 1; done

if [ -e "$DATA_DIR/appendonlydir" ]; then
  mv "$DATA_DIR/appendonlydir" "$DATA_DIR/appendonlydir-before-$(date -u +%Y%m%dT%H%M%SZ)"
fi
mv "$work/appendonlydir" "$DATA_DIR/appendonlydir"
rm -rf "$work"
echo "restore: $keys keys from $file; start Redis"
