#!/bin/bash
# Whether the service of this container says that it is ready, for Docker's health check: without starting a Node for it.
exec 3<>"/dev/tcp/127.0.0.1/${OPS_PORT:-9464}" || exit 1
printf 'GET /ready HTTP/1.0\r\n\r\n' >&3
read -r -t 4 _ status _ <&3
[ "$status" = 200 ]
