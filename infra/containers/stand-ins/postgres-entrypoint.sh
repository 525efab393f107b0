#!/bin/bash
# What the entry of Postgres' image does of what compose.yaml uses: a cluster with a user, a password, a database at the
# first start, and the server.
set -euo pipefail

if [ "$(id -u)" = 0 ]; then
  POSTGRES_PASSWORD=${POSTGRES_PASSWORD:-$(cat "${POSTGRES_PASSWORD_FILE:?}")}
  export POSTGRES_PASSWORD
  install -d -o postgres -g postgres -m 0700 "${PGDATA%/*}" "$PGDATA"
  exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  initdb --username="$user" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") --auth-host=scram-sha-256 --encoding=UTF8 >/dev/null
  echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
  # Before anybody can connect; the server listens when the database is there.
  echo "create database \"${POSTGRES_DB:-$user}\"" | postgres --single postgres >/dev/null
  echo "listen_addresses = '*'" >>"$PGDATA/postgresql.conf"
fi
unset POSTGRES_PASSWORD
exec "$@"
