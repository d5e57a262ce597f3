FROM slipway/java-21-build AS build
WORKDIR /app
COPY [".","/app/"]
RUN find . -name '*.java' -not -path '*/test/*' >/tmp/sources && mkdir -p /opt/slipway/classes && javac -encoding UTF-8 -proc:none -cp 'lib/*:.' -d /opt/slipway/classes @/tmp/sources
RUN ["/bin/sh","-c","mkdir -p /opt/slipway && printf %s '#!/bin/sh\nexec java $JAVA_OPTS -cp '\\''/opt/slipway/classes:/app:/app/lib/*'\\'' '\\''Hello'\\'' \"$@\"\n' >/opt/slipway/start && chmod 0755 /opt/slipway/start"]

FROM slipway/java-21
COPY --from=build ["/opt/slipway","/opt/slipway"]
COPY --from=build ["/app","/app"]
ENV JAVA_TOOL_OPTIONS="-XX:MaxRAMPercentage=65 -XX:+ExitOnOutOfMemoryError" JAVA_OPTS=""
ENV PORT=8080 HOME=/tmp/home
WORKDIR /app
USER 10001:10001
CMD ["/opt/slipway/start"]
