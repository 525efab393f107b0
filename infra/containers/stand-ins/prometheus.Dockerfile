# Prometheus' image, where it cannot be pulled: the program of Debian's package.
FROM debian:bookworm-slim
COPY prometheus /bin/prometheus
RUN install -d -o nobody -g nogroup /prometheus
USER nobody
WORKDIR /prometheus
VOLUME /prometheus
ENTRYPOINT ["/bin/prometheus"]
