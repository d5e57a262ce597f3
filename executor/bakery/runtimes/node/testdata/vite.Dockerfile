FROM slipway/node-24 AS build
WORKDIR /app
ENV PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY ["package.json","package-lock.json","./"]
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm export npm_config_cache=/var/cache/slipway/npm && npm ci
COPY ["./","./"]
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm --mount=type=cache,id=slipway-build-app-node-modules-cache,sharing=private,target=/app/node_modules/.cache export NODE_ENV=production npm_config_include=dev npm_config_cache=/var/cache/slipway/npm && npm run build
RUN cd '/app' && for d in 'dist'; do if [ -f "$d/index.html" ]; then cp -RL "$d" /slipway-site && exit 0; fi; done; found="$(find 'dist' -maxdepth 3 -name index.html -not -path '*/node_modules/*' 2>/dev/null)"; if [ "$(echo "$found" | wc -l)" = 1 ] && [ -n "$found" ]; then cp -RL "$(dirname "$found")" /slipway-site && exit 0; fi; echo 'Slipway stopped the build: The build left no index.html in dist. Next: Set the output folder to where the build writes the site, then deploy again.' >&2; exit 1

FROM slipway/static
COPY --from=build ["/slipway-site","/app"]
ENV SITE_FALLBACK="/index.html"
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["serve-site"]
