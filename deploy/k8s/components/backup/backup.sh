#!/bin/sh
# Copies what Redis holds to BACKUP_DIR, looks whether the copy can be read, and removes copies older than
# BACKUP_KEEP_DAYS. node_exporter shows the time of backup.prom: that of the latest copy. `backup.sh once` makes one and ends; `backup.sh daily` makes one at every BACKUP_AT (UTC).
# The password comes from REDISCLI_AUTH.
set -eu

: "${REDIS_HOST:=127.0.0.1}" "${REDIS_PORT:=6379}" "${BACKUP_DIR:=/backup}" "${BACKUP_KEEP_DAYS:=14}" "${BACKUP_AT:=04:00}"

backup() {
  name=x402-$(date -u +%Y%m%dT%H%M%SZ).rdb
  # Without its final name until it is whole: a restore takes the newest.
  redis-cli -h "$REDIS_HOST" -p "$REDIS_PORT" --rdb "$BACKUP_DIR/$name.part" >/dev/null
  redis-check-rdb "$BACKUP_DIR/$name.part" >/dev/null
  sync
  mv "$BACKUP_DIR/$name.part" "$BACKUP_DIR/$name"
  : >"$BACKUP_DIR/backup.prom"
  find "$BACKUP_DIR" -maxdepth 1 -name 'x402-*.rdb*' -mtime "+$BACKUP_KEEP_DAYS" -exec rm -f {} +
  echo "backup: $BACKUP_DIR/$name, $(wc -c <"$BACKUP_DIR/$name" | tr -d ' ') bytes"
}

case ${1:-} in
  once) backup ;;
  daily)
    trap 'exit 0' TERM INT
    hour=${BACKUP_AT%:*} minute=${BACKUP_AT#*:}
    # The first copy is due within a day as well.
    [ -f "$BACKUP_DIR/backup.prom" ] || : >"$BACKUP_DIR/backup.prom"
    # A number with a zero in front would be octal.
    at=$((${hour#0} * 3600 + ${minute#0} * 60))
    while :; do
      wait=$(((at - $(date -u +%s) % 86400 + 86400) % 86400))
      sleep "$wait" &
      wait $!
      until backup; do
        echo 'backup: failed; again in a minute' >&2
        sleep 60 &
        wait $!
      done
      # Past that second, so that the next one is tomorrow's.
      sleep 1
    done
    ;;
  *)
    echo 'backup.sh once|daily' >&2
    exit 2
    ;;
esac
