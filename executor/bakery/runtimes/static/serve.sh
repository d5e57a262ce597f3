#!/bin/sh
# Serves /app on $PORT, as any user and with nothing writable but /tmp.
set -eu
site=/app
conf=/tmp/nginx.conf

# What an address without a file gets: a page of the site's own (200.html for single-page apps, 404.html with that
# status), else the start page when the site has no other page, so that a single-page app does its own routing.
if [ -f "$site/200.html" ]; then
	missing='/200.html'; errors=''
elif [ -f "$site/404.html" ]; then
	missing='=404'; errors='error_page 404 /404.html;'
elif [ "$(find "$site" -name '*.html' | head -n 2 | wc -l)" -le 1 ]; then
	missing='/index.html'; errors=''
else
	missing="${SITE_FALLBACK:-=404}"; errors=''
fi

cat >"$conf" <<CONF
worker_processes 1;
pid /tmp/nginx.pid;
error_log stderr warn;
daemon off;
events { worker_connections 1024; }
http {
	include /etc/nginx/mime.types;
	types { application/manifest+json webmanifest; text/javascript mjs; }
	default_type application/octet-stream;
	charset utf-8;
	charset_types text/css text/plain text/javascript application/javascript application/json image/svg+xml;
	log_format line '\$request_method \$request_uri \$status \$body_bytes_sent \${request_time}s';
	access_log /dev/stdout line;
	client_body_temp_path /tmp/nginx-body;
	proxy_temp_path /tmp/nginx-proxy;
	fastcgi_temp_path /tmp/nginx-fastcgi;
	uwsgi_temp_path /tmp/nginx-uwsgi;
	scgi_temp_path /tmp/nginx-scgi;
	server_tokens off;
	sendfile on;
	tcp_nopush on;
	keepalive_timeout 75s;
	gzip on;
	gzip_static on;
	gzip_vary on;
	gzip_proxied any;
	gzip_min_length 1024;
	gzip_types text/css text/plain text/xml text/javascript application/javascript application/json application/manifest+json application/xml application/wasm image/svg+xml font/ttf;
	# Names with a hash never change; everything else is asked for again and answered with 304.
	map \$uri \$caching {
		default "no-cache";
		"~*[.-][0-9a-zA-Z_-]{8,}\.(js|mjs|css|woff2?|png|jpe?g|gif|svg|webp|avif|ico|wasm)$" "public, max-age=31536000, immutable";
		"~*^/(_next/static|_astro|_app/immutable|_nuxt)/" "public, max-age=31536000, immutable";
	}
	server {
		listen ${PORT:-8080};
		root $site;
		index index.html index.htm;
		absolute_redirect off;
		add_header Cache-Control \$caching;
		add_header X-Content-Type-Options nosniff;
		$errors
		location ~ /\.(?!well-known) { return 404; }
		# A missing script or picture is missing: a page in its place would only break later and stranger.
		location ~* \.(js|mjs|css|map|json|png|jpe?g|gif|svg|webp|avif|ico|woff2?|ttf|wasm|txt|xml|pdf|mp4|webm|zip)$ { try_files \$uri =404; }
		location / { try_files \$uri \$uri.html \$uri/ $missing; }
	}
}
CONF
exec nginx -e stderr -c "$conf"
