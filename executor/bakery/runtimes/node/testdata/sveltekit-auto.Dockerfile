FROM slipway/node-24 AS install
WORKDIR /app
ENV PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY ["package.json","./"]
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm export npm_config_cache=/var/cache/slipway/npm && npm install

FROM install AS build
RUN touch /slipway-installed
COPY ["./","./"]
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm export npm_config_cache=/var/cache/slipway/npm && cd '/app' && npm install --no-save '@sveltejs/adapter-node@5'
RUN cd '/app' && sed -i s#@sveltejs/adapter-auto#@sveltejs/adapter-node# svelte.config.js
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm --mount=type=cache,id=slipway-build-app-node-modules-cache,sharing=private,target=/app/node_modules/.cache export NODE_ENV=production npm_config_include=dev npm_config_cache=/var/cache/slipway/npm && npm run build
RUN mkdir /slipway-app && tar -c --exclude=node_modules . | tar -x -C /slipway-app && find . -path '*/node_modules/*' '(' -type f -o -type l ')' -cnewer /slipway-installed -not -path '*/node_modules/.cache/*' -not -path '*/node_modules/.vite*/*' -print0 | tar -c --null -T - | tar -x -C /slipway-app

FROM slipway/node-run
COPY --from=slipway/node-24 /usr/local/bin/ /usr/local/bin/
COPY --from=slipway/node-24 /usr/local/lib/node_modules/ /usr/local/lib/node_modules/
COPY --from=install ["/app","/app"]
COPY --from=build ["/slipway-app","/app"]
ENV NODE_ENV=production npm_config_update_notifier=false npm_config_cache=/tmp/npm PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["node","build"]
