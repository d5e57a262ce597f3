FROM slipway/java-21-build AS build
WORKDIR /app
COPY [".","/app/"]
RUN ["/bin/sh","-c","mkdir -p /opt/slipway && printf %s '#!/bin/sh\nexec java -Dserver.port=\"${PORT:-8080}\" $JAVA_OPTS -cp '\\''/app'\\'' '\\''org.acme.Launcher'\\'' \"$@\"\n' >/opt/slipway/start && chmod 0755 /opt/slipway/start"]

FROM slipway/java-21
COPY --from=build ["/opt/slipway","/opt/slipway"]
COPY --from=build ["/app","/app"]
ENV JAVA_TOOL_OPTIONS="-XX:MaxRAMPercentage=65 -XX:+ExitOnOutOfMemoryError" JAVA_OPTS=""
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["/opt/slipway/start"]
