FROM slipway/node-24 AS install
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm npm install --global --force 'pnpm@9.1.0'
WORKDIR /app
ENV PATH=/app/apps/api/node_modules/.bin:/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY ["package.json","pnpm-lock.yaml","pnpm-workspace.yaml","./"]
COPY ["apps/admin/package.json","./apps/admin/"]
COPY ["apps/api/package.json","./apps/api/"]
COPY ["packages/base/package.json","./packages/base/"]
COPY ["packages/model/package.json","./packages/model/"]
COPY ["packages/unused/package.json","./packages/unused/"]
RUN --mount=type=cache,id=slipway-pnpm,target=/var/cache/slipway/pnpm export npm_config_store_dir=/var/cache/slipway/pnpm && pnpm install --frozen-lockfile

FROM install AS build
RUN touch /slipway-installed
COPY ["./","./"]
RUN --mount=type=cache,id=slipway-pnpm,target=/var/cache/slipway/pnpm --mount=type=cache,id=slipway-build-api-node-modules-cache,sharing=private,target=/app/apps/api/node_modules/.cache export NODE_ENV=production npm_config_include=dev npm_config_store_dir=/var/cache/slipway/pnpm && (cd 'packages/base' && pnpm run build) && (cd 'packages/model' && pnpm run build)
RUN mkdir /slipway-app && tar -c --exclude=node_modules . | tar -x -C /slipway-app && find . -path '*/node_modules/*' '(' -type f -o -type l ')' -cnewer /slipway-installed -not -path '*/node_modules/.cache/*' -not -path '*/node_modules/.vite*/*' -print0 | tar -c --null -T - | tar -x -C /slipway-app

FROM slipway/node-run
COPY --from=slipway/node-24 /usr/local/bin/ /usr/local/bin/
COPY --from=slipway/node-24 /usr/local/lib/node_modules/ /usr/local/lib/node_modules/
COPY --from=install ["/usr/local/lib/node_modules/pnpm","/usr/local/lib/node_modules/pnpm"]
RUN ln -s "$(node -p 'const b = require("/usr/local/lib/node_modules/pnpm/package.json").bin; "/usr/local/lib/node_modules/pnpm/" + (b.pnpm || b)')" /usr/local/bin/pnpm
COPY --from=install ["/app","/app"]
COPY --from=build ["/slipway-app","/app"]
ENV NODE_ENV=production npm_config_update_notifier=false npm_config_cache=/tmp/npm PATH=/app/apps/api/node_modules/.bin:/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app/apps/api
USER 10001:10001
CMD ["node","server.js"]
