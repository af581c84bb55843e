# What docs/operations types, for tiers that run on this machine with Node: `. deploy/operate/host.sh`
: "${API:=http://127.0.0.1:3000}"               # the API
: "${API_METRICS:=http://127.0.0.1:9465}"       # its metrics.port
: "${WORKER:=http://127.0.0.1:9464}"            # a worker's own listener
: "${REDIS_URL:=redis://127.0.0.1:6379}"        # rediss:// for TLS; without a password: that is REDIS_PASSWORD
: "${BACKUP_DIR:=.}"                            # where backups and exports go
# A password in arguments would be in the list of processes, and redis-cli 7.0 misreads redis://:PASSWORD@HOST.
if [ -n "${REDIS_PASSWORD:-}" ]; then export REDISCLI_AUTH="$REDIS_PASSWORD"; fi

ops() { npm run --silent ops -- "$@"; }
redis() {
  redis-cli -u "$REDIS_URL" ${REDIS_USER:+--user "$REDIS_USER"} ${REDIS_CACERT:+--cacert "$REDIS_CACERT"} "$@"
}
api() {
  case $1 in /metrics) curl --silent --show-error "$API_METRICS$1" ;; *) curl --silent --show-error "$API$1" ;; esac
}
worker() { curl --silent --show-error "$WORKER$1"; }
