# Node's image, where it cannot be pulled: Node from npm, npm from this machine, on the stand-in of Debian's.
FROM debian:bookworm-slim
COPY node /usr/local/bin/node
COPY npm /usr/local/lib/node_modules/npm
RUN ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm \
  && ln -s ../lib/node_modules/npm/bin/npx-cli.js /usr/local/bin/npx
# Whom this machine trusts, if it reaches registries by a way of its own.
COPY ca.pem /usr/local/share/ca.pem
ENV NODE_EXTRA_CA_CERTS=/usr/local/share/ca.pem
CMD ["node"]
