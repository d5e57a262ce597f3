FROM slipway/node-24 AS build
WORKDIR /app
ENV PATH=/app/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
COPY ["package.json","package-lock.json","./"]
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm export npm_config_cache=/var/cache/slipway/npm && npm ci || npm install
COPY ["./","./"]
RUN --mount=type=cache,id=slipway-npm,target=/var/cache/slipway/npm export NODE_ENV=production npm_config_include=dev YARN_PRODUCTION=false npm_config_cache=/var/cache/slipway/npm && npm run build
RUN cd '/app' && for d in 'dist'; do if [ -f "$d/index.html" ]; then cp -RL "$d" /slipway-site && exit 0; fi; done; echo 'Slipway: the build left no index.html in dist. Set the output folder.' >&2; exit 1

FROM slipway/static
COPY --from=build ["/slipway-site","/app"]
ENV SITE_FALLBACK=/index.html
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["serve-site"]
