FROM slipway/node-24 AS install
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm npm install --global --force 'bun@1'
WORKDIR /app
ENV PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY ["package.json","bun.lock","./"]
RUN --mount=type=cache,id=slipway-bun,target=/var/cache/slipway/bun export BUN_INSTALL_CACHE_DIR=/var/cache/slipway/bun && bun install --frozen-lockfile

FROM slipway/node-run
COPY --from=slipway/node-24 /usr/local/bin/ /usr/local/bin/
COPY --from=slipway/node-24 /usr/local/lib/node_modules/ /usr/local/lib/node_modules/
COPY --from=install ["/usr/local/lib/node_modules/bun","/usr/local/lib/node_modules/bun"]
RUN ln -s "$(node -p 'const b = require("/usr/local/lib/node_modules/bun/package.json").bin; "/usr/local/lib/node_modules/bun/" + (b.bun || b)')" /usr/local/bin/bun
COPY --from=install ["/app","/app"]
COPY ["./","/app/"]
ENV NODE_ENV=production npm_config_update_notifier=false npm_config_cache=/tmp/npm PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["bun","run","src/index.ts"]
