FROM slipway/node-24 AS build
WORKDIR /app
ENV PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY ["./","./"]
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm export npm_config_cache=/var/cache/slipway/npm && npm install
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm --mount=type=cache,id=slipway-build-app-node-modules-cache,sharing=private,target=/app/node_modules/.cache export NODE_ENV=production npm_config_include=dev npm_config_cache=/var/cache/slipway/npm && npm run build

FROM slipway/node-run
COPY --from=slipway/node-24 /usr/local/bin/ /usr/local/bin/
COPY --from=slipway/node-24 /usr/local/lib/node_modules/ /usr/local/lib/node_modules/
COPY --from=build ["/app/.output","/app/.output"]
ENV NODE_ENV=production npm_config_update_notifier=false npm_config_cache=/tmp/npm PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["node",".output/server/index.mjs"]
