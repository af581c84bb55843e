# What docs/operations types, for Docker Compose, in the directory of docker-compose.yml: `. deploy/operate/compose.sh`
: "${BACKUP_DIR:=.}" # where backups and exports go

compose() { docker compose --profile production "$@"; }
# In a container of its own: it works while no worker runs, and it finds `redis-prod`.
ops() { compose run --rm --no-deps -T worker node dist/ops.js "$@"; }
redis() { compose exec -T redis-prod sh -c 'REDISCLI_AUTH="$REDIS_PASSWORD" exec redis-cli "$@"' redis-cli "$@"; }
# From inside: only the proxy's port of the API is published.
GET='const answer = await fetch(process.argv[1]); process.stdout.write(await answer.text())'
api() {
  case $1 in /metrics) port=9465 ;; *) port=3000 ;; esac
  compose exec -T api node --input-type=module -e "$GET" "http://127.0.0.1:$port$1"
}
worker() { compose exec -T worker node --input-type=module -e "$GET" "http://127.0.0.1:9464$1"; }
# Which images are built and run from now on, in every shell.
release() {
  (umask 077 && { grep -v '^IMAGE_TAG=' .env 2>/dev/null || true; echo "IMAGE_TAG=$1"; } >.env.new && mv .env.new .env)
  export IMAGE_TAG="$1"
}
