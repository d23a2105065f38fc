# The service, and the commands; built from a checkout: docker build -t trimtab .
FROM python:3.12-slim AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc libc6-dev
WORKDIR /source
COPY . .
RUN python -m venv /trimtab \
 && /trimtab/bin/pip install --no-cache-dir -c constraints.txt hatchling \
 && /trimtab/bin/pip install --no-cache-dir --no-build-isolation -c constraints.txt ".[server,imbalance,excel,sql]"

FROM python:3.12-slim
RUN useradd --create-home --uid 10001 trimtab && mkdir /data && chown trimtab /data && chmod 700 /data
COPY --from=build /trimtab /trimtab
COPY --from=build /source/examples /examples
ENV PATH=/trimtab/bin:$PATH
USER trimtab
VOLUME /data
EXPOSE 8722
# Behind a proxy that speaks TLS and is the only one who reaches this port (compose.yaml).
CMD ["trimtab", "serve", "--host", "0.0.0.0", "--proxied", "--data", "/data"]
HEALTHCHECK CMD ["python", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8722/readyz')"]
