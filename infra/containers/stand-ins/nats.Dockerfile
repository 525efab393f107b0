# NATS' image, where it cannot be pulled: the server that this machine has, and the wget of its Alpine variant.
FROM debian:bookworm-slim
COPY nats-server /usr/local/bin/nats-server
RUN ln -s busybox /bin/wget
CMD ["nats-server"]
