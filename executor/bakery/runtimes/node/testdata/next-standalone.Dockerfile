FROM slipway/node-24 AS build
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm npm install --global --force '@yarnpkg/cli-dist@4'
WORKDIR /app
ENV PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=true YARN_ENABLE_TELEMETRY=false
ENV NEXT_TELEMETRY_DISABLED="1"
COPY ["package.json","yarn.lock","./"]
COPY [".yarn/releases","./.yarn/releases/"]
RUN --mount=type=cache,id=slipway-yarn,target=/var/cache/slipway/yarn,sharing=locked export YARN_CACHE_FOLDER=/var/cache/slipway/yarn && yarn install --immutable
COPY ["./","./"]
RUN --mount=type=cache,id=slipway-yarn,target=/var/cache/slipway/yarn,sharing=locked --mount=type=cache,id=slipway-build-app-node-modules-cache,sharing=private,target=/app/node_modules/.cache --mount=type=cache,id=slipway-build-app-next-cache,sharing=private,target=/app/.next/cache export NODE_ENV=production npm_config_include=dev YARN_CACHE_FOLDER=/var/cache/slipway/yarn && yarn run build
RUN cd '/app' && cp -R '.next'/standalone /slipway-standalone && cd /slipway-standalone && app="$(find . -name server.js -not -path '*/node_modules/*' | head -n 1)" && app="$(dirname "$app")" && cp -R "$OLDPWD/"'.next'/static "$app/"'.next'/static && if [ -d "$OLDPWD/public" ]; then cp -R "$OLDPWD/public" "$app/public"; fi && if [ "$app" != . ]; then ln -s "$app/server.js" server.js; fi && rm -rf "$app/"'.next'/cache && ln -s /tmp "$app/"'.next'/cache

FROM slipway/node-run
COPY --from=slipway/node-24 /usr/local/bin/ /usr/local/bin/
COPY --from=slipway/node-24 /usr/local/lib/node_modules/ /usr/local/lib/node_modules/
COPY --from=build ["/slipway-standalone","/app"]
ENV NODE_ENV=production npm_config_update_notifier=false npm_config_cache=/tmp/npm PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV YARN_NODE_LINKER=node-modules YARN_ENABLE_GLOBAL_CACHE=true YARN_ENABLE_TELEMETRY=false
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["node","server.js"]
